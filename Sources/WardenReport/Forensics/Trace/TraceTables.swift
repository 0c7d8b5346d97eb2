internal import SystemPackage
internal import WardenModel

/// The rows and sentences of what was traced, whatever shows them. The largest comes first.
struct TraceTables {
    struct Row {
        let name: String
        let size: ByteCount
        let note: String
    }

    /// A package that was compiled more than once.
    struct Repeated {
        let package: TraceRollup.Package
        let sum: TraceRollup.PackageSum

        var name: String { package.program.map { "\(package.path) of \($0)" } ?? package.path }
    }

    private let rollup: TraceRollup
    private let names: AccountNames

    init(_ report: TraceReport) {
        rollup = report.rollup
        names = AccountNames(users: report.userNames, groups: [:])
    }

    // MARK: - Rows

    var users: [Row] {
        rows(rollup.users) {
            names.account($0)
        } note: { _ in
            nil
        }
    }
    var tasks: [Row] {
        rows(rollup.tasks) {
            $0
        } note: { _ in
            nil
        }
    }
    var modules: [Row] {
        rows(rollup.builds) {
            $0.module ?? "no module known"
        } note: {
            names.account($0.user)
        }
    }

    private func rows<Key: Hashable & Sendable>(
        _ table: BoundedTable<Key, TraceRollup.Sum>, name: (Key) -> String, note: (Key) -> String?
    ) -> [Row] {
        let written = table.sums.filter { $0.value.entries > 0 }
        let rows = written.map { key, sum in
            let count = counted(sum.entries, "entry", "entries")
            return Row(name: name(key), size: sum.size, note: note(key).map { "\($0), \(count)" } ?? count)
        }
        let sorted = rows.sorted { ($1.size, $0.name, $0.note) < ($0.size, $1.name, $1.note) }
        guard let others = table.others, others.entries > 0 else { return sorted }
        return sorted + [Row(name: "others", size: others.size, note: counted(others.entries, "entry", "entries"))]
    }

    /// The one that was compiled most often comes first.
    var repeated: [Repeated] {
        rollup.packages.sums.filter { $0.value.isRepeated }.map { Repeated(package: $0.key, sum: $0.value) }
            .sorted { left, right in
                let (first, second) = (left.sum, right.sum)
                guard first.archives == second.archives else { return first.archives > second.archives }
                guard first.rewritten == second.rewritten else { return first.rewritten > second.rewritten }
                return (second.written.size, left.name) < (first.written.size, right.name)
            }
    }

    /// Whose builds of what found how much, the one that asked most often first.
    var hits: [(build: TraceRollup.Build, sum: TraceRollup.Sum)] {
        rollup.builds.sums.filter { $0.value.hitRate != nil }.map { (build: $0.key, sum: $0.value) }
            .sorted { left, right in
                let (first, second) = (left.sum.found + left.sum.stored, right.sum.found + right.sum.stored)
                guard first == second else { return first > second }
                return (names.account(left.build.user), left.build.module ?? "")
                    < (names.account(right.build.user), right.build.module ?? "")
            }
    }

    // MARK: - Sentences

    /// Of how many of the written entries what is known.
    var known: String {
        let known = rollup.known
        let parts = [
            share(known.users, "user"), share(known.processes, "process"), share(known.modules, "module"),
            share(known.packages, "package"),
        ]
        guard known.archives > 0 else { return parts.joined(separator: ", ") }
        return parts.joined(separator: ", ")
            + " and of \(grouped(known.namedArchives)) of \(counted(known.archives, "archive"))"
    }

    private func share(_ count: Int, _ noun: String) -> String {
        let all = rollup.total.entries
        let share = percentage(UInt64(count), of: UInt64(all)) ?? "0%"
        // 99.9 of 100 is not all.
        return count == all ? "\(noun) of all" : "\(noun) of \(grouped(count)) (\(share))"
    }
}
