import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

/// What reports say of files that send builds to a cache, and of toolchains.
@Suite("Delivery in reports") struct DeliveryReportTests {
    private static func finding(_ rule: RuleID, _ found: String, _ disposition: Finding.Disposition) -> Finding {
        Finding(
            rule: rule, severity: .medium, disposition: disposition, cache: "p", subject: "/etc/x", wanted: "A=b",
            found: found, remedy: "mend it")
    }

    private static func file(
        _ path: FilePath, _ form: DeliveryForm, _ mode: CachePlan.Mode = .enforce, before: String? = nil, after: String?
    ) -> FilePlan {
        FilePlan(
            path: path, form: form, policies: ["p"], mode: mode, wanted: after == nil ? [] : ["GOCACHE=/c"],
            finding: finding(.environmentMissing, "no such file", .repairable),
            change: mode == .audit
                ? nil
                : FileChange(
                    before: before.map { Array($0.utf8) }, after: after.map { Array($0.utf8) }, mode: ModeBits(0o644)))
    }

    private static let delivery = DeliveryPlan(
        files: [
            file("/etc/profile.d/cachewarden.sh", .shell, after: "# policy p\nexport GOCACHE='/c'\n"),
            file("/etc/systemd/x.conf", .systemManager, before: "old", after: nil),
            file("/opt/\u{1b}[2J/go.env", .goEnvironment, before: "A=1\n", after: "A=1\n# BEGIN\n"),
            file("/etc/environment.d/x.conf", .userManager, .audit, after: "GOCACHE=/c\n"),
        ], findings: [finding(.environmentConflict, "GOCACHE=/theirs", .manual)])

    private static func toolchain(_ path: FilePath, _ mode: CachePlan.Mode = .enforce) throws -> ToolchainPlan {
        let digest = try #require(ArchiveDigest(String(repeating: "ab", count: 32)))
        let standing = StandingToolchain(
            root: InodeIdentity(device: 1, inode: 2), version: try #require(ToolchainVersion("go1.26.1")), archive: nil)
        return ToolchainPlan(
            policy: "p", path: path, archive: "/srv/go.tar.gz", mode: mode, standing: standing,
            finding: finding(.toolchainDiffers, "go1.26.1 from an unknown archive", .repairable),
            installation: ToolchainInstallation(
                path: path, archive: "/srv/go.tar.gz", digest: digest, replaces: standing), needsSweep: false)
    }

    private static func report(
        _ command: RunReport.Command, _ verdict: RunReport.Verdict, _ toolchains: [RunReport.Toolchain],
        _ delivery: RunReport.Delivery
    ) -> RunReport {
        let other = ReportFixtures.report(command, verdict, [])
        return RunReport(
            command: command, version: other.version, runID: other.runID, host: other.host, startedAt: other.startedAt,
            finishedAt: other.finishedAt, policies: other.policies, caches: [], toolchains: toolchains,
            delivery: delivery, notes: [], nextSteps: [], verdict: verdict, audit: other.audit,
            userNames: [:], groupNames: [:])
    }

    static func planned() throws -> RunReport {
        report(
            .plan, .drift,
            [.init(plan: try toolchain("/usr/local/go")), .init(plan: try toolchain("/opt/\u{1b}go", .audit))],
            .init(plan: delivery))
    }

    private static func applied() throws -> RunReport {
        let version = try #require(ToolchainVersion("go1.27.3"))
        let plans = try (0..<5).map { try toolchain(FilePath("/go/\($0)")) }
        let outcomes: [ToolchainOutcome] = [
            .installed(version), .unchanged, .inUse, .interrupted, .failed("no room"),
        ]
        return report(
            .apply, .partlyRepaired,
            zip(plans, outcomes).map { .init(plan: $0, outcome: $1) },
            .init(
                plan: delivery, outcomes: [0: .applied, 1: .failed("cannot remove it"), 2: .notVerified],
                remaining: delivery.findings))
    }

    @Test func textOfAPlan() throws { try expectSnapshot(TextReport(Self.planned()).render(), "delivery-plan") }

    @Test func textOfAnApply() throws { try expectSnapshot(TextReport(Self.applied()).render(), "delivery-apply") }

    @Test func programsGetTheSame() throws {
        for (report, name) in [(try Self.planned(), "delivery-plan-json"), (try Self.applied(), "delivery-apply-json")]
        {
            try expectSnapshot(String(decoding: JSONReport(report).render(), as: UTF8.self), name)
        }
    }

    @Test func aTerminalObeysNothingInNames() throws {
        for report in [try Self.planned(), try Self.applied()] {
            #expect(!TextReport(report).render().contains("\u{1b}"))
        }
    }

    @Test func planDocumentsKeepEverything() throws {
        let plan = Plan(
            host: "h", madeAt: ReportFixtures.noon, policyDigest: "d", caches: [],
            toolchains: [try Self.toolchain("/usr/local/go")], delivery: Self.delivery)
        let read = try PlanDocument.decode(try PlanDocument.encode(plan))
        #expect(read.toolchains == plan.toolchains && read.delivery == plan.delivery)
        let text = String(decoding: try PlanDocument.encode(plan), as: UTF8.self)
        for (good, bad) in [("abababab", "ABABABAB"), ("go1.26.1\"", "python\""), ("\"0644\"", "\"+644\"")] {
            #expect(throws: PlanDocumentError.self, "\(bad)") {
                try PlanDocument.decode(Array(text.replacing(good, with: bad).utf8))
            }
        }
    }
}
