internal import WardenModel

/// Tables for spreadsheets (RFC 4180).
enum CSV {
    /// Returns lines of cells. Text that a spreadsheet would take for a formula is quoted with an apostrophe.
    static func render(_ rows: [[String]]) -> [UInt8] {
        Array(rows.map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined().utf8)
    }

    private static func cell(_ text: String) -> String {
        let text = escapedForDisplay(text)
        let plain = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
        guard plain.contains(where: { ",\"\r\n".contains($0) }) else { return plain }
        return "\"" + plain.replacing("\"", with: "\"\"") + "\""
    }
}
