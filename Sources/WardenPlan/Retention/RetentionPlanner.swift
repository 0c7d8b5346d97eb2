internal import SystemPackage
internal import WardenGoCache
package import WardenModel
internal import WardenPolicy

/// What retention needs to know beside a cache's observation.
package struct RetentionInput: Sendable {
    package let builds: BuildObservation
    /// Keys of module versions that running builds' own files name: these stay.
    package let keeping: Set<UInt64>
    /// Who made which outputs; empty where the policy does not ask for it.
    package let compiled: CompiledOutputs
    package let trim: TrimObservation?
    package let selection: RetentionSelection
    /// `nil` where only findings are asked for.
    package let named: NamedSelection?

    package init(
        builds: BuildObservation, keeping: Set<UInt64> = [], compiled: CompiledOutputs = CompiledOutputs(),
        trim: TrimObservation?, selection: RetentionSelection, named: NamedSelection?
    ) {
        self.builds = builds
        self.keeping = keeping
        self.compiled = compiled
        self.trim = trim
        self.selection = selection
        self.named = named
    }
}

extension CachePlanner {
    /// How much the observation has to know of each entry.
    package var inventoryDemand: InventoryDemand {
        guard let retention = policy.retention else { return .none }
        switch policy.layout {
        case .goBuild: return .pairs
        case .goMod: return .modules
        case .directory:
            let files = retention.files
            return files.isEverything ? .pairs : .files { files.contains($0) }
        }
    }

    /// Whether somebody has to look into the outputs for who made them.
    package var wantsCompiledOutputs: Bool { policy.retention?.dropToolchains != nil && wants(.toolchainDropped) }

    /// Returns what retention would remove and which times it would set, so that names are looked up for these alone.
    ///
    /// - Parameters:
    ///   - keeping: Keys of module versions that stay.
    ///   - compiled: Who made which outputs, where `wantsCompiledOutputs`.
    ///   - purpose: For `.changes`, without what is accepted.
    package func select(
        _ observation: CacheObservation, builds: BuildObservation, keeping: Set<UInt64> = [],
        compiled: CompiledOutputs = CompiledOutputs(), for purpose: Purpose = .report
    ) -> RetentionSelection {
        let rules = purpose == .changes ? enforcedRules() : rules
        guard
            let context = RetentionContext(
                self, observation, builds, keeping: keeping, compiled: compiled, by: rules),
            blocking(observation, .unknown).isEmpty
        else {
            return RetentionSelection()
        }
        return RetentionSelector(context).select()
    }

    func retentionFindings(_ context: RetentionContext, _ input: RetentionInput) -> [Finding] {
        let tally = SelectionTally(input.selection, context.inventory)
        return RetentionRules.all.flatMap { $0.findings(context, input, tally) }
    }

    func retentionPlan(_ context: RetentionContext, _ input: RetentionInput) -> RetentionPlan? {
        guard let named = input.named else { return nil }
        var plan = RetentionPlan()
        plan.evictions = named.evictions
        plan.times = named.times
        plan.passes = context.seesReads ? .single : .separate
        plan.unusedSince = context.unusedSince
        plan.trim = context.wants(.trimNotOwned) ? TrimNotOwned.refresh(context, input.trim) : nil
        plan.budget = .init(time: context.retention.budget.time, entries: context.retention.budget.entries)
        plan.cleansWithGo =
            context.retention.whenExceeded == .clean && !context.limits.isEmpty && context.obstacle == nil
            && policy.layout == .goBuild
        return plan.isEmpty ? nil : plan
    }
}

/// What a selection adds up to.
struct SelectionTally {
    private(set) var names: [RuleID: Int] = [:]
    private(set) var bytes: [RuleID: UInt64] = [:]
    private(set) var totalNames = 0
    private(set) var totalBytes: UInt64 = 0
    let stale: Int
    let future: Int

    init(_ selection: RetentionSelection, _ inventory: Inventory) {
        stale = selection.times.count { $0.reason == .lastUse }
        future = selection.times.count { $0.reason == .future }
        // Each rule's choices stand together but for a few: looking a rule up for every pair would take longer.
        var start = 0
        while start < selection.evictions.count {
            let rule = selection.evictions[start].rule
            var (names, bytes, next) = (0, UInt64(0), start)
            while next < selection.evictions.count, selection.evictions[next].rule == rule {
                let pair = inventory.pair(of: selection.evictions[next])
                names += pair.files
                bytes += pair.allocated.rawValue
                next += 1
            }
            if let rule {
                self.names[rule, default: 0] += names
                self.bytes[rule, default: 0] += bytes
            }
            totalNames += names
            totalBytes += bytes
            start = next
        }
    }

    /// How much of a limit's measure goes.
    func freed(_ measure: LimitUsage.Measure) -> UInt64 { measure == .bytes ? totalBytes : UInt64(totalNames) }
}

/// A question to a cache's size, age and use.
protocol RetentionRule: Sendable {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding]
}

enum RetentionRules {
    static let all: [any RetentionRule.Type] = [
        LimitExceeded.self, AgeExceeded.self, ToolchainDropped.self, FuzzExceeded.self, LastUseStale.self,
        LastUseUnreliable.self,
        TrimNotOwned.self, RetentionThrash.self,
    ]
}

extension RetentionContext {
    func finding(
        _ rule: RuleID, _ disposition: Finding.Disposition, count: Int = 1, _ difference: Difference,
        remedy: String? = nil
    ) -> [Finding] {
        [
            planner.finding(
                rule, disposition, count: count, subject: path, difference, remedy: remedy)
        ]
    }

    /// `2026-11-25T10:00:00.000Z`, for sentences.
    func moment(_ seconds: UInt32) -> String { Timestamp(seconds: Int64(seconds)).description }
}
