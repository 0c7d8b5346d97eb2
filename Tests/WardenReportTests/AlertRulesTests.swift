import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

/// What Prometheus' own tools make of the rules.
@Suite("Alert rules") struct AlertRulesTests {
    private static let everything = AlertRules(Set(AlertSubject.allCases), interval: .seconds(86_400))
    private static let withoutPolicies = AlertRules([], interval: .seconds(86_400))

    /// Series with which an alert fires, and with which it does not. Values as promtool's tests write them; a minute
    /// apart, and looked at after two days and a half.
    struct Case: Sendable {
        let alert: String
        let firing: [String]
        let quiet: [String]
        let rules: AlertRules

        init(_ alert: String, firing: [String], quiet: [String], by rules: AlertRules = AlertRulesTests.everything) {
            self.alert = alert
            self.firing = firing
            self.quiet = quiet
            self.rules = rules
        }
    }

    private static let cache = #"cache="go-build",path="/c",instance="h""#
    private static let other = #"cache="other",path="/o",instance="h""#
    private static let apply = #"command="apply",instance="h""#
    private static let minutes = 3_600

    /// `name{labels} value`, the value staying.
    private static func steady(_ name: String, _ labels: String, _ value: String) -> String {
        "\(name){\(labels)}|\(value)+0x\(minutes)"
    }

    private static func series(_ name: String, _ labels: String, _ values: String) -> String {
        "\(name){\(labels)}|\(values)"
    }

    /// The value was another one until some minutes ago.
    private static func lately(
        _ name: String, _ labels: String, _ before: String, _ now: String, for span: Int
    ) -> String {
        series(name, labels, "\(before)+0x\(minutes - span - 1) \(now)+0x\(span)")
    }

    private static let limit = steady("cachewarden_cache_size_limit_bytes", cache, "1000")

    private static func size(_ value: String) -> String { steady("cachewarden_cache_size_bytes", cache, value) }

    private static func findings(_ rule: String, _ severity: String, _ count: String) -> [String] {
        [steady("cachewarden_cache_findings", "\(cache),rule=\"\(rule)\",severity=\"\(severity)\"", count)]
    }

    private static func builds(_ reason: String) -> String { #"user="ann",reason="\#(reason)",instance="h""# }

    static let cases: [Case] = [
        // Every quiet case has one more cache: what it is about has not lasted for long enough.
        Case(
            "CachewardenCacheOverLimit",
            firing: [limit, lately("cachewarden_cache_size_bytes", cache, "1000", "1001", for: 15)],
            quiet: [
                limit, size("1000"), steady("cachewarden_cache_size_limit_bytes", other, "1000"),
                lately("cachewarden_cache_size_bytes", other, "1000", "1001", for: 5),
            ]),
        Case(
            "CachewardenCacheGrows",
            firing: [
                lately("cachewarden_cache_size_limit_bytes", cache, "5000", "1000", for: 75),
                series("cachewarden_cache_size_bytes", cache, "100+0.22x\(minutes)"),
            ],
            quiet: [
                limit, series("cachewarden_cache_size_bytes", cache, "100+0.01x\(minutes)"),
                lately("cachewarden_cache_size_limit_bytes", other, "5000", "1000", for: 45),
                series("cachewarden_cache_size_bytes", other, "100+0.22x\(minutes)"),
            ]),
        Case(
            "CachewardenCacheOverEntries",
            firing: [
                lately("cachewarden_cache_entries", cache, "10", "11", for: 15),
                steady("cachewarden_cache_entries_limit", cache, "10"),
            ],
            quiet: [
                steady("cachewarden_cache_entries", cache, "10"),
                steady("cachewarden_cache_entries_limit", cache, "10"),
                lately("cachewarden_cache_entries", other, "10", "11", for: 5),
                steady("cachewarden_cache_entries_limit", other, "10"),
            ]),
        Case(
            "CachewardenThrash", firing: findings("retention-thrash", "medium", "1"),
            quiet: findings("entry-acl", "high", "1")),
        Case(
            "CachewardenInodesHigh",
            firing: [lately("cachewarden_file_system_inodes_used_ratio", cache, "0.85", "0.86", for: 15)],
            quiet: [
                steady("cachewarden_file_system_inodes_used_ratio", cache, "0.85"),
                lately("cachewarden_file_system_inodes_used_ratio", other, "0.85", "0.86", for: 5),
            ]),
        Case(
            "CachewardenFreeSpaceLow",
            firing: [
                lately("cachewarden_file_system_available_bytes", cache, "10", "9", for: 15),
                steady("cachewarden_file_system_available_limit_bytes", cache, "10"),
            ],
            quiet: [
                steady("cachewarden_file_system_available_bytes", cache, "10"),
                steady("cachewarden_file_system_available_limit_bytes", cache, "10"),
                lately("cachewarden_file_system_available_bytes", other, "10", "9", for: 5),
                steady("cachewarden_file_system_available_limit_bytes", other, "10"),
            ]),
        Case(
            "CachewardenFreeSpaceLow",
            firing: [
                lately("cachewarden_file_system_available_bytes", cache, "10", "9", for: 15),
                steady("cachewarden_file_system_size_bytes", cache, "100"),
            ],
            quiet: [
                steady("cachewarden_file_system_available_bytes", cache, "10"),
                steady("cachewarden_file_system_size_bytes", cache, "100"),
                lately("cachewarden_file_system_available_bytes", other, "10", "9", for: 5),
                steady("cachewarden_file_system_size_bytes", other, "100"),
            ], by: withoutPolicies),
        // The tests' clock begins at 0 and ends at 216,000.
        Case(
            "CachewardenNotRun", firing: [steady("cachewarden_last_run_timestamp_seconds", apply, "43000")],
            quiet: [steady("cachewarden_last_run_timestamp_seconds", apply, "44000")]),
        Case(
            "CachewardenRunFailed",
            firing: [steady("cachewarden_last_run_verdict", "\(apply),verdict=\"failed\"", "1")],
            quiet: [steady("cachewarden_last_run_verdict", "\(apply),verdict=\"repaired\"", "1")]),
        Case(
            "CachewardenAuditLogChanged",
            firing: [series("cachewarden_audit_sequence", apply, "100+0x3000 40+0x600")],
            quiet: [
                series("cachewarden_audit_sequence", apply, "100+0x3000 140+0x600"),
                series("cachewarden_audit_head", apply, "7+0x3000 9+0x600"),
            ]),
        Case(
            "CachewardenAuditLogChanged",
            firing: [
                steady("cachewarden_audit_sequence", apply, "100"),
                series("cachewarden_audit_head", apply, "7+0x3000 9+0x600"),
            ],
            quiet: [steady("cachewarden_audit_sequence", apply, "100"), steady("cachewarden_audit_head", apply, "7")]),
        Case(
            "CachewardenAuditLogChanged", firing: [steady("cachewarden_audit_whole", apply, "0")],
            quiet: [steady("cachewarden_audit_whole", apply, "1")]),
        Case(
            "CachewardenPermissionsBroken",
            firing: [lately("cachewarden_cache_permissions_right", cache, "1", "0", for: 15)],
            quiet: [
                steady("cachewarden_cache_permissions_right", cache, "1"),
                lately("cachewarden_cache_permissions_right", other, "1", "0", for: 5),
            ]),
        Case(
            "CachewardenCacheMissing", firing: [lately("cachewarden_cache_present", cache, "1", "0", for: 15)],
            quiet: [
                steady("cachewarden_cache_present", cache, "1"),
                lately("cachewarden_cache_present", other, "1", "0", for: 5),
            ]),
        Case(
            "CachewardenBuildsFail",
            firing: [series("cachewarden_builds_failed_total", builds("permission"), "3+0x3000 5+0x600")],
            quiet: [
                steady("cachewarden_builds_failed_total", builds("permission"), "3"),
                series("cachewarden_builds_failed_total", builds("code"), "3+0x3000 5+0x600"),
            ]),
        Case("CachewardenDrift", firing: findings("root-mode", "high", "1"), quiet: findings("root-mode", "high", "0")),
        Case(
            "CachewardenDrift",
            firing: [
                steady(
                    "cachewarden_environment_findings", #"rule="toolchain-differs",severity="critical",instance="h""#,
                    "2")
            ],
            // Found by the last run alone: the next one may repair it.
            quiet: [
                series(
                    "cachewarden_cache_findings", "\(cache),rule=\"root-mode\",severity=\"high\"", "0+0x3000 1+0x600")
            ]),
        Case(
            "CachewardenDriftMinor", firing: findings("entry-mode", "medium", "1"),
            quiet: findings("entry-mode", "high", "1")),
        Case(
            "CachewardenWaiverEnds",
            firing: [
                steady(
                    "cachewarden_waiver_until_timestamp_seconds", #"rule="entry-acl",path="/c",instance="h""#, "1400000"
                ),
                steady("cachewarden_waiver_findings", #"rule="entry-acl",path="/c",instance="h""#, "1"),
            ],
            quiet: [
                steady(
                    "cachewarden_waiver_until_timestamp_seconds", #"rule="entry-acl",path="/c",instance="h""#, "1500000"
                ),
                steady("cachewarden_waiver_findings", #"rule="entry-acl",path="/c",instance="h""#, "1"),
                // Of no use, and ending: nobody is the worse for it.
                steady(
                    "cachewarden_waiver_until_timestamp_seconds", #"rule="entry-acl",path="/d",instance="h""#, "1400000"
                ),
                steady("cachewarden_waiver_findings", #"rule="entry-acl",path="/d",instance="h""#, "0"),
            ]),
    ]

    @Test func everyAlertHasACase() {
        #expect(Set(Self.cases.map(\.alert)) == Set(Self.everything.all.map(\.name)))
    }

    @Test(.enabled(if: Promtool.isThere, "needs promtool"))
    func pleasePromtool() throws {
        let folder = try TemporaryDirectory()
        let files = [
            try folder.write("alerts.yml", Self.everything.render()),
            try folder.write("few.yml", AlertRules([], interval: .seconds(3_600)).render()),
        ]
        for file in files {
            let (status, output) = try Promtool.run(["check", "rules", "--lint=all", "--lint-fatal", file.string])
            #expect(status == 0, "\(output)")
        }
    }

    @Test(.enabled(if: Promtool.isThere, "needs promtool"), arguments: cases.indices)
    func firesWhenItShouldAndNotBefore(index: Int) throws {
        let example = Self.cases[index]
        let folder = try TemporaryDirectory()
        try folder.write("alerts.yml", example.rules.render())
        for (series, count) in [(example.firing, 1), (example.quiet, 0)] {
            let file = try folder.write("test.yml", test(example.alert, series, count))
            let (status, output) = try Promtool.run(["test", "rules", file.string])
            #expect(status == 0, "\(example.alert) with \(series): \(output)")
        }
    }

    private func test(_ alert: String, _ series: [String], _ count: Int) -> String {
        let inputs = series.map { line in
            let parts = line.split(separator: "|", maxSplits: 1)
            return "      - series: '\(parts[0])'\n        values: '\(parts[1])'"
        }
        let samples = count == 0 ? "[]" : "[{labels: '{}', value: \(count)}]"
        return """
            rule_files: [alerts.yml]
            evaluation_interval: 10m
            tests:
              - interval: 1m
                input_series:
            \(inputs.joined(separator: "\n"))
                promql_expr_test:
                  - expr: count(ALERTS{alertname="\(alert)",alertstate="firing"})
                    eval_time: 3600m
                    exp_samples: \(samples)

            """
    }

    /// Without a reason in the policies there is no alert, and the interval decides what "not run" means.
    @Test func followThePolicies() {
        let none = AlertRules([], interval: .seconds(3_600)).all
        let names = Set(none.map(\.name))
        for missing in ["OverLimit", "CacheGrows", "OverEntries", "Thrash", "WaiverEnds"] {
            #expect(!names.contains { $0.hasSuffix(missing) }, "\(missing)")
        }
        #expect(none.contains { $0.expression.hasSuffix("> 7200") })
        #expect(none.first { $0.name == "CachewardenFreeSpaceLow" }?.expression.hasSuffix("< 0.1") == true)
        // What nobody repairs needs no patience.
        #expect(none.first { $0.name == "CachewardenDrift" }?.duration == "0m")
        #expect(Self.everything.all.first { $0.name == "CachewardenDrift" }?.duration == "86400s")
    }
}
