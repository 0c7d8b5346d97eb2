internal import Foundation
internal import Testing

/// Compares text with a golden file beside the tests.
///
/// `RECORD_SNAPSHOTS=1` writes the files anew; a recording fails its test, so that nobody takes it for a comparison.
package func expectSnapshot(
    _ text: String, _ name: String, testFile: String = #filePath, fileID: String = #fileID, line: Int = #line,
    column: Int = #column
) throws {
    let place = SourceLocation(fileID: fileID, filePath: testFile, line: line, column: column)
    let file = URL(filePath: testFile).deletingLastPathComponent().appending(path: "Snapshots/\(name).txt")
    let isRecording = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1"
    guard !isRecording, FileManager.default.fileExists(atPath: file.path) else {
        try Data(text.utf8).write(to: file)
        Issue.record("recorded \(file.lastPathComponent); look at it and run again", sourceLocation: place)
        return
    }
    let golden = try String(decoding: Data(contentsOf: file), as: UTF8.self)
    guard text != golden else { return }
    Issue.record("\(file.lastPathComponent) differs; what came:\n\(text)", sourceLocation: place)
}
