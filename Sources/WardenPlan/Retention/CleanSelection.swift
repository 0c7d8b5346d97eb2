package import WardenModel

/// What goes when a cache is to be emptied: everything that builds made. Corpora of fuzzing, `README` and `trim.txt` stay,
/// as with `go clean -cache`. Pure.
package enum CleanSelection {
    /// The moment that retired outputs carry as their times, seconds since the epoch.
    package static let retired: UInt32 = 1

    /// Returns every pair.
    package static func everything(_ inventory: Inventory) -> RetentionSelection {
        selection(inventory) { $0.fuzz == 0 }
    }

    /// Returns the outputs that no action names, each to be retired: any later look at one will be noted.
    package static func retirement(_ inventory: Inventory) -> RetentionSelection {
        var selection = RetentionSelection()
        inventory.forEachPair { pair in
            guard pair.isOrphanedOutput else { return }
            for entry in inventory.entries(of: pair) {
                selection.times.append(.init(inode: entry.inode, moment: retired, reason: .retired))
            }
        }
        return selection
    }

    /// Returns the outputs that are retired, and that nobody has looked at since.
    package static func retiredOutputs(_ inventory: Inventory) -> RetentionSelection {
        selection(inventory) { $0.isOrphanedOutput && $0.lastUse <= retired }
    }

    private static func selection(
        _ inventory: Inventory, where isWanted: (Inventory.Pair) -> Bool
    ) -> RetentionSelection {
        var selection = RetentionSelection()
        inventory.forEachPair { pair in
            guard isWanted(pair) else { return }
            selection.evictions.append(.init(bucket: pair.bucket, start: pair.entries.lowerBound, rule: nil))
        }
        return selection
    }
}
