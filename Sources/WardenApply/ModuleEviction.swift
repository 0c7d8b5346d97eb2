internal import WardenLinux
internal import WardenModel

/// Removes module versions, some at a time: their doors are closed together, and waited for together.
struct ModuleEviction {
    /// Each holds two descriptors until its turn.
    static let groupSize = 64
    /// How long a build may take from finding a version whole to reading its `.ziphash`: a few system calls in a row.
    static let pause: Duration = .seconds(1)

    let list: EvictionList
    let remover: ModuleRemover
    let passes: RetentionPlan.Passes
    let hasBuilds: @Sendable () -> Bool
    let reasonToStop: () -> KeptReason?

    /// Whether a plan's units are module versions.
    static func isMeant(by list: EvictionList) -> Bool {
        list.kinds.first.map { $0 == .moduleTree || $0 == .moduleFile } ?? false
    }

    func run(_ batch: Range<Int>, _ result: inout BatchResult) {
        for start in stride(from: batch.lowerBound, to: batch.upperBound, by: Self.groupSize) {
            runGroup(start..<min(start + Self.groupSize, batch.upperBound), &result)
        }
    }

    private func runGroup(_ group: Range<Int>, _ result: inout BatchResult) {
        var held: [(unit: Int, module: HeldModule)] = []
        for unit in group {
            if let reason = reasonToStop() {
                result.keep(list, unit, reason)
                continue
            }
            switch remover.close(members(of: unit)) {
            case .held(let module): held.append((unit, module))
            case .ended(let removal): result.add(removal, list, unit)
            }
        }
        guard !held.isEmpty else { return }
        // Asked after the doors are closed: who begins later finds them closed.
        let hasBuilds = hasBuilds()
        if hasBuilds, passes == .single { BackgroundThread.sleep(Self.pause) }
        for (unit, module) in held {
            if let reason = reasonToStop() {
                result.add(remover.reopen(module, because: reason), list, unit)
            } else if hasBuilds, passes == .separate {
                // Reads leave no trace: nobody knows whether the build came before the doors were closed.
                result.add(remover.reopen(module, because: .waiting), list, unit)
            } else {
                result.add(remover.finish(module, hasBuilds: hasBuilds), list, unit)
            }
        }
    }

    private func members(of unit: Int) -> [ModuleMember] {
        list.units[unit].members.map { member in
            ModuleMember(
                path: Array(list.pathBytes(member)), inode: list.inodes[member],
                isTree: list.kinds[member] == .moduleTree)
        }
    }
}

extension BatchResult {
    /// Counts what became of a version: its files where it went, its names where it stays.
    fileprivate mutating func add(_ removal: ModuleRemoval, _ list: EvictionList, _ unit: Int) {
        outcome.removed += removal.files
        outcome.freed += removal.freed
        if removal.files > 0 {
            if let rule = list.units[unit].rule { outcome.removedByRule[rule, default: 0] += removal.files }
            outcome.youngest = max(outcome.youngest ?? 0, list.units[unit].lastUse)
        }
        switch removal.removal {
        case .removed, .removedUnproven: break
        case .vanished, .kept: for member in list.units[unit].members { add(removal.removal, list, member, unit) }
        case .failed: add(removal.removal, list, list.units[unit].members.lowerBound, unit)
        }
    }
}
