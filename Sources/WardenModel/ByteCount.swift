/// A number of bytes: a size on disk unless the declaration says otherwise.
package struct ByteCount: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(_ bytes: UInt64) { self.rawValue = bytes }

    package static let zero = ByteCount(0)

    package static func < (left: ByteCount, right: ByteCount) -> Bool { left.rawValue < right.rawValue }

    /// Adds two counts; hostile sizes saturate instead of trapping.
    package static func + (left: ByteCount, right: ByteCount) -> ByteCount {
        let (sum, overflow) = left.rawValue.addingReportingOverflow(right.rawValue)
        return ByteCount(overflow ? .max : sum)
    }

    package static func += (left: inout ByteCount, right: ByteCount) { left = left + right }
}

extension ByteCount: CustomStringConvertible {
    /// Returns the count for people, in binary units with one decimal: `10.0 GiB`, `512 B`.
    package var description: String {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        guard rawValue >= 1024 else { return "\(rawValue) B" }
        var unit = 0
        var divisor: UInt64 = 1024
        // 1,023.95 and more of a unit would round to "1024.0": the next unit says it better.
        while unit + 1 < units.count, rawValue / divisor >= 1024 || tenths(divisor) >= 10_240 {
            divisor *= 1024
            unit += 1
        }
        let tenths = tenths(divisor)
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// Returns the count in tenths of `divisor`, rounded half up.
    private func tenths(_ divisor: UInt64) -> UInt64 {
        let whole = rawValue / divisor
        let rest = rawValue % divisor
        return whole * 10 + (rest / 10 * 100 + divisor / 20 * 10) / (divisor / 10 * 10)
    }
}
