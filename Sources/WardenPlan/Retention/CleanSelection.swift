package import WardenModel

/// What goes when a cache is to be emptied: everything that builds made. Corpora of fuzzing, `README` and `trim.txt` stay,
/// as with `go clean -cache`. Pure.
///
/// Everywhere `keys` are those of the pairs that are meant; `nil` for all.
package enum CleanSelection {
    /// The moment that retired outputs carry as their times, seconds since the epoch.
    package static let retired: UInt32 = 1

    /// Returns every pair.
    package static func everything(_ inventory: Inventory, keys: Set<UInt64>? = nil) -> RetentionSelection {
        selection(inventory, keys) { $0.fuzz == 0 }
    }

    /// Returns the outputs that no action names, each to be retired: any later look at one will be noted.
    package static func retirement(_ inventory: Inventory, keys: Set<UInt64>? = nil) -> RetentionSelection {
        var selection = RetentionSelection()
        inventory.forEachPair { pair in
            guard pair.isOrphanedOutput, keys?.contains(inventory.key(of: pair)) ?? true else { return }
            for entry in inventory.entries(of: pair) {
                selection.times.append(.init(inode: entry.inode, moment: retired, reason: .retired))
            }
        }
        return selection
    }

    /// Returns the outputs that are retired, and that nobody has looked at since.
    package static func retiredOutputs(_ inventory: Inventory, keys: Set<UInt64>? = nil) -> RetentionSelection {
        selection(inventory, keys) { $0.isOrphanedOutput && $0.lastUse <= retired }
    }

    /// Returns how many of these outputs no build has stored again since `start`: their inodes are still there, and no
    /// newer action names them.
    package static func remaining(of outputs: Set<UInt64>, in inventory: Inventory, since start: Timestamp) -> Int {
        var count = 0
        inventory.forEachPair { pair in
            let entries = inventory.entries(of: pair)
            let isStoredAgain = entries.contains { $0.kind == .action && Int64($0.modified) >= start.seconds }
            if !isStoredAgain { count += entries.count { outputs.contains($0.inode) } }
        }
        return count
    }

    private static func selection(
        _ inventory: Inventory, _ keys: Set<UInt64>?, where isWanted: (Inventory.Pair) -> Bool
    ) -> RetentionSelection {
        var selection = RetentionSelection()
        inventory.forEachPair { pair in
            guard isWanted(pair), keys?.contains(inventory.key(of: pair)) ?? true else { return }
            selection.evictions.append(.init(bucket: pair.bucket, start: pair.entries.lowerBound, rule: nil))
        }
        return selection
    }
}
