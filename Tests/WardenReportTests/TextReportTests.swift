import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

struct TextReportTests {
    private func text(_ report: RunReport, style: TextStyle = .plain, columns: Int = 100) -> String {
        TextReport(report, style: style, columns: columns).render()
    }

    /// Named, so that a failure does not print the whole report that it is about.
    private static let reports: [String: RunReport] = [
        "drift": ReportFixtures.drift, "plan": ReportFixtures.planned,
        "partly-repaired": ReportFixtures.partlyRepaired, "repaired": Self.repaired, "compliant": Self.compliant,
        "missing-root": Self.missing, "blocked": Self.blocked, "audit-only": Self.auditOnly,
        "no-caches": ReportFixtures.report(.check, .compliant, []), "hostile": Self.hostile,
        "eviction-plan": ReportFixtures.retained(.plan, .drift),
        "evicted": ReportFixtures.retained(.apply, .partlyRepaired, outcome: ReportFixtures.outcome),
        "waived": ReportFixtures.waived, "refused": ReportFixtures.refused,
        "stat": ReportFixtures.retained(.stat, .compliant),
    ]

    @Test(arguments: Self.reports.keys.sorted())
    func looksAsRecorded(name: String) throws {
        try expectSnapshot(text(try #require(Self.reports[name])), name)
    }

    @Test func looksAsRecordedOnATerminal() throws {
        try expectSnapshot(text(ReportFixtures.drift, style: .colored, columns: 72), "drift-colored")
    }

    /// What an agent that watches says of its runs.
    @Test func saysWhyItRan() throws {
        let runs = [
            TextReport(ReportFixtures.refused).renderRun(causes: [
                "changed policies", "changed entries in cache go-build",
            ]),
            TextReport(Self.repaired).renderRun(causes: ["a limit of cache\u{1b}[31m x is crossed"]),
            TextReport(ReportFixtures.partlyRepaired, style: .colored).renderRun(causes: []),
        ]
        try expectSnapshot(runs.joined(), "watch")
    }

    @Test func staysShortHoweverManyEntriesDiffer() {
        let examples = (0..<100_000).map { Finding.Example(path: RelativePath("a0/\($0)-a"), found: "mode 0644") }
        let findings = (0..<10_000).map { index in
            Finding(
                rule: RuleID.allCases[index % 30], severity: .high, disposition: .repairable, cache: "go-build",
                subject: "/c/\(index)", count: 100_000, wanted: "mode 0660", found: "mode 0644",
                remedy: "repair \(index)",
                examples: index == 0 ? examples : [])
        }
        let changes = ReportFixtures.changes(1_000)
        let many = (0..<1_000).map { _ in changes[0] }
        let exceptions = (0..<20_000).map {
            ChangeOutcome.Exception(path: RelativePath("a0/\($0)"), outcome: .skipped(.vanished))
        }
        for command in [RunReport.Command.check, .plan, .apply] {
            let report = ReportFixtures.report(
                command, .drift,
                [
                    .init(
                        plan: ReportFixtures.plan(findings, many), before: ReportFixtures.observation(),
                        outcomes: command == .apply ? [.init(change: 0, applied: 1, exceptions: exceptions)] : [])
                ])
            #expect(text(report).split(separator: "\n").count < 900)
        }
    }

    @Test(arguments: [40, 72, 100, 160])
    func keepsProseWithinTheColumns(columns: Int) {
        let report = ReportFixtures.report(
            .check, .compliant, [], notes: [String(repeating: "a word of advice, ", count: 40)])
        for line in text(report, columns: columns).split(separator: "\n") where line.contains("advice") {
            #expect(line.count <= columns, "\(line)")
        }
    }

    @Test func letsNoNameActOnTheTerminal() {
        for style in [TextStyle.plain, .colored] {
            let hostile = text(Self.hostile, style: style).replacing("\u{1b}[", with: "")
            let harmful = hostile.unicodeScalars.filter {
                $0 != "\n" && ($0.properties.generalCategory == .control || $0.properties.generalCategory == .format)
            }
            #expect(style == .colored || !text(Self.hostile).contains("\u{1b}"))
            #expect(harmful.isEmpty)
            #expect(!hostile.contains("\nCOMPLIANT"))
        }
    }

    @Test func breaksNoCommand() {
        let command = "cachewarden apply --policy " + String(repeating: "long/", count: 40) + "p.yaml --only entry-acl"
        let report = ReportFixtures.report(.check, .drift, [], nextSteps: [command])
        #expect(text(report, columns: 60).contains("\n    \(command)\n"))
    }
}

extension TextReportTests {
    static let compliant = ReportFixtures.report(
        .check, .compliant,
        [.init(plan: ReportFixtures.plan([], []), before: ReportFixtures.observation(drifted: false))])

    static let repaired = ReportFixtures.report(
        .apply, .repaired,
        [
            .init(
                plan: ReportFixtures.plan([ReportFixtures.rootGroup, ReportFixtures.entryACL]),
                before: ReportFixtures.observation(),
                outcomes: [.init(change: 0, applied: 2_694), .init(change: 1, applied: 1)],
                after: ReportFixtures.observation(drifted: false), remaining: [])
        ])

    static let missing = ReportFixtures.report(
        .check, .drift,
        [
            .init(
                plan: ReportFixtures.plan(
                    [
                        Finding(
                            rule: .cacheMissing, severity: .critical, disposition: .repairable, cache: "go-build",
                            subject: "/var/cache/go-build", wanted: "a directory", found: "nothing",
                            remedy: "run 'cachewarden apply': the policy says 'create: true'")
                    ],
                    [
                        Change(
                            rules: [.cacheMissing], role: nil, before: nil,
                            steps: [.createDirectory, .setMode(ModeBits(0o2770))],
                            after: ReportFixtures.node(.directory, 0, 5555, 0o2770),
                            subjects: ReportFixtures.rootSubject)
                    ]),
                before: ReportFixtures.observation(root: .missing(parentExists: true)))
        ])

    static let blocked = ReportFixtures.report(
        .apply, .failed,
        [
            .init(
                plan: ReportFixtures.plan([
                    Finding(
                        rule: .cacheUnsafePath, severity: .critical, disposition: .blocking, cache: "go-build",
                        subject: "/var/cache/go-build", wanted: "ancestors that only root may write",
                        found: "'/var/cache' is writable by group staff", remedy: "chmod g-w /var/cache")
                ]), before: ReportFixtures.observation(root: .unreachable(at: "/var/cache", .permissionDenied)))
        ])

    static let auditOnly = ReportFixtures.report(
        .plan, .drift,
        [.init(plan: ReportFixtures.plan(mode: .audit), before: ReportFixtures.observation())])

    /// Names that try to start a line, clear the screen, hide their end or be no text at all.
    static let hostile: RunReport = {
        let evil = "x\n\u{1b}[2JCOMPLIANT\u{202e}cod.exe\u{9b}"
        let bytes: [UInt8] = [0x61, 0xff, 0xfe, 0x0a, 0x27]
        var chunk = SubjectList.Chunk(directory: RelativePath(evil))
        chunk.append(name: bytes.span, inode: 1)
        let finding = Finding(
            rule: .entryStranger, severity: .medium, disposition: .manual, cache: evil, subject: "/c/\(evil)",
            count: 2, wanted: evil, found: evil, remedy: evil,
            examples: [.init(path: RelativePath(bytes: bytes), found: evil)])
        let change = Change(
            rules: [.entryMode], role: .plain, before: ReportFixtures.node(.file, 9999, 9999, 0o777),
            steps: [.setMode(ModeBits(0o660))], after: ReportFixtures.node(.file, 9999, 9999, 0o660),
            subjects: SubjectList([chunk]))
        var census = ReportFixtures.census()
        census.vanished = 3
        census.failures = (0..<5).map {
            ObservationFailure(path: RelativePath("\(evil)\($0)"), operation: "open", cause: .permissionDenied)
        }
        census.failureCount = 1_005
        let plan = CachePlan(
            name: evil, path: FilePath("/" + evil), mode: .enforce, root: nil, findings: [finding], changes: [change])
        return ReportFixtures.report(
            .plan, .drift,
            [.init(plan: plan, before: ReportFixtures.observation(census: census, path: FilePath("/" + evil)))],
            host: evil, notes: [evil], nextSteps: [evil, "cachewarden \(evil)"])
    }()
}
