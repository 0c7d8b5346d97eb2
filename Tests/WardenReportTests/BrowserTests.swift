import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenPolicy
import WardenReport
import WardenTestSupport

/// The HTML report in a real browser: on a phone, in the dark, and on paper.
@Suite("In a browser") struct BrowserTests {
    private static let browser = "/usr/bin/chromium"
    private static let isThere = FileManager.default.isExecutableFile(atPath: browser) && TestPython.has("PIL")

    private static let look = """
        import sys, json
        from PIL import Image
        picture = Image.open(sys.argv[1]).convert("RGB")
        colors = picture.getcolors(1 << 24)
        print(json.dumps(list(picture.getpixel((2, 2))) + [picture.width, len(colors)]))
        """

    /// Returns what the browser complained of.
    private func run(_ folder: borrowing TemporaryDirectory, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: Self.browser)
        process.arguments =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
                "--user-data-dir=\(folder.path("profile").string)",
            ] + arguments + ["file://\(folder.path("report.html").string)"]
        process.environment = ["HOME": folder.path.string, "PATH": "/usr/bin:/bin"]
        let errors = Pipe()
        (process.standardInput, process.standardOutput) = (FileHandle.nullDevice, FileHandle.nullDevice)
        process.standardError = errors
        try process.run()
        let said = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
        return String(decoding: said, as: UTF8.self)
    }

    @Test(.enabled(if: isThere, "needs chromium and Python's Pillow"), .timeLimit(.minutes(5)))
    func looksRightEverywhere() throws {
        let folder = try TemporaryDirectory()
        let html = HTMLReport(ReportFixtures.waived, references: RuleID.allCases.map(RuleReference.of)).render()
        try Data(html).write(to: URL(filePath: folder.path("report.html").string))
        // Schemes as Blink numbers them, and the paper's colour in each.
        for (scheme, width, paper) in [(1, 1_100, [255, 255, 255]), (0, 390, [0x16, 0x18, 0x1d])] {
            let picture = folder.path(FilePath("\(width).png")).string
            let said = try run(
                folder,
                [
                    "--blink-settings=preferredColorScheme=\(scheme)", "--window-size=\(width),2000",
                    "--screenshot=\(picture)",
                ])
            #expect(!said.contains("CONSOLE"), "\(said)")
            let seen = try JSONDecoder().decode(
                [Int].self, from: Data(try TestPython.run(Self.look, [picture]).utf8))
            #expect(Array(seen.prefix(3)) == paper && seen[3] == width)
            #expect(seen[4] > 50, "there is text and there are bars")
        }
        let paper = folder.path("report.pdf").string
        _ = try run(folder, ["--print-to-pdf=\(paper)"])
        #expect(try Data(contentsOf: URL(filePath: paper)).starts(with: Data("%PDF".utf8)))
    }
}
