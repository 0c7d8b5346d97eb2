/// Which entries retention wants, by their places in the inventory: names are looked up only for these.
package struct RetentionSelection: Sendable {
    /// A pair that is to go, or one action of a shared output, in 8 bytes: every pair of a cache may have one.
    package struct Choice: Sendable {
        private let smallStart: UInt32
        private let smallBucket: UInt8
        /// `nil` where somebody asked for an empty cache.
        package let rule: RuleID?
        package let extent: Extent

        package enum Extent: UInt8, Sendable {
            case pair
            /// One action whose output stays, because others name it too (`Inventory.Pair.isShared`).
            case action
        }

        package var bucket: Int { Int(smallBucket) }
        /// Where the pair begins in its bucket, or where the action stands.
        package var start: Int { Int(smallStart) }

        package init(bucket: Int, start: Int, rule: RuleID?, extent: Extent = .pair) {
            smallStart = UInt32(start)
            smallBucket = UInt8(bucket)
            self.rule = rule
            self.extent = extent
        }
    }

    /// An entry whose mtime is to be set.
    package struct TimeChoice: Sendable {
        package let inode: UInt64
        /// Seconds since the epoch.
        package let moment: UInt32
        package let reason: TimeList.Reason

        package init(inode: UInt64, moment: UInt32, reason: TimeList.Reason) {
            self.inode = inode
            self.moment = moment
            self.reason = reason
        }
    }

    /// In the order in which they go, oldest first.
    package var evictions: [Choice] = []
    package var times: [TimeChoice] = []

    package init() {}

    package var isEmpty: Bool { evictions.isEmpty && times.isEmpty }
}

/// A selection with names.
package struct NamedSelection: Sendable {
    package var evictions = EvictionList()
    package var times = TimeList()

    package init() {}
}

/// What `trim.txt` says (go-cache.md, "Age").
package enum TrimObservation: Hashable, Sendable {
    case missing
    /// Not a number: Go then trims.
    case unreadable
    /// Seconds since the epoch.
    case trimmed(at: Int64)
    /// A link, a directory, a file with more than one name: never followed, never written.
    case refused(NodeKind)
}
