import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenPolicy
import WardenReport
import WardenTestSupport

@Suite("HTML") struct HTMLReportTests {
    private func reader(_ report: RunReport) -> PageReader {
        PageReader(HTMLReport(report, references: RuleID.allCases.map(RuleReference.of)).render())
    }

    private func page(_ report: RunReport) -> String { reader(report).page }

    @Test(arguments: ForeignReaderTests.reports.keys.sorted())
    func isWholeAndNeedsNothingElse(_ name: String) throws {
        reader(try #require(ForeignReaderTests.reports[name])).expectWhole()
    }

    @Test func saysHowFarLimitsAre() throws {
        let planned = reader(ReportFixtures.retained(.plan, .drift))
        let before = try planned.rows(of: "Size against limits")
        #expect(before.contains(["max-size", "12.0 GiB of 10.0 GiB (120%)"]), "\(before)")
        #expect(before.contains(["max-entries", "2,696 of 4,000 (67%)"]))
        #expect(planned.page.contains("<span class=\"bad\" style=\"width:100%\">"), "it is over its limit")
        // What the run left counts, not what it found.
        let applied = reader(ReportFixtures.retained(.apply, .partlyRepaired, outcome: ReportFixtures.outcome))
        let after = try applied.rows(of: "Size against limits")
        #expect(after.contains(["max-size", "186.3 MiB of 10.0 GiB (2%)"]), "\(after)")
        #expect(!applied.page.contains("class=\"bad\""))
    }

    @Test func saysHowLongWaiversLast() throws {
        let rows = try reader(ReportFixtures.waived).rows(of: "Findings that are accepted until a date")
        #expect(
            rows.map { Array($0.prefix(3)) } == [
                ["root-group", "ended", "-3"], ["entry-mode", "ends soon", "9"],
                ["environment-conflict", "in force", "66"], ["size-exceeded", "unused", "400"],
            ])
    }

    /// A hostile name is text wherever it turns up, in attributes too.
    @Test func keepsHostileNamesText() {
        let evil = "<b onmouseover=\"x\">&'\u{1b}[2J\u{202e}</title><script>alert(1)</script>"
        let finding = Finding(
            rule: .entryACL, severity: .high, disposition: .manual, cache: evil, subject: evil, wanted: evil,
            found: evil,
            remedy: evil, examples: [.init(path: RelativePath(evil), found: evil)])
        let terms = WaiverTerms(
            policy: evil, rule: .entryACL, path: FilePath("/\(evil)"), until: ReportFixtures.noon, reason: evil,
            isInForce: true)
        let report = ReportFixtures.report(
            .apply, .drift, [.init(plan: ReportFixtures.plan([finding]), before: ReportFixtures.observation())],
            host: evil,
            waivers: [WaiverStatus(terms: terms, state: .inForce, findings: 1, inodes: 1, remaining: .zero)],
            notes: [evil], nextSteps: [evil, "sudo \(evil)"])
        let page = page(report)
        #expect(!page.contains("<script") && !page.contains("<b ") && !page.contains("\u{1b}"))
        #expect(page.components(separatedBy: "</title>").count == 2)
    }

    @Test func saysWhatARunDid() throws {
        try expectSnapshot(page(ReportFixtures.partlyRepaired), "html-partly-repaired")
    }

    @Test func staysReadableHoweverMuchDiffers() {
        let findings = (0..<5_000).map { index in
            Finding(
                rule: .entryMode, severity: .medium, disposition: .repairable, cache: "c", subject: "/c/\(index)",
                wanted: "w", found: "f", remedy: "r\(index)")
        }
        let report = ReportFixtures.report(
            .check, .drift, [.init(plan: ReportFixtures.plan(findings), before: ReportFixtures.observation())])
        let page = page(report)
        #expect(page.utf8.count < 100_000 && page.contains("and 4,950 more"))
    }
}

/// How well text is told from what is behind it (WCAG 2.2, 1.4.3).
@Suite("Contrast") struct ContrastTests {
    /// The variables of the style sheet, light and dark.
    private static let schemes: [[String: String]] = {
        let page = HTMLReport(ReportFixtures.drift, references: []).render()
        let style = String(decoding: page, as: UTF8.self)
        let light = style.firstMatch(of: /:root \{([^}]*)\}/)?.output.1 ?? ""
        let dark = style.firstMatch(of: /prefers-color-scheme: dark\) \{ :root \{([^}]*)\}/)?.output.1 ?? ""
        return [light, dark].map { block in
            Dictionary(
                block.matches(of: /--([a-z]+): #([0-9a-f]+);/).map { (String($0.output.1), String($0.output.2)) }
            ) { $1 }
        }
    }()

    private func luminance(_ color: String) throws -> Double {
        let digits = color.count == 3 ? color.map { "\($0)\($0)" }.joined() : color
        let number = try #require(Int(digits, radix: 16))
        let channels = [number >> 16, number >> 8 & 255, number & 255].map { channel -> Double in
            let share = Double(channel) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }

    @Test(arguments: ["ink", "faint", "good", "warning", "bad", "accent"], ["paper", "soft"])
    func isEnough(text: String, behind: String) throws {
        #expect(Self.schemes.count == 2 && Self.schemes[0] != Self.schemes[1])
        for scheme in Self.schemes {
            let shades = try [text, behind].map { try luminance(#require(scheme[$0])) }.sorted()
            let contrast = (shades[1] + 0.05) / (shades[0] + 0.05)
            #expect(contrast >= 4.5, "\(text) on \(behind): \(contrast)")
        }
    }
}
