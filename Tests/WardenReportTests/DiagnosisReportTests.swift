import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("What doctor says") struct DiagnosisReportTests {
    private static func user(_ name: String, _ cache: [BuildStart: EffectiveVariable]) -> UserDiagnosis {
        let home = "/home/\(name)"
        let variables = BuildStart.allCases.map { start -> (BuildStart, [GoVariable: EffectiveVariable]) in
            var values: [GoVariable: EffectiveVariable] = [
                .moduleCache: .init("\(home)/go/pkg/mod", .standard("GOPATH")), .flags: .init("", .standard("not set")),
                .cache: cache[start] ?? .init("\(home)/.cache/go-build", .standard("HOME")),
            ]
            if start == .bare {
                values[.cache] = .init("off", .standard("neither HOME nor XDG_CACHE_HOME"))
                values[.moduleCache] = .init("", .standard("no GOPATH"))
            } else if start == .loginShell {
                values[.flags] = .init(nil, .file("/etc/profile.d/go.sh", line: 9, isConditional: true))
            }
            return (start, values)
        }
        return UserDiagnosis(
            subject: .user(UserID(5_001), name: name, groups: [GroupID(5_001)]), home: FilePath(home),
            variables: Dictionary(variables) { $1 },
            caches: [
                .init(path: FilePath(home).appending(".cache/go-build"), size: ByteCount(185 << 20), entries: 2_694)
            ],
            denials: [],
            builds: [
                .init(
                    process: 4_711, user: UserID(5_001), startedAt: ReportFixtures.noon, command: "go test ./...",
                    cache: .init("/home/\(name)/.cache/go-build", .standard("the default below HOME")))
            ], problems: ["cannot read '\(home)/.config/go/env': is a symbolic link"])
    }

    private static let finding = Finding(
        rule: .environmentMissing, severity: .medium, disposition: .manual, cache: "shared",
        subject: "user alice: user service", wanted: "GOCACHE=/var/cache/go-build",
        found: "GOCACHE=/home/alice/.cache/go-build, Go's default (HOME)",
        remedy: "write 'GOCACHE=/var/cache/go-build' into a file in /etc/environment.d")

    private static let diagnosis = Diagnosis(
        host: "build1", toolchain: "/usr/local/go",
        users: [
            user(
                "alice",
                [.loginShell: .init("/var/cache/go-build", .file("/etc/profile.d/x.sh", line: 1, isConditional: false))]
            )
        ], findings: [finding], notes: ["group 'ci' lists nobody; name users with --user"])

    @Test func saysWhereEachValueComesFrom() throws {
        let report = DiagnosisReport(Self.diagnosis)
        try expectSnapshot(report.render(), "doctor")
        try expectSnapshot(String(decoding: try report.renderJSON(), as: UTF8.self), "doctor-json")
    }

    @Test func saysSoWhereNothingIsWrong() {
        let healthy = Diagnosis(
            host: "h", toolchain: nil, users: [], findings: [], notes: [])
        #expect(DiagnosisReport(healthy).render() == "HEALTHY  0 users on h, no findings\n")
    }
}
