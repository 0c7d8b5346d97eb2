internal import SystemPackage
package import WardenModel

/// A run's figures for Prometheus, in its text format, as node_exporter's textfile collector reads them.
///
/// Names follow Prometheus' conventions: base units, and labels whose values the policies bound. Every series of a run
/// says which command it was, so that files of several commands can stand side by side.
/// See [Exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/).
package struct MetricsText {
    package enum Scope: Sendable {
        /// What a run leaves in its file. Commands other than `apply` look at a single cache, and series of one name in two
        /// files would spoil both: theirs have no caches.
        case file
        /// All that the run knows, for somebody who asks for it.
        case everything
    }

    private let report: RunReport
    private let scope: Scope
    private let totals: RunTotals?
    private let builds: [BuildFigures]

    /// - Parameters:
    ///   - totals: What all runs have done, this one included; `nil` where nobody counts.
    ///   - builds: What `exec` counted.
    package init(
        _ report: RunReport, scope: Scope = .file, totals: RunTotals? = nil, builds: [BuildFigures] = []
    ) {
        self.report = report
        self.scope = scope
        self.totals = totals
        self.builds = builds
    }

    /// Returns the page in UTF-8, with a line break at its end.
    package func render() -> [UInt8] {
        var page = MetricsPage()
        addRun(to: &page)
        addAudit(to: &page)
        addRuns(to: &page)
        if report.command == .apply || scope == .everything { addCaches(to: &page) }
        return Array(page.text.utf8)
    }

    private func addRun(to page: inout MetricsPage) {
        let command = [("command", report.command.rawValue)]
        page.add("agent_info", "The agent that made the last run.") {
            [(command + [("version", report.version)], "1")]
        }
        page.add("last_run_timestamp_seconds", "When the last run ended, since 1970.") {
            [(command, MetricsPage.seconds(report.finishedAt.seconds, report.finishedAt.nanoseconds))]
        }
        page.add("last_run_duration_seconds", "How long the last run took.") {
            let parts = report.finishedAt.since(report.startedAt).components
            return [(command, MetricsPage.seconds(parts.seconds, UInt32(parts.attoseconds / 1_000_000_000)))]
        }
        page.add("last_run_verdict", "1 for what the last run ended with, 0 for what else it could have.") {
            RunReport.Verdict.allCases.map { verdict in
                (command + [("verdict", verdict.rawValue)], verdict == report.verdict ? "1" : "0")
            }
        }
    }

    private func addAudit(to page: inout MetricsPage) {
        guard let audit = report.audit else { return }
        let command = [("command", report.command.rawValue)]
        page.add("audit_sequence", "The number of the last record in the audit log.") {
            [(command, String(audit.sequence))]
        }
        page.add("audit_head", "The first 48 bits of the hash of the last record in the audit log, as a number.") {
            // So many fit into a sample exactly; a label would make a new series for every run.
            [(command, String(UInt64(audit.hash.prefix(12), radix: 16) ?? 0))]
        }
        if let isWhole = audit.isWhole {
            page.add("audit_whole", "1 where the audit log is as runs wrote it, looked at once an hour at most.") {
                [(command, isWhole ? "1" : "0")]
            }
        }
        page.comment("audit log '\(escapedForDisplay(audit.path.string))' ends at \(audit.sequence):\(audit.hash)")
    }

    private func addRuns(to page: inout MetricsPage) {
        let runs = totals?.runs[report.command.rawValue] ?? [:]
        page.add("runs_total", "Runs, by what they ended with.", .counter) {
            runs.sorted { $0.key < $1.key }.map { verdict, count in
                ([("command", report.command.rawValue), ("verdict", verdict)], String(count))
            }
        }
    }

    private func addCaches(to page: inout MetricsPage) {
        let caches = report.caches.map { LabelledCache(cache: $0, labels: labels(of: $0)) }
        addSizes(of: caches, to: &page)
        addFileSystems(of: caches, to: &page)
        addStates(of: caches, to: &page)
        page.add("cache_findings", "Differences between a cache and its policy that stand when the run ends.") {
            caches.flatMap { one in
                findings(one.cache.standing).map { rule, severity, count in
                    (one.labels + [("rule", rule.rawValue), ("severity", severity.rawValue)], String(count))
                }
            }
        }
        page.add("environment_findings", "What keeps builds from their cache or their toolchain when the run ends.") {
            findings(report.toolchains.flatMap(\.standing) + report.delivery.standing).map { rule, severity, count in
                ([("rule", rule.rawValue), ("severity", severity.rawValue)], String(count))
            }
        }
        page.add("watch_findings", "What an agent that watches cannot watch, or policies that it refuses to read.") {
            findings(report.watchFindings).map { rule, severity, count in
                ([("rule", rule.rawValue), ("severity", severity.rawValue)], String(count))
            }
        }
        page.add("waiver_until_timestamp_seconds", "When a waiver ends, or has ended, since 1970.") {
            report.waivers.map { (labels(of: $0.terms), String($0.terms.until.seconds)) }
        }
        page.add("waiver_findings", "What a waiver accepts, or did before it ended; 0 for one that is of no use.") {
            report.waivers.map { (labels(of: $0.terms), String($0.findings)) }
        }
        addRetention(of: caches, to: &page)
        addTotals(of: caches, to: &page)
        addBuilds(to: &page)
    }

    /// What runs have done since counting began.
    private func addTotals(of caches: [LabelledCache], to page: inout MetricsPage) {
        guard let totals else { return }
        let sums = caches.compactMap { one in totals.cache(at: one.cache.plan.path).map { (one.labels, $0) } }
        page.add("cache_removed_entries_total", "Names that were removed, by the rule that wanted it.", .counter) {
            sums.flatMap { labels, sum in
                sum.removed.sorted { $0.key < $1.key }.map { (labels + [("rule", $0.key)], String($0.value)) }
            }
        }
        page.add("cache_removed_bytes_total", "Allocated bytes that were removed.", .counter) {
            sums.map { ($0.0, String($0.1.freedBytes)) }
        }
        page.add("cache_changes_total", "Inodes that were changed, and those that could not be.", .counter) {
            sums.flatMap { labels, sum in
                [
                    (labels + [("outcome", "applied")], String(sum.changed)),
                    (labels + [("outcome", "failed")], String(sum.failed)),
                ]
            }
        }
    }

    /// What `exec` counted.
    private func addBuilds(to page: inout MetricsPage) {
        page.add("builds_succeeded_total", "Builds that 'cachewarden exec' ran and that succeeded.", .counter) {
            builds.map { ([("user", $0.user)], String($0.succeeded)) }
        }
        page.add("builds_failed_total", "Builds that 'cachewarden exec' ran and that failed, by why.", .counter) {
            builds.flatMap { one in
                one.failed.sorted { $0.key < $1.key }.map {
                    ([("user", one.user), ("reason", $0.key)], String($0.value))
                }
            }
        }
    }

    private func findings(_ standing: [Finding]) -> [(RuleID, Severity, Int)] {
        var counts: [(RuleID, Severity, Int)] = []
        for finding in standing where finding.isDrift {
            if let index = counts.firstIndex(where: { $0.0 == finding.rule && $0.1 == finding.severity }) {
                counts[index].2 += 1
            } else {
                counts.append((finding.rule, finding.severity, 1))
            }
        }
        return counts
    }

    private func labels(of waiver: WaiverTerms) -> [(String, String)] {
        [
            ("policy", escapedForDisplay(waiver.policy)), ("rule", waiver.rule.rawValue),
            ("path", escapedForDisplay(waiver.path.string)),
        ]
    }

    func labels(of cache: RunReport.Cache) -> [(String, String)] {
        [("cache", cache.plan.name), ("path", escapedForDisplay(cache.plan.path.string))]
    }
}
