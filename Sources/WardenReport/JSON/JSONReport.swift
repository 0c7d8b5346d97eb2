internal import SystemPackage
package import WardenModel

/// A run's report for programs: everything the run knows, under `"schema": "cachewarden.report/1"`.
///
/// Keys are kebab-case as in policies and are only ever added within a schema's major version; what is not there is
/// `null`. Sizes are bytes, times RFC 3339 in UTC, durations seconds. Names on disk that are not UTF-8 are
/// `{"hex": "…"}`.
package struct JSONReport {
    package static let schema = "cachewarden.report/1"

    let report: RunReport
    private let layout: JSONText.Layout

    package init(_ report: RunReport, layout: JSONText.Layout = .indented) {
        self.report = report
        self.layout = layout
    }

    /// Returns the document in UTF-8, with a line break at its end.
    ///
    /// Throws only what `JSONEncoder` throws, for which a report gives no cause.
    package func render() throws -> [UInt8] {
        try JSONText.encode(document, layout: layout)
    }

    private var document: JSONValue {
        [
            "schema": .string(Self.schema),
            "agent-version": .string(report.version),
            "command": .string(report.command.rawValue),
            "verdict": .string(report.verdict.rawValue),
            "run-id": .string(report.runID),
            "host": .string(report.host),
            "started-at": .string(report.startedAt.description),
            "finished-at": .string(report.finishedAt.description),
            "duration-seconds": .number(Self.seconds(report.finishedAt.since(report.startedAt))),
            "policies": .array(report.policies.map(Self.value(of:))),
            "summary": summary,
            "caches": .array(report.caches.map(value(of:))),
            "toolchains": .array(report.toolchains.map(value(of:))),
            "environment": report.delivery.plan.isEmpty ? .null : value(of: report.delivery),
            "waivers": .array(report.waivers.map(Self.value(of:))),
            "waiver-findings": .array(report.waiverFindings.map { .encodable($0) }),
            "watch-findings": .array(report.watchFindings.map { .encodable($0) }),
            "notes": .list(report.notes),
            "next-steps": .list(report.nextSteps),
            "audit": report.audit.map(Self.value(of:)) ?? .null,
        ]
    }

    /// The numbers that a dashboard or a script asks for first.
    private var summary: JSONValue {
        let standing = report.standing
        var bySeverity: [String: JSONValue] = [:]
        for severity in Severity.allCases {
            bySeverity[severity.rawValue] = .count(
                standing.count { $0.severity == severity && $0.isDrift })
        }
        let outcomes = report.caches.flatMap(\.outcomes)
        let exceptions = outcomes.flatMap(\.exceptions)
        let installed = report.toolchains.count(where: \.isInstalled)
        let outcomesOfToolchains = report.toolchains.compactMap(\.outcome)
        let failedToolchains = outcomesOfToolchains.count(where: \.isFailure)
        let files = report.delivery.outcomes.values
        let failedFiles = files.count(where: \.isFailure)
        let failed = exceptions.count { if case .failed = $0.outcome { true } else { false } }
        return [
            "caches": .count(report.caches.count),
            "findings": .count(standing.count(where: \.isDrift)),
            "waived": .count(standing.count { $0.disposition == .waived }),
            "advisories": .count(standing.count { $0.disposition == .advisory }),
            "findings-by-severity": .object(bySeverity),
            "planned": .count(
                report.caches.reduce(0) { $0 + $1.plan.changeCount } + report.delivery.plan.changeCount
                    + report.toolchains.count { $0.plan.installation != nil }),
            "applied": .count(
                report.caches.reduce(0) { $0 + $1.appliedCount } + report.delivery.appliedCount
                    + installed),
            "removed": .count(report.caches.reduce(0) { $0 + ($1.retention?.removed ?? 0) }),
            "freed-bytes": .unsigned(report.caches.reduce(0) { $0 + ($1.retention?.freed.rawValue ?? 0) }),
            "skipped": .count(
                exceptions.count - failed + files.count - report.delivery.appliedCount - failedFiles
                    + outcomesOfToolchains.count - installed - failedToolchains),
            "failed": .count(failed + failedFiles + failedToolchains),
        ]
    }

    private static func value(of policy: RunReport.PolicyFile) -> JSONValue {
        [
            "name": .string(policy.name), "path": .text(policy.path?.string), "sha256": .text(policy.digest),
        ]
    }

    private static func value(of audit: RunReport.AuditHead) -> JSONValue {
        [
            "path": .string(audit.path.string), "sequence": .unsigned(audit.sequence), "hash": .string(audit.hash),
        ]
    }

    private static func value(of status: WaiverStatus) -> JSONValue {
        [
            "policy": .string(status.terms.policy), "rule": .string(status.terms.rule.rawValue),
            "path": .string(status.terms.path.string), "until": .string(status.terms.until.description),
            "reason": .string(status.terms.reason), "state": .string(status.state.rawValue),
            "days-left": .count(status.daysLeft), "findings": .count(status.findings),
            "inodes": .count(status.inodes),
        ]
    }

    static func seconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1_000
    }
}
