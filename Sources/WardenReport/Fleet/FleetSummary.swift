internal import WardenModel

/// Many hosts' reports, one after the other: what is kept of each is small, so that thousands fit.
package struct FleetSummary: Sendable {
    /// A file that could not be read, and why.
    package struct Unread: Hashable, Sendable {
        package let file: String
        package let reason: String
    }

    /// A rule and where it is violated.
    struct RuleCount {
        let rule: String
        let hosts: Int
        let findings: Int
    }

    /// How many rows of a table a page shows; CSV and JSON have all.
    static let rowLimit = 20

    private var byName: [String: FleetHost] = [:]
    package private(set) var unread: [Unread] = []
    /// Reports of hosts of which there is a later one.
    package private(set) var superseded = 0

    package init() {}

    /// Adds a report; of one host the latest counts.
    package mutating func add(_ host: FleetHost) {
        guard let other = byName[host.host] else {
            byName[host.host] = host
            return
        }
        superseded += 1
        if host.finishedAt > other.finishedAt { byName[host.host] = host }
    }

    package mutating func add(unread file: String, _ reason: String) {
        unread.append(Unread(file: file, reason: reason))
    }

    /// By name.
    package var hosts: [FleetHost] { byName.values.sorted { $0.host < $1.host } }

    /// Those that somebody has to look at, the worst first.
    var attention: [FleetHost] {
        func rank(_ host: FleetHost) -> Int {
            switch host.verdict {
            case .failed: 0
            case .partlyRepaired: 1
            case .drift: 2
            case .repaired: 3
            case .compliant: 4
            }
        }
        return hosts.filter { rank($0) < 3 }.sorted {
            (rank($0), -$0.findingCount, $0.host) < (rank($1), -$1.findingCount, $1.host)
        }
    }

    /// How many hosts ended with each verdict, those of none left out.
    var verdicts: [(verdict: RunReport.Verdict, hosts: Int)] {
        let counts = Dictionary(byName.values.map { ($0.verdict, 1) }, uniquingKeysWith: +)
        return RunReport.Verdict.allCases.compactMap { verdict in counts[verdict].map { (verdict, $0) } }
    }

    /// On most hosts first.
    var rules: [RuleCount] {
        var counts: [String: (hosts: Int, findings: Int)] = [:]
        for host in byName.values {
            for (rule, count) in host.findings {
                counts[rule, default: (0, 0)].hosts += 1
                counts[rule, default: (0, 0)].findings += count
            }
        }
        return counts.map { RuleCount(rule: $0.key, hosts: $0.value.hosts, findings: $0.value.findings) }
            .sorted { ($1.hosts, $1.findings, $0.rule) < ($0.hosts, $0.findings, $1.rule) }
    }

    /// The largest first.
    var caches: [(host: String, cache: FleetHost.Cache)] {
        byName.values.flatMap { host in host.caches.map { (host.host, $0) } }.sorted {
            ($1.1.allocated?.rawValue ?? 0, $0.0, $0.1.path) < ($0.1.allocated?.rawValue ?? 0, $1.0, $1.1.path)
        }
    }

    var allocated: ByteCount { byName.values.reduce(.zero) { $0 + $1.allocated } }

    /// 1 where a file could not be read, 2 where a host needs somebody, else 0 (policy-language.md, "Exit codes").
    package var exitCode: Int32 { unread.isEmpty ? attention.isEmpty ? 0 : 2 : 1 }
}
