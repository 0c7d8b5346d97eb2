import Foundation
import Testing

/// Compares text with a golden file beside the tests.
///
/// `RECORD_SNAPSHOTS=1` writes the files anew; a recording fails its test, so that nobody takes it for a comparison.
func expectSnapshot(
    _ text: String, _ name: String, testFile: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let file = URL(filePath: testFile).deletingLastPathComponent().appending(path: "Snapshots/\(name).txt")
    let isRecording = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1"
    guard !isRecording, FileManager.default.fileExists(atPath: file.path) else {
        try Data(text.utf8).write(to: file)
        Issue.record("recorded \(file.lastPathComponent); look at it and run again", sourceLocation: sourceLocation)
        return
    }
    let golden = try String(decoding: Data(contentsOf: file), as: UTF8.self)
    #expect(text == golden, "\(file.lastPathComponent) differs", sourceLocation: sourceLocation)
}
