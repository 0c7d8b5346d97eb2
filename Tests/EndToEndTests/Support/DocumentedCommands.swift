import Foundation
import SystemPackage

/// Commands that the documentation tells people to type, to be run as they stand there.
enum DocumentedCommands {
    /// Returns the fenced blocks with this info string, in their order, each with its last line's end.
    ///
    /// - Parameter file: Below the clone that the tests were built from.
    static func blocks(_ info: String, of file: FilePath) throws -> [String] {
        let path = Installation.units.removingLastComponent().appending(file.components)
        let lines = try String(contentsOfFile: path.string, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        var blocks: [String] = []
        var isInside = false
        for line in lines {
            if line == "```" + info {
                blocks.append("")
                isInside = true
            } else if line.hasPrefix("```") {
                isInside = false
            } else if isInside {
                blocks[blocks.count - 1] += line + "\n"
            }
        }
        return blocks
    }
}
