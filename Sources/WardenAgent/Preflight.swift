internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Which rights a plan needs that the process does not have, or that a sandbox takes from it, found before anything is
/// changed.
///
/// Without them a run would fail at every single entry, or worse: without `CAP_FSETID` the kernel drops setgid and says
/// that all is well (threat-model.md, E11).
struct Preflight {
    let caller: ProcessIdentity
    let capabilities: Capabilities
    var limits = ProcessLimits.current

    /// What a sandbox leaves this process.
    struct ProcessLimits {
        /// Whether set-ID bits may be set on anything.
        var allowsSetID = true
        var hasProc = true

        static var current: ProcessLimits {
            ProcessLimits(allowsSetID: Sandbox.allowsSetID, hasProc: Sandbox.hasProc)
        }
    }

    /// Returns which parts of the sandbox keep a plan from being carried out, each with what it is needed for.
    func forbidden(for plan: CachePlan) -> [String] {
        // Without it nobody knows this process's capabilities, the running builds, or a name for an open file.
        guard limits.hasProc else { return plan.changes.isEmpty ? [] : ["a mounted /proc to change open files"] }
        guard !limits.allowsSetID, plan.changes.contains(where: { $0.after.mode.isSetGroupID }) else { return [] }
        return ["the right to set setgid, which a filter takes away (RestrictSUIDSGID=yes or DynamicUser=yes)"]
    }

    /// Returns what is missing for a plan, each with what it is missing for; empty where nothing is.
    func missing(for plan: CachePlan) -> [String] {
        guard limits.hasProc else { return [] }
        var missing: [Capabilities: String] = [:]
        for change in plan.changes {
            for (capability, purpose) in needs(change) where !capabilities.contains(capability) {
                missing[capability] = missing[capability] ?? purpose
            }
        }
        return missing.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.name) to \($0.value)" }
    }

    /// Returns what comes about later, or less well, for want of a right; a sentence each, empty where nothing does.
    func hindrances(to cache: PlannedCache) -> [String] {
        guard limits.hasProc, cache.plan.mode == .enforce, cache.observation.layout == .goBuild,
            cache.plan.retention?.evictions.isEmpty == false, !capabilities.contains(.lease),
            cache.observation.census?.groups.contains(where: { $0.node.owner != caller.effectiveUser }) == true
        else { return [] }
        return [
            "cache '\(escapedForDisplay(cache.plan.name))': without CAP_LEASE the kernel does not say who has others' "
                + "entries open: their actions go now, and their outputs in a later run"
        ]
    }

    private func needs(_ change: Change) -> [(Capabilities, purpose: String)] {
        let owner = change.before?.owner ?? caller.effectiveUser
        var needs: [(Capabilities, purpose: String)] = []
        for step in change.steps {
            switch step {
            case .createDirectory: break
            case .setOwnership(let newOwner, let group):
                let movesOwner = newOwner != nil && newOwner != owner
                let joinsForeignGroup = group.map { !caller.isMember(of: $0) } ?? false
                if movesOwner || joinsForeignGroup || owner != caller.effectiveUser {
                    needs.append((.changeOwner, "set owner and group"))
                }
            case .narrowMode, .setMode, .setAccessList, .setDefaultList, .removeDefaultList:
                if owner != caller.effectiveUser { needs.append((.actAsOwner, "change what others own")) }
            }
        }
        if change.after.mode.isSetGroupID, !caller.isMember(of: change.after.group) {
            needs.append((.keepSetID, "keep the setgid bit"))
        }
        return needs
    }
}

extension Capabilities {
    fileprivate var name: String {
        switch self {
        case .changeOwner: "CAP_CHOWN"
        case .overrideAccess: "CAP_DAC_OVERRIDE"
        case .actAsOwner: "CAP_FOWNER"
        case .keepSetID: "CAP_FSETID"
        case .lease: "CAP_LEASE"
        default: "capability \(rawValue)"
        }
    }
}
