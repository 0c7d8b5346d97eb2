internal import WardenModel
internal import WardenYAML

/// A positive whole number and what stands behind it: `10` and `GiB`.
struct Quantity {
    let number: UInt64
    let unit: String

    /// Returns `nil` where text is no digits and a unit, or the digits do not fit.
    init?(_ text: String) {
        let digits = text.utf8.prefix(while: isDigit)
        guard let number = UInt64(String(Substring(digits))) else { return nil }
        self.number = number
        unit = String(text.dropFirst(digits.count))
    }
}

/// How sizes, durations and shares are spelt.
enum Units {
    static let sizes: [(unit: String, bytes: UInt64)] = [
        ("B", 1), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]
    static let durations: [(unit: String, seconds: UInt64)] = [
        ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800),
    ]
    /// Larger sizes are slips: 2^60 bytes.
    static let largestSize: UInt64 = 1 << 60
    /// Longer times are slips: 100 years.
    static let longest: UInt64 = 36_525 * 86_400

    static let sizePattern = "^[1-9][0-9]*([KMGT]i?)?B$"
    static let durationPattern = "^[1-9][0-9]*[smhdw]$"
    static let percentPattern = "^[1-9][0-9]?%$"
}

extension ValueType where Value == ByteCount {
    /// Returns the type of a size with its unit: `10GiB`.
    static var size: ValueType {
        ValueType(schema: ["type": "string", "pattern": .string(Units.sizePattern)]) { node, reading in
            guard let text = node.scalar?.text else { return refused(node, &reading, "size", "10GiB") }
            return parsedSize(text).map { ByteCount($0) } ?? refused(node, &reading, "size", sizeHint(text))
        }
    }

    private static func refused(_ node: Node, _ reading: inout Reading, _ id: String, _ hint: String) -> ByteCount? {
        if !node.isRefused { reading.error("bad-\(id)", at: node.mark, "\(sizeRule); found \(node.found)", hint) }
        return nil
    }
}

let sizeRule =
    "a size is a whole number above 0 with one of the units B KB MB GB TB KiB MiB GiB TiB, at most 1048576TiB"

/// Returns the bytes of a size with a unit, or `nil`.
func parsedSize(_ text: String) -> UInt64? {
    guard !text.hasPrefix("0"), let quantity = Quantity(text), quantity.number > 0,
        let unit = Units.sizes.first(where: { $0.unit == quantity.unit })
    else { return nil }
    let (bytes, overflow) = quantity.number.multipliedReportingOverflow(by: unit.bytes)
    return overflow || bytes > Units.largestSize ? nil : bytes
}

/// Returns what was probably meant: the unit in its right spelling, or the plain number as bytes.
func sizeHint(_ text: String) -> String {
    let compact = text.filter { !" _".contains($0) }
    guard let quantity = Quantity(compact), quantity.number > 0 else { return "10GiB" }
    if quantity.unit.isEmpty {
        return quantity.number < 1 << 20 ? "\(quantity.number)GiB" : "\(max(1, quantity.number >> 30))GiB"
    }
    let spelling = quantity.unit.lowercased()
    for (unit, _) in Units.sizes where [unit.lowercased(), String(unit.lowercased().dropLast())].contains(spelling) {
        let hint = "\(quantity.number)\(unit)"
        return parsedSize(hint) == nil ? "10GiB" : hint
    }
    return "10GiB"
}

extension ValueType where Value == Duration {
    /// Returns the type of a time with its unit: `30d`.
    static var duration: ValueType {
        ValueType(schema: ["type": "string", "pattern": .string(Units.durationPattern)]) { node, reading in
            if let text = node.scalar?.text, !text.hasPrefix("0"), let quantity = Quantity(text), quantity.number > 0,
                let unit = Units.durations.first(where: { $0.unit == quantity.unit }),
                quantity.number <= Units.longest / unit.seconds
            {
                return .seconds(Int64(quantity.number * unit.seconds))
            }
            guard !node.isRefused else { return nil }
            reading.error(
                "bad-duration", at: node.mark,
                "a duration is a whole number above 0 with one of the units s m h d w, at most 100 years; "
                    + "found \(node.found)", durationHint(node.scalar?.text ?? ""))
            return nil
        }
    }
}

private func durationHint(_ text: String) -> String {
    guard let quantity = Quantity(text.filter { $0 != " " }), quantity.number > 0, let first = quantity.unit.first,
        Units.durations.contains(where: { $0.unit == first.lowercased() }), quantity.number < 1_000_000
    else { return "30d" }
    return "\(quantity.number)\(first.lowercased())"
}

extension ValueType where Value == Int {
    /// Returns the type of a share of a whole: `80%`.
    static var percentage: ValueType {
        ValueType(schema: ["type": "string", "pattern": .string(Units.percentPattern)]) { node, reading in
            if let text = node.scalar?.text, let percent = parsedPercentage(text) { return percent }
            guard !node.isRefused else { return nil }
            reading.error(
                "bad-percentage", at: node.mark,
                "a percentage is a whole number from 1 to 99 with '%'; "
                    + "found \(node.found)", "80%")
            return nil
        }
    }

    /// Returns the type of a count above 0, at most `largest`.
    static func count(largest: Int = 1_000_000_000_000) -> ValueType {
        ValueType(schema: ["type": "integer", "minimum": 1, "maximum": .integer(largest)]) { node, reading in
            if let scalar = node.scalar, scalar.isPlain, let count = parsedCount(scalar.text, largest: largest) {
                return count
            }
            guard !node.isRefused else { return nil }
            reading.error(
                "bad-count", at: node.mark,
                "a count is a whole number from 1 to \(largest) in digits alone, without quotes; found \(node.found)",
                countHint(node.scalar?.text ?? "", largest: largest))
            return nil
        }
    }
}

/// Returns the number of plain decimal digits between 1 and `largest`, or `nil`.
func parsedCount(_ text: String, largest: Int) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy(isDigit), !text.hasPrefix("0"), let count = Int(text), count <= largest
    else { return nil }
    return count
}

private func countHint(_ text: String, largest: Int) -> String? {
    let digits = text.filter { !"_,' ".contains($0) }
    if let count = parsedCount(digits, largest: largest) { return String(count) }
    // 1e9: what the exponent says, written out.
    let parts = digits.lowercased().split(separator: "e", omittingEmptySubsequences: false)
    guard parts.count == 2, let exponent = Int(parts[1]), (0...12).contains(exponent) else { return nil }
    let written = String(parts[0]) + String(repeating: "0", count: exponent)
    return parsedCount(written, largest: largest).map(String.init)
}

/// Returns the number of a share between 1% and 99%, or `nil`.
func parsedPercentage(_ text: String) -> Int? {
    guard text.hasSuffix("%") else { return nil }
    return parsedCount(String(text.dropLast()), largest: 99)
}

extension ValueType where Value == RetentionPolicy.Threshold {
    /// Returns the type of an amount of space: a size, or a share of the file system.
    static var space: ValueType {
        ValueType(
            schema: [
                "anyOf": [
                    ["type": "string", "pattern": .string(Units.sizePattern)],
                    ["type": "string", "pattern": .string(Units.percentPattern)],
                ]
            ]
        ) { node, reading in
            let text = node.scalar?.text ?? ""
            if let percent = parsedPercentage(text) { return .percent(percent) }
            if let bytes = parsedSize(text) { return .amount(bytes) }
            guard !node.isRefused else { return nil }
            reading.error(
                "bad-size", at: node.mark, "\(sizeRule), or a percentage from 1% to 99%; found \(node.found)",
                text.hasSuffix("%") ? "10%" : sizeHint(text))
            return nil
        }
    }

    /// Returns the type of a number of inodes, or a share of the file system's.
    static var inodes: ValueType {
        ValueType(
            schema: [
                "anyOf": [
                    ["type": "integer", "minimum": 1, "maximum": 1_000_000_000_000],
                    ["type": "string", "pattern": .string(Units.percentPattern)],
                ]
            ]
        ) { node, reading in
            let text = node.scalar?.text ?? ""
            if let percent = parsedPercentage(text) { return .percent(percent) }
            if node.scalar?.isPlain == true, let count = parsedCount(text, largest: 1_000_000_000_000) {
                return .amount(UInt64(count))
            }
            guard !node.isRefused else { return nil }
            reading.error(
                "bad-count", at: node.mark,
                "inodes are a whole number above 0 in digits alone, or a percentage from 1% to 99%; "
                    + "found \(node.found)", "10%")
            return nil
        }
    }
}
