internal import WardenModel
internal import WardenPolicy

/// `toolchain-dropped`: outputs of Go versions that `drop-toolchains` names.
struct ToolchainDropped: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard let count = tally.names[.toolchainDropped], count > 0 else { return [] }
        let size = ByteCount(tally.bytes[.toolchainDropped, default: 0])
        let versions = versions(context.retention, input.compiled).sorted()
        return context.finding(
            .toolchainDropped, .repairable, count: count,
            Difference(
                wanted: "no outputs of \(wanted(context.retention))",
                found: "\(grouped(UInt64(count))) entries (\(size)) of \(listed(versions)) that nobody used lately"))
    }

    /// Returns the keys of the pairs that the policy wants gone.
    static func keys(_ retention: RetentionPolicy, _ compiled: CompiledOutputs) -> [UInt64] {
        versions(retention, compiled).flatMap { compiled.keys[$0] ?? [] }
    }

    private static func versions(_ retention: RetentionPolicy, _ compiled: CompiledOutputs) -> [String] {
        switch retention.dropToolchains {
        case nil: return []
        case .versions(let listed):
            return compiled.keys.keys.filter { version in
                listed.contains { DroppedToolchains.matches($0, version) }
            }
        case .uninstalled:
            // A host on which nobody finds any toolchain has one that is somewhere else.
            guard let toolchains = compiled.toolchains, !toolchains.found.isEmpty else { return [] }
            return compiled.keys.keys.filter { !toolchains.has($0) }
        }
    }

    private static func wanted(_ retention: RetentionPolicy) -> String {
        switch retention.dropToolchains {
        case .versions(let listed): listed.joined(separator: ", ")
        case .uninstalled, nil: "Go versions that this host does not have"
        }
    }

    /// Versions come from the cache, and may be as many as somebody likes.
    private static func listed(_ versions: [String]) -> String {
        versions.prefix(3).joined(separator: ", ") + (versions.count > 3 ? " and \(versions.count - 3) more" : "")
    }
}
