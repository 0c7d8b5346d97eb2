import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("What verify says") struct VerificationReportTests {
    private static func entry(_ digit: Character) -> RelativePath {
        RelativePath("00/00" + String(repeating: digit, count: 62) + "-d")
    }

    private static func mismatch(
        _ digit: Character, owner: UInt32 = 5001, file: String = ""
    ) -> OutputVerification.Mismatch {
        .init(
            entry: entry(digit), inode: 77, file: RelativePath("\(entry(digit))" + file),
            owner: UserID(rawValue: owner), size: ByteCount(12_600), modified: ReportFixtures.noon,
            contentHash: String(repeating: "5d", count: 32))
    }

    private static func report(
        matching: Int = 1_149, _ change: (inout OutputVerification) -> Void = { _ in }
    ) -> VerificationReport {
        var verification = OutputVerification()
        for _ in 0..<matching { verification.addMatch(ByteCount(169_000)) }
        verification.hashed = verification.matchingSize
        change(&verification)
        return VerificationReport(
            cache: "go-build", root: ReportFixtures.path, policy: "shared-builders", verification: verification,
            threads: 2, startedAt: ReportFixtures.noon,
            finishedAt: Timestamp(seconds: ReportFixtures.noon.seconds, nanoseconds: 250_000_000),
            userNames: [UserID(rawValue: 5001): "alice"])
    }

    private static let damaged = report { verification in
        verification.add(mismatch("1"))
        verification.add(mismatch("2", owner: 5999, file: "/tool"))
        verification.omit(entry("3"), .refused(.symbolicLink))
        verification.omit(entry("4"), .accessTimeWouldMove)
        verification.omit(entry("5"), .unreadable(.permissionDenied))
        for digit in "6789" { verification.omit(entry(digit), .beingWritten) }
    }

    @Test func namesWhatIsDamagedAndWhatWasNotChecked() throws {
        try expectSnapshot(VerificationText(Self.damaged).render(), "verify-damaged")
        let json = try VerificationJSON(Self.damaged).render()
        try expectSnapshot(String(decoding: json, as: UTF8.self), "verify-damaged-json")
    }

    @Test(
        arguments: [
            (RunReport.Verdict.repaired, "removed 4 names (8.0 KiB): builds make anew what they need"),
            (.drift, "no build can find the rest any more, and another 'verify --repair' removes it"),
            (.partlyRepaired, "removed 4 names (8.0 KiB); the rest is still there"),
        ])
    func saysWhatBecameOfTheDamage(verdict: RunReport.Verdict, sentence: String) throws {
        var report = Self.damaged
        var outcome = RetentionOutcome()
        outcome.removed = 4
        outcome.freed = ByteCount(8_192)
        if verdict == .partlyRepaired { outcome.fail(Self.entry("1"), "remove", .readOnlyFileSystem) }
        report.repair = VerificationRepair(outcome: outcome, verdict: verdict, notes: ["a build"], audit: nil)
        let text = VerificationText(report).render(columns: 200)
        #expect(text.contains(sentence) && text.contains("  - a build"), "\(text)")
        #expect(text.contains("cannot remove 00/00111") == (verdict == .partlyRepaired), "\(text)")
        let json = try JSONSerialization.jsonObject(with: Data(VerificationJSON(report).render()))
        let repair = try #require((json as? [String: Any])?["repair"] as? [String: Any])
        #expect(repair["verdict"] as? String == verdict.rawValue)
        #expect(repair["freed-bytes"] as? Int == 8_192)
    }

    @Test(
        arguments: [
            (report(), "INTACT  1,149 outputs (185.2 MiB) match their names\n", "intact"),
            (report(matching: 1), "INTACT  1 output (165.0 KiB) matches its name\n", "intact"),
            (report(matching: 0), "EMPTY  there is no output to verify\n", "empty"),
            (
                report { $0.add(mismatch("1")) }, "DAMAGED  1 of 1,150 outputs does not match its name\n", "damaged"
            ),
            (
                report { $0.omit(entry("1"), .beingWritten) }, "INTACT  1,149 outputs (185.2 MiB) match their names\n",
                "intact"
            ),
            (
                report { $0.omit(entry("1"), .refused(.hardLink)) },
                "INCOMPLETE  1,149 outputs (185.2 MiB) match their names, 1 could not be checked\n", "incomplete"
            ),
            (
                report { $0.isInterrupted = true },
                "INCOMPLETE  1,149 outputs (185.2 MiB) match their names; interrupted before all were looked at\n",
                "incomplete"
            ),
        ])
    func saysTheVerdictFirst(report: VerificationReport, line: String, verdict: String) throws {
        let text = VerificationText(report).render()
        #expect(text.hasPrefix(line), "\(text)")
        #expect(text.contains("a forged action (-a) cannot be detected"), "\(text)")
        let json = try JSONSerialization.jsonObject(with: Data(VerificationJSON(report).render())) as? [String: Any]
        #expect(json?["verdict"] as? String == verdict)
        #expect(json?["schema"] as? String == "cachewarden.verify/1")
    }

    @Test func showsTheFirstFewAndCountsTheRest() {
        let text = VerificationText(
            Self.report { verification in
                for _ in 0..<1_234 { verification.add(Self.mismatch("1")) }
            }
        ).render()
        #expect(text.split(separator: "\n").count { $0.contains("content hashes to") } == 20)
        #expect(text.contains("and 1,214 more"), "\(text)")
    }

    /// The file in an executable's directory is the one name that a member chooses.
    @Test func letsNoNameMoveTheCursor() {
        let text = VerificationText(
            Self.report { verification in
                verification.add(
                    .init(
                        entry: Self.entry("1"), inode: 1,
                        file: RelativePath(bytes: Self.entry("1").bytes + Array("/\u{1b}[2J\nINTACT".utf8)),
                        owner: .root, size: .zero, modified: ReportFixtures.noon, contentHash: ""))
            }
        ).render()
        #expect(!text.contains("\u{1b}"))
        #expect(!text.contains("\nINTACT"))
    }
}
