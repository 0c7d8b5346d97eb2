internal import WardenModel

/// A line of a page that shows how a size went, as block elements (U+2581 to U+2588).
enum Sparkline {
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// Returns `nil` where there is nothing to compare.
    static func text(_ points: [Trend.Point], width: Int) -> String? {
        guard points.count > 1, let largest = points.map(\.left.rawValue).max(), largest > 0 else { return nil }
        let width = max(1, min(width, points.count))
        return String(
            (0..<width).map { column in
                let share = points[column * points.count / width..<(column + 1) * points.count / width]
                let most = share.map(\.left.rawValue).max() ?? 0
                let level = Int(Double(most) / Double(largest) * Double(blocks.count - 1) + 0.5)
                return blocks[min(level, blocks.count - 1)]
            })
    }
}
