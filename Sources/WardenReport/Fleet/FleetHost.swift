internal import FoundationEssentials
package import WardenModel

/// What a fleet's roll-up keeps of one host's report.
package struct FleetHost: Hashable, Sendable {
    package struct Cache: Hashable, Sendable {
        package let name: String
        package let path: String
        /// When the run ended; `nil` where there was no cache to look at.
        package let allocated: ByteCount?
        package let inodes: Int
        /// `max-size`; `nil` where the policy sets none.
        package let limit: ByteCount?
    }

    package let host: String
    package let verdict: RunReport.Verdict
    /// RFC 3339 in UTC: later ones sort behind earlier ones.
    package let finishedAt: String
    package let version: String
    package let caches: [Cache]
    /// Findings that stand, advice and what is accepted aside, by rule.
    package let findings: [String: Int]
    package let worst: Severity?
    /// The rule of the worst findings; of several that with most findings.
    package let worstRule: String?
    /// How many findings are accepted.
    package let waived: Int

    package var findingCount: Int { findings.values.reduce(0, +) }
    package var allocated: ByteCount { caches.reduce(.zero) { $0 + ($1.allocated ?? .zero) } }
    package var inodes: Int { caches.reduce(0) { $0 + $1.inodes } }
    /// `nil` where there was no cache to look at.
    package var largest: Cache? {
        caches.filter { $0.allocated != nil }.max {
            ($0.allocated ?? .zero, $1.path) < ($1.allocated ?? .zero, $0.path)
        }
    }

    /// Why a file is no report that could be read.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Reads a report as `check`, `plan` or `apply` write it with `--format json`.
    package init(parsing bytes: [UInt8]) throws(Failure) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw Failure(description: "no report of cachewarden in JSON")
        }
        guard document.schema == JSONReport.schema else {
            throw Failure(
                description: "'\(escapedForDisplay(document.schema))', of which this version knows nothing: "
                    + "'\(JSONReport.schema)' is the one it reads")
        }
        guard let verdict = RunReport.Verdict(rawValue: document.verdict) else {
            throw Failure(description: "an unknown verdict, '\(escapedForDisplay(document.verdict))'")
        }
        host = document.host
        self.verdict = verdict
        finishedAt = document.finishedAt
        version = document.version
        caches = document.caches.map(\.cache)
        let standing = document.standing
        let drift = standing.filter(\.isDrift)
        let counts = Dictionary(drift.map { ($0.rule, 1) }, uniquingKeysWith: +)
        let severity = drift.compactMap { Severity(rawValue: $0.severity) }.max()
        findings = counts
        worst = severity
        worstRule = drift.filter { $0.severity == severity?.rawValue }.map(\.rule)
            .min { (counts[$1] ?? 0, $0) < (counts[$0] ?? 0, $1) }
        waived = standing.count { $0.disposition == "waived" }
    }
}

/// As much of `cachewarden.report/1` as is needed.
private struct Document: Decodable {
    struct Finding: Decodable {
        let rule: String
        let severity: String
        let disposition: String

        var isDrift: Bool { disposition != "advisory" && disposition != "waived" }
    }

    struct Part: Decodable {
        let findings: [Finding]
        let remaining: [Finding]?

        var standing: [Finding] { remaining ?? findings }
    }

    struct Census: Decodable {
        enum CodingKeys: String, CodingKey {
            case inodes
            case allocated = "allocated-bytes"
        }

        let inodes: Int
        let allocated: UInt64
    }

    struct Observation: Decodable {
        let census: Census?
    }

    struct Limit: Decodable {
        let rule: String
        let limit: UInt64
    }

    struct Cache: Decodable {
        let name: String
        let path: String
        let before: Observation
        let after: Observation?
        let findings: [Finding]
        let remaining: [Finding]?
        let limits: [Limit]

        var cache: FleetHost.Cache {
            let census = (after ?? before).census
            let limit = limits.first { $0.rule == RuleID.sizeExceeded.rawValue }
            return FleetHost.Cache(
                name: name, path: path, allocated: census.map { ByteCount($0.allocated) }, inodes: census?.inodes ?? 0,
                limit: limit.map { ByteCount($0.limit) })
        }
    }

    enum CodingKeys: String, CodingKey {
        case schema, host, verdict, caches, toolchains, environment
        case finishedAt = "finished-at"
        case version = "agent-version"
        case waiverFindings = "waiver-findings"
        case watchFindings = "watch-findings"
    }

    let schema: String
    let host: String
    let verdict: String
    let finishedAt: String
    let version: String
    let caches: [Cache]
    let toolchains: [Part]
    let environment: Part?
    let waiverFindings: [Finding]
    /// Reports of earlier versions have none.
    let watchFindings: [Finding]?

    var standing: [Finding] {
        caches.flatMap { $0.remaining ?? $0.findings } + toolchains.flatMap(\.standing) + (environment?.standing ?? [])
            + waiverFindings + (watchFindings ?? [])
    }
}
