import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport

@Suite("What verify says of modules") struct ModuleVerificationReportTests {
    private static func damage(
        _ path: String, _ faults: [ModuleFault] = [], _ difference: ModuleVerification.Difference? = nil
    ) -> ModuleVerification.Damage {
        .init(
            version: ModuleSighting(
                path: RelativePath(path), key: 1, parts: [.tree], changed: ReportFixtures.noon, treeInode: 7),
            faults: faults, difference: difference)
    }

    private static func report(
        matching: Int = 3, _ change: (inout ModuleVerification) -> Void = { _ in }
    ) -> ModuleVerificationReport {
        var verification = ModuleVerification()
        for _ in 0..<matching { verification.addMatch(ByteCount(4_096)) }
        verification.hashed = verification.matchingSize
        change(&verification)
        return ModuleVerificationReport(
            cache: "modules", root: ReportFixtures.path, policy: "mine", verification: verification, threads: 2,
            startedAt: ReportFixtures.noon, finishedAt: ReportFixtures.noon)
    }

    @Test(
        arguments: [
            (report(), "INTACT  3 versions (12.0 KiB) are what was downloaded\n", "intact"),
            (report(matching: 0), "EMPTY  there is no unpacked version to verify\n", "empty"),
            (report { $0.add(damage("a.b/c@v1.0.0", [.noInfo])) }, "DAMAGED  1 of 4 versions is damaged\n", "damaged"),
            (
                report { $0.omit(RelativePath("a.b/c@v1.0.0"), .refused(.symbolicLink)) },
                "INCOMPLETE  3 versions (12.0 KiB) are what was downloaded, 1 could not be checked\n", "incomplete"
            ),
            (
                report { $0.omit(RelativePath("a.b/c@v1.0.0"), .beingWritten) },
                "INTACT  3 versions (12.0 KiB) are what was downloaded\n", "intact"
            ),
        ])
    func beginsWithTheVerdict(report: ModuleVerificationReport, sentence: String, verdict: String) throws {
        #expect(ModuleVerificationText(report).render().hasPrefix(sentence))
        let json = try JSONSerialization.jsonObject(with: Data(ModuleVerificationJSON(report).render()))
        #expect((json as? [String: Any])?["verdict"] as? String == verdict)
    }

    @Test func saysWhatIsWrongWithEach() throws {
        let report = Self.report { verification in
            verification.add(Self.damage("a.b/c@v1.0.0", [.noInfo, .noMod]))
            verification.add(Self.damage("a.b/d@v1.0.0", [], .tree(wanted: "h1:a", found: "h1:b")))
            verification.add(Self.damage("a.b/e\u{1b}@v1.0.0", [], .tree(wanted: "h1:a", found: nil)))
            verification.add(Self.damage("a.b/f@v1.0.0", [], .ziphash))
        }
        let text = ModuleVerificationText(report).render(columns: 200)
        for part in [
            "  a.b/c@v1.0.0\n    no .info\n    no .mod\n",
            "  a.b/d@v1.0.0\n    downloaded as h1:a, the tree hashes to h1:b\n",
            "the tree has a name with a line break\n",
            "    the .ziphash holds no hash\n", "zip files are not decompressed",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        #expect(!text.contains("\u{1b}"))
        let json = try JSONSerialization.jsonObject(with: Data(ModuleVerificationJSON(report).render()))
        let damaged = try #require((json as? [String: Any])?["damaged-versions"] as? [[String: Any]])
        #expect(damaged[0]["missing"] as? [String] == ["no-info", "no-mod"])
        #expect(damaged[1]["wanted"] as? String == "h1:a" && damaged[1]["found"] as? String == "h1:b")
        #expect(damaged.map { $0["difference"] as? String } == [nil, "tree", "tree", "ziphash"])
    }
}
