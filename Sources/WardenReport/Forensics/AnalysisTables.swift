internal import SystemPackage
internal import WardenModel

/// The rows and sentences of an analysis, whatever shows them. The largest comes first.
struct AnalysisTables {
    struct Row {
        let name: String
        let size: ByteCount
        let note: String

        init(_ name: String, _ size: ByteCount, _ note: String) {
            self.name = name
            self.size = size
            self.note = note
        }

        init(_ share: AnalysisShares.Share, _ noun: String) {
            self.init(share.name, share.allocated, counted(share.outputs.amount.entries, noun))
        }
    }

    private let report: AnalysisReport
    private let shares: AnalysisShares
    private var analysis: CacheAnalysis { report.analysis }

    init(_ report: AnalysisReport, _ shares: AnalysisShares) {
        self.report = report
        self.shares = shares
    }

    // MARK: - Rows

    /// Kinds of outputs, and what else is in the cache.
    var kinds: [Row] {
        var rows = analysis.kinds.map { Row($0.key.text, $0.value.allocated, counted($0.value.entries, "output")) }
        let roles: [(EntryRole, String)] = [
            (.action, "action lines"), (.fuzz, "corpora of fuzz tests"), (.bookkeeping, "bookkeeping"),
            (.system, "made by the system"), (.stranger, "strangers"), (.shard, "directories"),
        ]
        for (role, name) in roles {
            let groups = report.census.groups.filter { $0.role == role }
            guard !groups.isEmpty else { continue }
            rows.append(
                Row(
                    name, groups.reduce(.zero) { $0 + $1.allocated },
                    counted(groups.reduce(0) { $0 + $1.count }, "name")))
        }
        return rows.sorted { ($1.size, $0.name) < ($0.size, $1.name) }
    }

    var platforms: [Row] { shares.platforms.map { Row($0, "output") } }
    var packages: [Row] { shares.packages.map { Row($0, "output") } }
    var sources: [Row] { shares.sources.map { Row($0.name, $0.allocated, counted($0.variants, "variant")) } }

    /// Of Go versions that the host does not have: what removing them frees.
    var uninstalled: [Row] {
        shares.uninstalled.map { Row($0.name, $0.outputs.freed, counted($0.outputs.amount.entries, "output")) }
    }

    var owners: [Row] {
        let names = AccountNames(users: report.userNames, groups: [:])
        var sums: [UserID: (ByteCount, Int)] = [:]
        for group in report.census.groups where group.node.kind != .directory || group.role == .executableDirectory {
            let sum = sums[group.node.owner] ?? (.zero, 0)
            sums[group.node.owner] = (sum.0 + group.allocated, sum.1 + group.count)
        }
        return sums.map { Row(names.name($0.key), $0.value.0, counted($0.value.1, "file")) }
            .sorted { ($1.size, $0.name) < ($0.size, $1.name) }
    }

    /// The youngest first.
    var ages: [Row] {
        zip(TextReport.ageLabels, report.census.ages.buckets).filter { $0.1.files > 0 }
            .map { Row($0.0, $0.1.allocated, counted($0.1.files, "file")) }
    }

    // MARK: - Sentences

    /// How much was looked at, and how fast.
    var effort: String {
        let outputs = analysis.kinds.values.reduce(0) { $0 + $1.entries }
        return "into \(counted(outputs, "output")) in \(spoken(report.finishedAt.since(report.startedAt))) on "
            + counted(report.threads, "thread")
    }

    /// What no build can find any more; `nil` where there is nothing like that.
    var orphans: String? {
        guard analysis.orphans.entries > 0 else { return nil }
        return report.census.inventory?.unreadActions ?? 0 > 0
            ? "orphans cannot be told: not every action could be read"
            : "of these \(counted(analysis.orphans.entries, "output")) (\(analysis.orphans.allocated)) "
                + "no action names any more: no build can find them"
    }

    /// Where Go versions were found.
    var toolchains: String {
        let places = report.toolchains.found.map { "\($0.version) (\(escapedForDisplay($0.path.string)))" }
        return places.isEmpty ? "no toolchain was found at all" : "found: \(places.joined(separator: ", "))"
    }

    /// How much of the compiled outputs has a name.
    var named: String {
        let share = percentage(shares.named.size.rawValue, of: shares.compiled.size.rawValue) ?? "0%"
        return "\(share) of the bytes of archives and executables could be named"
    }
}

extension CacheAnalysis.Entry {
    /// The package with its variant, or what else can be said of it.
    var what: String {
        variant.map { [$0.name, $0.text].compactMap(\.self).joined(separator: "  ") } ?? kind.text
    }
}
