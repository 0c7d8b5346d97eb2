/// The alerts on what `apply` leaves for Prometheus: those that the policies in force give a reason for.
///
/// Limits are compared with the limits' own series, so that hosts with other policies need no other rules, and a changed
/// policy no new ones.
package struct AlertRules: Sendable {
    /// Above this share of used inodes a file system is soon full, however much space it has.
    static let inodesShare = "0.85"

    private let subjects: Set<AlertSubject>
    /// Seconds from one run to the next.
    private let interval: Int64

    /// - Parameter interval: How often `apply` runs.
    package init(_ subjects: Set<AlertSubject>, interval: Duration) {
        self.subjects = subjects
        self.interval = max(1, interval.components.seconds)
    }

    package var all: [AlertRule] {
        limits + runs + caches + [buildsFail] + (subjects.contains(.waivers) ? [waiverEnds] : [])
    }

    /// Returns the rule file in UTF-8.
    package func render() -> [UInt8] {
        var page = RulesPage(
            title: "Alerts on what cachewarden leaves for Prometheus. Written by 'cachewarden export alert-rules'.")
        page.group("cachewarden")
        for rule in all { page.add(rule) }
        return Array(page.text.utf8)
    }

    // MARK: - Limits

    private var limits: [AlertRule] {
        var rules: [AlertRule] = []
        if subjects.contains(.maxSize) { rules += [overSize, grows] }
        if subjects.contains(.maxEntries) {
            rules.append(
                AlertRule(
                    name: "CachewardenCacheOverEntries",
                    expression: "cachewarden_cache_entries > cachewarden_cache_entries_limit", duration: "10m",
                    urgency: .warning, summary: "\(Self.cache) has more entries than its policy allows",
                    action: "See what 'cachewarden check' says keeps them."))
        }
        if subjects.contains(.retention) { rules.append(thrash) }
        return rules + [inodes, freeSpace]
    }

    private static let cache = "cache {{ $labels.cache }} on {{ $labels.instance }}"

    private var overSize: AlertRule {
        AlertRule(
            name: "CachewardenCacheOverLimit",
            expression: "cachewarden_cache_size_bytes > cachewarden_cache_size_limit_bytes", duration: "10m",
            urgency: .warning,
            summary: "\(Self.cache) is larger than its policy allows: {{ $value | humanize1024 }}B",
            action: "'cachewarden check' says what keeps entries from going; raise max-size where builds use more.")
    }

    private var grows: AlertRule {
        AlertRule(
            name: "CachewardenCacheGrows",
            expression: "predict_linear(cachewarden_cache_size_bytes[1d], 86400) > cachewarden_cache_size_limit_bytes "
                + "and cachewarden_cache_size_bytes <= cachewarden_cache_size_limit_bytes",
            duration: "1h", urgency: .warning, summary: "\(Self.cache) crosses its limit within a day as it grows now",
            action: "Find out which builds write so much, or let 'cachewarden apply' run more often.")
    }

    private var thrash: AlertRule {
        AlertRule(
            name: "CachewardenThrash", expression: "cachewarden_cache_findings{rule=\"retention-thrash\"} > 0",
            duration: "0m", urgency: .warning, summary: "\(Self.cache) evicts what builds come back to",
            action: "The limit lies below what builds use: raise max-size.")
    }

    private var inodes: AlertRule {
        AlertRule(
            name: "CachewardenInodesHigh",
            expression: "cachewarden_file_system_inodes_used_ratio > \(Self.inodesShare)", duration: "10m",
            urgency: .warning,
            summary: "{{ $value | humanizePercentage }} of the inodes below \(Self.cache) are used",
            action: "Set min-free-inodes or max-entries, or make a file system with more inodes.")
    }

    private var freeSpace: AlertRule {
        let limit =
            subjects.contains(.minFree)
            ? "cachewarden_file_system_available_bytes < cachewarden_file_system_available_limit_bytes"
            : "cachewarden_file_system_available_bytes / cachewarden_file_system_size_bytes < 0.1"
        return AlertRule(
            name: "CachewardenFreeSpaceLow", expression: limit, duration: "10m", urgency: .warning,
            summary: "the disk below \(Self.cache) has little room left",
            action: "Remove what else fills it, or lower max-size.")
    }

    // MARK: - Runs

    private var runs: [AlertRule] {
        [
            AlertRule(
                name: "CachewardenNotRun",
                expression: "time() - cachewarden_last_run_timestamp_seconds{command=\"apply\"} > \(2 * interval)",
                duration: "0m", urgency: .warning,
                summary: "cachewarden has not run on {{ $labels.instance }} for {{ $value | humanizeDuration }}",
                action: "See 'systemctl status cachewarden-apply.timer' and the journal."),
            AlertRule(
                name: "CachewardenRunFailed",
                expression: "cachewarden_last_run_verdict{command=\"apply\",verdict=~\"failed|partly-repaired\"} == 1",
                duration: "0m", urgency: .warning,
                summary: "cachewarden's last run on {{ $labels.instance }} ended as {{ $labels.verdict }}",
                action: "Run 'cachewarden check' there: it says what was refused or failed."),
            AlertRule(
                name: "CachewardenAuditLogChanged",
                expression:
                    "cachewarden_audit_whole == 0 or resets(cachewarden_audit_sequence{command=\"apply\"}[1d]) > 0 or "
                    + "changes(cachewarden_audit_head{command=\"apply\"}[1d]) > "
                    + "changes(cachewarden_audit_sequence{command=\"apply\"}[1d])",
                duration: "0m", urgency: .critical,
                summary: "the audit log on {{ $labels.instance }} was changed, cut off or rewritten",
                action: "Run 'cachewarden audit verify --head N:HASH' with the head of an earlier report."),
        ]
    }

    // MARK: - Caches

    private var caches: [AlertRule] {
        let age = subjects.contains(.enforced) ? "\(interval)s" : "0m"
        return [
            AlertRule(
                name: "CachewardenPermissionsBroken", expression: "cachewarden_cache_permissions_right == 0",
                duration: "10m", urgency: .critical,
                summary: "\(Self.cache) has rights that its policy does not want: builds may fail",
                action: "Run 'cachewarden apply', and find out who changed them: 'cachewarden audit show'."),
            AlertRule(
                name: "CachewardenCacheMissing", expression: "cachewarden_cache_present == 0", duration: "10m",
                urgency: .critical, summary: "\(Self.cache) is missing or cannot be looked at",
                action: "Run 'cachewarden check' there."),
            drift("CachewardenDrift", "critical|high", .critical, age),
            drift("CachewardenDriftMinor", "medium|low", .warning, age),
        ]
    }

    /// Drift that the next run has not repaired either.
    private func drift(_ name: String, _ severities: String, _ urgency: AlertRule.Urgency, _ age: String) -> AlertRule {
        AlertRule(
            name: name,
            expression: "cachewarden_cache_findings{severity=~\"\(severities)\"} > 0 or "
                + "cachewarden_environment_findings{severity=~\"\(severities)\"} > 0",
            duration: age, urgency: urgency,
            summary: "{{ $labels.rule }} ({{ $labels.severity }}) stands on {{ $labels.instance }}",
            action: "'cachewarden policy explain {{ $labels.rule }}' says why it matters and what to do.")
    }

    /// What the host does to builds; code that does not compile is its authors' own.
    private var buildsFail: AlertRule {
        AlertRule(
            name: "CachewardenBuildsFail",
            expression: "sum by (instance, reason) "
                + "(increase(cachewarden_builds_failed_total{reason=~\"permission|cache|disk-full\"}[\(2 * interval)s])) > 0",
            duration: "0m", urgency: .critical,
            summary: "builds on {{ $labels.instance }} fail: {{ $labels.reason }}",
            action: "'cachewarden doctor' says what is wrong with whose builds.")
    }

    private var waiverEnds: AlertRule {
        AlertRule(
            name: "CachewardenWaiverEnds",
            expression: "cachewarden_waiver_until_timestamp_seconds - time() < 14 * 86400 "
                + "and cachewarden_waiver_findings > 0",
            duration: "0m", urgency: .warning,
            summary:
                "the waiver of {{ $labels.rule }} at {{ $labels.path }} on {{ $labels.instance }} ends soon, or has",
            action: "Close the finding, or renew the waiver with a new reason.")
    }
}
