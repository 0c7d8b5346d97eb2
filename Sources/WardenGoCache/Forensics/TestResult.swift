internal import WardenModel

/// What a stored test has printed ends with the line that `go test` shows for its package: `ok  \texample.com/app\t0.006s`.
package enum TestResult {
    /// How much of an output's end holds that line.
    package static let endLength = 512
    private static let longest = 256

    /// Returns the import path, escaped; `nil` where another line is the last. What a test has read is stored too, without one.
    package static func package(end: [UInt8]) -> String? {
        let newline = UInt8(ascii: "\n")
        guard end.last == newline, let last = end.split(separator: newline).last else { return nil }
        // `go test -json` marks what is its own with a byte that no test prints by itself.
        let line = last.drop { $0 == 0x16 }
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        guard fields.count >= 3, fields[0].elementsEqual("ok  ".utf8), !fields[1].isEmpty,
            fields[1].count <= longest
        else { return nil }
        return escapedForDisplay(fields[1])
    }
}
