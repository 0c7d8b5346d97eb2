import SystemPackage
import Testing
import WardenReport
import WardenTestSupport

/// What Prometheus makes of the sums over a fleet.
@Suite("Recording rules") struct RecordingRulesTests {
    /// What two hosts with three caches left. The tests' clock begins at 0 and is looked at after five minutes.
    private static let series: [(labels: String, value: Int)] = [
        (#"cachewarden_cache_size_bytes{instance="h",cache="a"}"#, 30),
        (#"cachewarden_cache_size_bytes{instance="h",cache="b"}"#, 7),
        (#"cachewarden_cache_size_bytes{instance="g",cache="a"}"#, 20),
        (#"cachewarden_cache_size_limit_bytes{instance="h",cache="a"}"#, 60),
        (#"cachewarden_last_run_verdict{instance="h",command="apply",verdict="drift"}"#, 1),
        (#"cachewarden_last_run_verdict{instance="g",command="apply",verdict="drift"}"#, 1),
        (#"cachewarden_last_run_verdict{instance="g",command="apply",verdict="failed"}"#, 0),
        (#"cachewarden_last_run_verdict{instance="g",command="clean",verdict="drift"}"#, 1),
        (#"cachewarden_cache_findings{instance="h",cache="a",rule="entry-acl",severity="high"}"#, 2),
        (#"cachewarden_cache_findings{instance="h",cache="b",rule="entry-acl",severity="high"}"#, 3),
        (#"cachewarden_cache_findings{instance="g",cache="a",rule="entry-acl",severity="high"}"#, 0),
        (#"cachewarden_last_run_timestamp_seconds{instance="h",command="apply"}"#, 170),
        (#"cachewarden_last_run_timestamp_seconds{instance="g",command="apply"}"#, 190),
        (#"cachewarden_last_run_timestamp_seconds{instance="g",command="clean"}"#, 10),
    ]

    /// Every series of each rule, with an interval of a minute.
    private static let wanted: [String: [(labels: String, value: Double)]] = [
        "cache:cachewarden_cache_size_bytes:sum": [(#"cache="a""#, 50), (#"cache="b""#, 7)],
        "instance_cache:cachewarden_cache_size_limit:ratio": [(#"instance="h",cache="a""#, 0.5)],
        "verdict:cachewarden_hosts:count": [(#"verdict="drift""#, 2)],
        "rule:cachewarden_cache_findings:sum": [(#"rule="entry-acl",severity="high""#, 5)],
        "rule:cachewarden_hosts_with_findings:count": [(#"rule="entry-acl""#, 1)],
        "cachewarden_hosts_not_run:count": [("", 1)],
    ]

    private static var test: String {
        let inputs = series.map { "      - {series: '\($0.labels)', values: '\($0.value)+0x10'}" }
        let questions = wanted.sorted { $0.key < $1.key }.map { name, samples in
            let answers = samples.map { "          - {labels: '\(name){\($0.labels)}', value: \($0.value)}" }
            return "      - expr: '\(name)'\n        eval_time: 5m\n        exp_samples:\n"
                + answers.joined(separator: "\n")
        }
        return """
            rule_files: [recording.yml]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series:
            \(inputs.joined(separator: "\n"))
                promql_expr_test:
            \(questions.joined(separator: "\n"))

            """
    }

    @Test(.enabled(if: Promtool.isThere, "needs promtool")) func sumUpAFleet() throws {
        let folder = try TemporaryDirectory()
        let rules = try folder.write("recording.yml", RecordingRules.render(interval: .seconds(60)))
        let test = try folder.write("test.yml", Self.test)
        for arguments in [
            ["check", "rules", "--lint=all", "--lint-fatal", rules.string], ["test", "rules", test.string],
        ] {
            let (status, output) = try Promtool.run(arguments)
            #expect(status == 0, "\(output)")
        }
    }

    @Test func allHaveATest() {
        #expect(Set(Self.wanted.keys) == Set(RecordingRules.all().map(\.name)))
    }

    @Test func followTheInterval() {
        #expect(RecordingRules.all().contains { $0.expression.hasSuffix("> 172800)") })
        #expect(RecordingRules.all(interval: .seconds(3_600)).contains { $0.expression.hasSuffix("> 7200)") })
    }
}
