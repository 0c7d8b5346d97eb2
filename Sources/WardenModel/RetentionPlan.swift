/// What retention would do to one cache: values, carried out by WardenApply.
package struct RetentionPlan: Sendable {
    /// Whether outputs may go in the run that removes their actions.
    package enum Passes: String, Hashable, Sendable, Codable {
        /// Reads leave a trace, so a second look at an action tells whether a reader came in between.
        case single
        /// Reads leave none (`noatime`): actions go now, outputs when the builds of now have ended.
        case separate
    }

    /// How one run is bounded.
    package struct Budget: Hashable, Sendable {
        package var time: Duration?
        /// Kept by the selection already.
        package var entries: Int?

        package init(time: Duration? = nil, entries: Int? = nil) {
            self.time = time
            self.entries = entries
        }
    }

    package var evictions = EvictionList()
    package var passes = Passes.single
    /// Whatever was used at this moment or later stays. Seconds since the epoch.
    package var unusedSince: UInt32 = 0
    /// mtimes to set, so that Go sees what the agent knows.
    package var times = TimeList()
    package var trim: TrimRefresh?
    package var budget = Budget()
    /// Whether the cache is to be emptied by `go clean -cache` in place of evicting.
    package var cleansWithGo = false

    package init() {}

    package var isEmpty: Bool { evictions.isEmpty && times.isEmpty && trim == nil && !cleansWithGo }
}

/// Names whose mtime is to be set, each to a moment of its own.
package struct TimeList: Sendable {
    package enum Reason: UInt8, Sendable {
        /// The pair was used later than the mtime says.
        case lastUse
        /// The time lies in the future: set to now, so that the entry ages like all others.
        case future
        /// An output without an action, see `OrphanMark`.
        case orphan
        /// About to go: both times become the moment, long ago, so that the next read is noted on every mount.
        case retired
    }

    private var names: [UInt8] = []
    private var ends: [UInt32] = []
    package private(set) var inodes: [UInt64] = []
    /// Seconds since the epoch.
    package private(set) var moments: [UInt32] = []
    package private(set) var reasons: [Reason] = []

    package init() {}

    package var count: Int { inodes.count }
    package var isEmpty: Bool { inodes.isEmpty }

    package mutating func add(path: some Collection<UInt8>, inode: UInt64, moment: UInt32, reason: Reason) {
        names += path
        ends.append(UInt32(names.count))
        inodes.append(inode)
        moments.append(moment)
        reasons.append(reason)
    }

    package func path(_ index: Int) -> RelativePath {
        RelativePath(bytes: Array(names[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]))
    }
}

/// `trim.txt` is to say that the cache has just been trimmed.
package struct TrimRefresh: Hashable, Sendable {
    /// What to write, seconds since the epoch.
    package let moment: Int64
    /// What the file has to look like where it is to be made; `nil` where it is there.
    package let making: NodeState?

    package init(moment: Int64, making: NodeState?) {
        self.moment = moment
        self.making = making
    }
}
