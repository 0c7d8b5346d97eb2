import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// What a command is expected to say, word for word, in files beside these tests.
///
/// `RECORD_SNAPSHOTS=1 swift test …` writes what is said now, and fails, so that a person reads the difference.
enum Golden {
    /// Compares an exit code, stdout and stderr with `Golden/NAME.txt`.
    ///
    /// - Parameter names: What differs from run to run, and what stands for it in the file.
    static func expect(
        _ result: CommandResult, is name: String, names: [String: String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let said = stable(result.description, names) + "\n"
        let folder = FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Golden")
        let file = URL(fileURLWithPath: folder.appending(name + ".txt").string)
        guard TestProcess.environment("RECORD_SNAPSHOTS") == nil else {
            try Data(said.utf8).write(to: file)
            Issue.record("recorded \(name).txt: read it, then run again", sourceLocation: sourceLocation)
            return
        }
        let wanted = try String(contentsOf: file, encoding: .utf8)
        // Word by word: where lines break depends on how long a host's and a folder's names are.
        #expect(
            said.split(whereSeparator: \.isWhitespace) == wanted.split(whereSeparator: \.isWhitespace),
            "\(name).txt differs, now it is:\n\(said)", sourceLocation: sourceLocation)
    }

    /// Returns text without what no two runs have in common: names, moments, durations, digests and disk sizes.
    static func stable(_ text: String, _ names: [String: String]) -> String {
        var text = text
        for (name, word) in names.sorted(by: { $0.key.count > $1.key.count }) { text.replace(name, with: word) }
        text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/, with: "{moment}")
        text.replace(/took (\d+ ms|\d+\.\d s)/, with: "took {duration}")
        text.replace(/\b[0-9a-f]{12}\b(?!-)/, with: "{digest}")
        text.replace(/run( +)\S+, \{moment\}/) { "run\($0.output.1){id}, {moment}" }
        text.replace(/\d+(\.\d)? [KMGT]i?B/, with: "{size}")
        text.replace(/min-free-inodes [\d,]+: [\d,]+/, with: "min-free-inodes {count}: {count}")
        text.replace(/(\n +disk +)[^\n]*/) { "\($0.output.1){disk}" }
        return text
    }
}
