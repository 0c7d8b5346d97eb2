internal import WardenModel

/// A drawing of a cache's size over a span of time. The numbers stand beside it as text.
struct TrendPicture {
    private static let width = 640.0
    private static let height = 140.0
    /// Room above the highest line, so that it is not cut.
    private static let margin = 4.0

    let points: [Trend.Point]
    let since: Timestamp
    let until: Timestamp

    /// Writes the drawing; nothing where there is not yet a line to draw.
    func write(_ caption: String, on page: inout MarkupPage) {
        guard points.count > 1, let largest = points.map({ max($0.found, $0.left).rawValue }).max(), largest > 0 else {
            return
        }
        // A limit far above everything would press the lines to the ground.
        let limit = points.last?.limit.map(\.rawValue).flatMap {
            $0 <= largest.multipliedReportingOverflow(by: 3).partialValue ? $0 : nil
        }
        let top = Double(max(largest, limit ?? 0))
        page.wrap("figure", [("class", "trend")]) { page in
            page.wrap(
                "svg",
                [
                    ("viewBox", "0 0 \(Int(Self.width)) \(Int(Self.height))"), ("role", "img"),
                    ("preserveAspectRatio", "none"), ("aria-label", caption),
                ]
            ) { page in
                page.empty("polyline", [("class", "found"), ("points", line(top) { $0.found })])
                page.empty("polyline", [("class", "left"), ("points", line(top) { $0.left })])
                if let limit {
                    let y = Self.text(height(Double(limit), top))
                    page.empty(
                        "line",
                        [("class", "limit"), ("x1", "0"), ("x2", "\(Int(Self.width))"), ("y1", y), ("y2", y)])
                }
            }
            page.element("figcaption", caption)
        }
    }

    private func line(_ top: Double, _ value: (Trend.Point) -> ByteCount) -> String {
        let span = max(1, Double(until.seconds) - Double(since.seconds))
        return points.map { point in
            let x = min(1, max(0, (Double(point.moment.seconds) - Double(since.seconds)) / span)) * Self.width
            return "\(Self.text(x)),\(Self.text(height(Double(value(point).rawValue), top)))"
        }.joined(separator: " ")
    }

    private func height(_ value: Double, _ top: Double) -> Double {
        Self.height - value / top * (Self.height - Self.margin)
    }

    /// Returns a coordinate with one digit behind the point.
    private static func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
