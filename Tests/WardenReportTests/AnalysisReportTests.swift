import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("What analyze says") struct AnalysisReportTests {
    private static let go = BuildPlatform(
        version: "go1.27.3", system: "linux", architecture: "amd64", options: ["GOAMD64=v1", "X:a"])

    private static func entry(
        _ name: String, _ kind: OutputKind, _ size: UInt64, _ variant: BuildVariant? = nil
    ) -> CacheAnalysis.Entry {
        CacheAnalysis.Entry(
            path: RelativePath("ab/\(name)"), kind: kind, variant: variant, owner: UserID(5_001), size: ByteCount(size),
            allocated: ByteCount((size + 4_095) / 4_096 * 4_096), lastUse: 1_700_000_000)
    }

    private static let analysis: CacheAnalysis = {
        let old = BuildPlatform(version: "go1.22.1", system: "linux", architecture: "arm64")
        let action = CacheAnalysis.Amount(entries: 1, size: ByteCount(175), allocated: ByteCount(4_096))
        var analysis = CacheAnalysis(topCount: 3)
        for (name, size, variant) in [
            ("abba-d", 40_000, BuildVariant(platform: go, package: "net/http", origin: .standard)),
            (
                "abbb-d", 50_000,
                BuildVariant(platform: go, package: "net/http", origin: .standard, compilerFlags: ["-race"])
            ),
            (
                "abbc-d", 9_000,
                BuildVariant(platform: old, package: "a.b/c", origin: .module("a.b/c", version: "v1.0.0"))
            ),
            (
                "abbd-d", 8_000,
                BuildVariant(
                    platform: go, package: "main", origin: .workTree(directory: "/srv/\\x1b[2J", package: "main"))
            ),
            ("abbe-d", 70_000, BuildVariant(platform: nil)),
        ] as [(String, UInt64, BuildVariant)] {
            analysis.add(entry(name, .archive, size, variant), actions: action)
        }
        analysis.add(entry("abbf-d", .sourceList, 100), actions: nil)
        analysis.omit(RelativePath("ab/abbg-d"), .refused(.symbolicLink))
        return analysis
    }()

    private static func report(_ analysis: CacheAnalysis) -> AnalysisReport {
        func group(_ role: EntryRole, _ kind: NodeKind, _ count: Int, _ size: UInt64) -> EntryGroup {
            EntryGroup(
                role: role,
                node: NodeState(kind: kind, owner: UserID(5_001), group: GroupID(5_000), mode: ModeBits(0o660)),
                refusal: nil, count: count, allocated: ByteCount(size), subjects: SubjectList())
        }
        return AnalysisReport(
            cache: "builders", root: "/var/cache/go-build", policy: "shared", analysis: analysis,
            census: Census(groups: [
                group(.shard, .directory, 1, 4_096), group(.action, .file, 5, 20_480),
                group(.output, .file, 6, 196_608),
            ]),
            toolchains: InstalledToolchains(found: [.init(path: "/usr/local/go", version: "go1.27.3")]), threads: 2,
            startedAt: Timestamp(seconds: 1_700_000_000), finishedAt: Timestamp(seconds: 1_700_000_002),
            userNames: [UserID(5_001): "eve\u{1b}[2J"])
    }

    @Test func looksAsItDid() throws {
        let text = AnalysisText(Self.report(Self.analysis)).render(columns: 100)
        try expectSnapshot(text, "analysis")
        #expect(!text.contains("\u{1b}"))
    }

    @Test func readsAsItDid() throws {
        try expectSnapshot(
            String(decoding: try AnalysisJSON(Self.report(Self.analysis)).render(), as: UTF8.self), "analysis-json")
    }

    @Test func isOnePage() throws {
        let page = AnalysisHTML(Self.report(Self.analysis)).render()
        let reader = PageReader(page)
        reader.expectWhole()
        try expectSnapshot(String(decoding: page, as: UTF8.self), "analysis-html")
        #expect(!reader.page.contains("\u{1b}"))
        #expect(try reader.rows(of: "Packages").map(\.first) == ["net/http", "a.b/c", "main"])
        #expect(try reader.rows(of: "Compiled more than once").count == 2)
        #expect(try reader.rows(of: "The largest").count == 3)
        PageReader(AnalysisHTML(Self.report(CacheAnalysis(topCount: 0))).render()).expectWhole()
    }

    /// Threads look at different parts: the sum must not depend on who found what.
    @Test func partsAddUpToTheWhole() {
        var whole = CacheAnalysis(topCount: 3)
        whole.add(Self.analysis)
        whole.add(Self.analysis)
        #expect(whole.kinds[.archive]?.entries == 10)
        #expect(whole.variants.count == 5)
        #expect(whole.variants.values.allSatisfy { $0.amount.entries == 2 && $0.actions.entries == 2 })
        #expect(whole.orphans.entries == 2)
        #expect(whole.omitted.values.map(\.count) == [2])
        #expect(whole.largest.map(\.size) == [70_000, 70_000, 50_000].map(ByteCount.init(_:)))
    }

    @Test func anEmptyCacheIsNoError() {
        let text = AnalysisText(Self.report(CacheAnalysis(topCount: 0))).render(columns: 100)
        #expect(text.contains("into 0 outputs"))
        #expect(!text.contains("could be named"))
    }
}
