import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenPolicy
import WardenReport
import WardenTestSupport

/// The pages in a real browser: on a phone, in the dark, and on paper.
@Suite("In a browser", .serialized, .timeLimit(.minutes(5))) struct BrowserTests {
    private static let browser = "/usr/bin/chromium"
    private static let isThere = FileManager.default.isExecutableFile(atPath: browser) && TestPython.has("PIL")
    private static let reason: Comment = "needs chromium and Python's Pillow"

    /// Of a run, of a host's past, and of a fleet.
    private static func pages() throws -> [String] {
        let run = HTMLReport(ReportFixtures.waived, references: RuleID.allCases.map(RuleReference.of)).render()
        let history = HistoryReport(HistoryReportTests.history()).html()
        let fleet = FleetReport(try FleetTests().fleet()).html()
        return [run, history, fleet].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns what the browser printed and complained of.
    private func show(
        _ page: String, in folder: borrowing TemporaryDirectory, _ arguments: [String]
    ) throws -> String {
        let file = try folder.write("page.html", page)
        let process = Process()
        process.executableURL = URL(filePath: Self.browser)
        process.arguments =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
                "--user-data-dir=\(folder.path("profile").string)",
            ] + arguments + ["file://\(file.string)"]
        process.environment = ["HOME": folder.path.string, "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(said)")
        #expect(!said.contains("CONSOLE"), "\(said)")
        return said
    }

    // MARK: - On a phone

    private static let phone = 390

    /// Returns a page that shows others as a phone does: the browser's own window is never narrower than 500 pixels.
    private static func phones(_ pages: [String]) -> String {
        let style = "display: block; border: 0; width: \(phone)px; height: 2000px"
        let frames = pages.map { page in
            let content = page.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
            return "<iframe style=\"\(style)\" srcdoc=\"\(content)\"></iframe>"
        }
        return """
            <!DOCTYPE html>
            <meta charset="utf-8"/><meta name="color-scheme" content="light dark"/>
            <body style="margin: 0">\(frames.joined())
            """
    }

    /// Puts each frame's width with all that reaches out of it in the place of the frames.
    private static let measure = """
        <script>
        onload = () => {
            const roots = [...document.querySelectorAll("iframe")].map(frame => frame.contentDocument.documentElement);
            document.body.textContent = "WIDTHS " + roots.map(root => root.scrollWidth).join(" ") + ".";
        };
        </script>
        """

    @Test(.enabled(if: isThere, reason)) func noPageIsWiderThanAPhone() throws {
        let folder = try TemporaryDirectory()
        let pages = try Self.pages()
        let broad = pages[0].replacing("<main>", with: "<main><div style=\"width: 600px\">broad</div>")
        let said = try show(Self.phones(pages + [broad]) + Self.measure, in: folder, ["--dump-dom"])
        let widths = try #require(said.firstMatch(of: /WIDTHS ([0-9 ]+)\./)?.output.1, "\(said)")
            .split(separator: " ").compactMap { Int($0) }
        #expect(Array(widths.dropLast()) == [Self.phone, Self.phone, Self.phone])
        #expect(widths.last ?? 0 > 600, "it would be noticed")
    }

    // MARK: - On screens

    private static let look = """
        import sys, json
        from PIL import Image
        picture = Image.open(sys.argv[1]).convert("RGB")
        colors = picture.getcolors(1 << 24)
        print(json.dumps(list(picture.getpixel((2, 2))) + [picture.width, len(colors)]))
        """

    /// Schemes as Blink numbers them.
    private enum Scheme: Int {
        case dark, light

        var paper: [Int] { self == .light ? [255, 255, 255] : [0x16, 0x18, 0x1d] }
    }

    @Test(.enabled(if: isThere, reason)) func looksRightEverywhere() throws {
        let folder = try TemporaryDirectory()
        let pages = try Self.pages()
        let screens: [(page: String, scheme: Scheme, width: Int)] = [
            (pages[0], .light, 1_100), (Self.phones([pages[0]]), .dark, Self.phone), (pages[1], .light, 1_100),
            (Self.phones([pages[2]]), .dark, Self.phone),
        ]
        let picture = folder.path("picture.png").string
        for (page, scheme, width) in screens {
            _ = try show(
                page, in: folder,
                [
                    "--blink-settings=preferredColorScheme=\(scheme.rawValue)", "--window-size=\(width),2000",
                    "--screenshot=\(picture)",
                ])
            let seen = try JSONDecoder().decode([Int].self, from: Data(try TestPython.run(Self.look, [picture]).utf8))
            #expect(Array(seen.prefix(3)) == scheme.paper && seen[3] == width, "\(seen)")
            #expect(seen[4] > 50, "there is text and there are bars: \(seen)")
        }
    }

    // MARK: - On paper

    /// Prints how many glyphs stand on the pages of each document.
    private static let count = """
        import sys, re, zlib, json
        def glyphs(path):
            total = 0
            with open(path, "rb") as file: data = file.read()
            for stream in re.findall(rb"stream\\r?\\n(.*?)endstream", data, re.S):
                try: text = zlib.decompress(stream)
                except zlib.error: continue
                # A page's text, not a font: each glyph is four digits.
                if b" Tf" in text: total += sum(len(run) // 4 for run in re.findall(rb"<([0-9A-Fa-f]+)>", text))
            return total
        print(json.dumps([glyphs(path) for path in sys.argv[1:]]))
        """

    /// What is folded on a screen, why a finding matters for one, nobody could unfold on paper.
    @Test(.enabled(if: isThere, reason)) func paperShowsWhatIsFolded() throws {
        let folder = try TemporaryDirectory()
        let page = try #require(try Self.pages().first)
        let details = page.components(separatedBy: "<details>").count - 1
        let papers = ["folded.pdf", "open.pdf"].map { folder.path(FilePath($0)).string }
        for (paper, page) in zip(papers, [page, page.replacing("<details>", with: "<details open>")]) {
            _ = try show(page, in: folder, ["--print-to-pdf=\(paper)"])
        }
        let glyphs = try JSONDecoder().decode([Int].self, from: Data(try TestPython.run(Self.count, papers).utf8))
        #expect(details > 3 && glyphs[1] > 1_000, "\(glyphs)")
        // An open one's mark may be a glyph more.
        #expect(glyphs[0] + 2 * details >= glyphs[1], "\(details) of them: \(glyphs)")
    }
}
