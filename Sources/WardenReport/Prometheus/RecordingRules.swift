/// What a fleet's dashboards ask for again and again, summed up once by Prometheus.
///
/// Named as Prometheus' practices say: the labels that are left, the metric, the operation.
package enum RecordingRules {
    package struct Rule: Hashable, Sendable {
        package let name: String
        package let expression: String
    }

    /// - Parameter interval: How often `apply` runs.
    package static func all(interval: Duration = .seconds(86_400)) -> [Rule] {
        let late = 2 * max(1, interval.components.seconds)
        let runs = "time() - cachewarden_last_run_timestamp_seconds{command=\"apply\"}"
        return sums + [Rule(name: "cachewarden_hosts_not_run:count", expression: "count(\(runs) > \(late))")]
    }

    private static let sums: [Rule] = [
        Rule(
            name: "cache:cachewarden_cache_size_bytes:sum", expression: "sum by (cache) (cachewarden_cache_size_bytes)"),
        Rule(
            name: "instance_cache:cachewarden_cache_size_limit:ratio",
            expression: "cachewarden_cache_size_bytes / cachewarden_cache_size_limit_bytes"),
        Rule(
            name: "verdict:cachewarden_hosts:count",
            expression: "count by (verdict) (cachewarden_last_run_verdict{command=\"apply\"} == 1)"),
        Rule(
            name: "rule:cachewarden_cache_findings:sum",
            expression: "sum by (rule, severity) (cachewarden_cache_findings)"),
        Rule(
            name: "rule:cachewarden_hosts_with_findings:count",
            expression: "count by (rule) (count by (instance, rule) (cachewarden_cache_findings > 0))"),
    ]

    /// Returns the rule file in UTF-8.
    ///
    /// - Parameter interval: How often `apply` runs.
    package static func render(interval: Duration = .seconds(86_400)) -> [UInt8] {
        var page = RulesPage(
            title:
                "Sums over a fleet of what cachewarden leaves for Prometheus. Written by 'cachewarden export recording-rules'."
        )
        page.group("cachewarden-fleet")
        for rule in all(interval: interval) { page.add(rule) }
        return Array(page.text.utf8)
    }
}
