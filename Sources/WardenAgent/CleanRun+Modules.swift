internal import SystemPackage
internal import WardenApply
internal import WardenLinux
internal import WardenModel
internal import WardenPlan

extension CleanRun {
    /// Evicts damaged versions whole, as retention does. Returns what is left to say.
    ///
    /// Builds that began before have read a version's names, and may read its files for as long as they last: nothing is
    /// begun before they have ended. Builds that begin meanwhile come to the doors that are closed, or keep the version.
    func evictVersions(
        _ plan: CachePlan, _ before: CacheObservation, _ session: ApplySession, _ outcome: inout RetentionOutcome
    ) throws -> [String] {
        guard let inventory = before.census?.inventory else { return [] }
        if case .wait(let patience) = clean.builds {
            let blocking = waitForBuilds(plan, patience)
            guard blocking.isEmpty, !Interruption.isPending else { return blocking }
        }
        let selection = CleanSelection.everything(inventory, keys: clean.keys)
        var retention = RetentionPlan()
        retention.evictions = try named(selection, inventory, plan).evictions
        // However young: nobody has a use for it.
        retention.unusedSince = .max
        retention.passes = .separate
        let (surroundings, root, path) = (surroundings, plan.root, plan.path)
        let done = try execute(plan.withRetention(retention), session) {
            guard let root, case .known(let builds) = surroundings.observeBuilds(root, path, .goMod) else {
                return true
            }
            return !builds.isEmpty
        }
        outcome.add(done)
        return notes(inventory, done)
    }

    private func notes(_ inventory: Inventory, _ outcome: RetentionOutcome) -> [String] {
        var notes: [String] = []
        if outcome.kept[.waiting] != nil { notes.append("a build has begun meanwhile: what it may use stays") }
        if outcome.kept[.open] != nil { notes.append("somebody has the lock of a version: it stays") }
        let untouched = clean.versions.filter { inventory.pair(withKey: $0.version.key) == nil }
        if !untouched.isEmpty {
            let names = untouched.prefix(3).map { "\($0.version.path)" }.joined(separator: ", ")
            notes.append(
                "never touched, because they hold what Go does not make, or no lock guards them: \(names)"
                    + (untouched.count > 3 ? ", …" : "")
                    + "; remove such a directory by hand while no build runs")
        }
        return notes
    }

    /// Whether nothing of a damaged version is left: what stands there now was downloaded since.
    static func isGone(
        _ damage: ModuleVerification.Damage, _ before: Inventory?, _ after: Inventory
    ) -> Bool {
        guard let old = before?.pair(withKey: damage.version.key), let before else { return false }
        guard let new = after.pair(withKey: damage.version.key) else { return true }
        let inodes = Set(before.entries(of: old).filter { $0.kind == .moduleTree || !$0.isOrphanMarked }.map(\.inode))
        return !after.entries(of: new).contains { inodes.contains($0.inode) }
    }
}
