import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("What procs says") struct ActivityReportTests {
    private static let list = ActivityList(
        host: "build-7", lookedAt: Timestamp(seconds: 1_700_000_123),
        activities: [
            GoActivity(
                process: 4_711, user: UserID(5_001), startedAt: Timestamp(seconds: 1_700_000_000),
                command: "go build ./...",
                kind: .building, unit: "ci-runner.service",
                cache: .known(EffectiveVariable("/var/cache/go-build", .standard("set in the environment"))),
                settingsFile: "/srv/env", openSettings: ["/srv/env (deleted)"],
                steps: [
                    GoActivity.Step(tool: "compile", package: "example.com/app/early"),
                    GoActivity.Step(tool: "link", package: nil),
                ], written: ByteCount(41 << 20)),
            GoActivity(
                process: 4_820, user: UserID(5_002), startedAt: Timestamp(seconds: 1_699_990_000),
                command: "go test -fuzz=F", kind: .fuzzing, unit: nil, cache: .elsewhere, settingsFile: nil,
                openSettings: [], steps: [], written: nil),
        ], names: IdentityNames(users: [UserID(5_001): "eve\u{1b}[2J"], groups: [:]))

    @Test func looksAsItDid() throws {
        try expectSnapshot(ActivityReport(Self.list).render(columns: 100), "procs")
        #expect(!ActivityReport(Self.list).render().contains("\u{1b}"))
    }

    @Test func saysThatThereIsNone() {
        let none = ActivityList(
            host: "build-7", lookedAt: Timestamp(seconds: 0), activities: [], names: IdentityNames())
        #expect(ActivityReport(none).render() == "no go command runs on build-7\n")
    }

    @Test func isJSON() throws {
        try expectSnapshot(
            String(decoding: try ActivityReport(Self.list).renderJSON(), as: UTF8.self), "procs-json")
    }
}
