internal import WardenModel

/// What a `go` command was asked to do.
package enum GoSubcommand {
    private static let longest = 32  // bytes

    /// Returns its first word that is no flag, escaped: `build`, `test`; `nil` where there is none.
    ///
    /// The only flag that may stand before it is `-C`, with or without a word of its own (`go help build`).
    ///
    /// - Parameter words: The command's name first.
    package static func name(in words: [[UInt8]]) -> String? {
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            if ["-C", "--C"].contains(where: { word.elementsEqual($0.utf8) }) {
                rest = rest.dropFirst()
            } else if word.first != UInt8(ascii: "-") {
                return word.isEmpty ? nil : escapedForDisplay(word.prefix(longest))
            }
        }
        return nil
    }
}
