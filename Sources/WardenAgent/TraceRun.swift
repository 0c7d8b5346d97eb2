package import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPolicy

/// Tells who writes into a Go build cache while it happens, and who wrote how much at the end. Changes nothing.
package struct TraceRun: Sendable {
    /// What it has to say, as it comes.
    package enum Event: Sendable {
        /// From now on nothing is missed.
        case began(TraceOpening)
        /// The oldest first, with the names of the users among them.
        case happened([TracedEntry], userNames: [UserID: String])
    }

    /// How long it waits for events at most: what is held back for want of a package must come out.
    private static let pace = Duration.milliseconds(250)
    /// How long events are gathered: short, because a process is asked who it is while it lives.
    private static let gathering = Duration.milliseconds(10)
    /// `CAP_SYS_ADMIN`, which `fanotify_init(2)` wants before it names processes.
    private static let administer = Capabilities(rawValue: 1 << 21)

    private let request: RunRequest
    private let duration: Duration?
    private let reads: Bool
    private let surroundings: Surroundings

    /// - Parameters:
    ///   - request: Its target is one cache, or all: then there must be just one.
    ///   - duration: After how long it ends; `nil`: when a signal asks for it.
    ///   - reads: Whether what is read is told too.
    package init(_ request: RunRequest, for duration: Duration?, reads: Bool, in surroundings: Surroundings) {
        self.request = request
        self.duration = duration
        self.reads = reads
        self.surroundings = surroundings
    }

    /// Traces until the time is over or a signal comes: that is a good end, and the report has all that was told.
    ///
    /// Throws `AgentError` where the cache cannot be watched or is none of Go's, and what `tell` throws.
    package func run(telling tell: (Event) throws -> Void) throws -> TraceReport {
        let scope = try RunScope(request, surroundings)
        let cache = try scope.buildCache(of: request, to: "trace")
        let observer = try observer(of: cache)
        let opening = TraceOpening(
            cache: cache.name, root: cache.path,
            policy: scope.policies.selected.first { $0.caches.contains { $0.path == cache.path } }?.name,
            method: observer.method, obstacle: obstacle(of: observer), isWithReads: reads,
            startedAt: surroundings.now())
        try tell(.began(opening))
        var record = TraceRecord()
        let end = duration.map { ContinuousClock.now + $0 }
        while !Interruption.isPending {
            let left = end.map { $0 - ContinuousClock.now } ?? Self.pace
            guard left > .zero else { break }
            try told(tell, &record, try batch(of: observer, waiting: min(left, Self.pace), cache))
        }
        // What came just before the end belongs to it.
        try told(tell, &record, try batch(of: observer, waiting: .zero, cache))
        try told(tell, &record, try lastBatch(of: observer, cache))
        return TraceReport(
            opening: opening, finishedAt: surroundings.now(), rollup: record.rollup, lostCount: observer.lostCount,
            userNames: record.names)
    }

    private func told(
        _ tell: (Event) throws -> Void, _ record: inout TraceRecord, _ entries: [TracedEntry]
    ) throws {
        guard !entries.isEmpty else { return }
        try tell(.happened(entries, userNames: record.add(entries)))
    }

    // MARK: - The observer

    private func observer(of cache: CachePolicy) throws(AgentError) -> TraceObserver {
        do throws(Errno) {
            return try TraceObserver(of: cache.path, top: surroundings.top, reads: reads, now: surroundings.now)
        } catch {
            let isShort = error == .noSpace || error == .tooManyOpenFiles
            throw .failed(
                "cannot trace '\(escapedForDisplay(cache.path.string))': \(error)",
                remedy: isShort
                    ? "see fs.fanotify.max_user_groups and max_user_marks (fanotify(7)), and fs.inotify.max_user_instances "
                        + "and max_user_watches (inotify(7))"
                    : nil)
        }
    }

    private func obstacle(of observer: TraceObserver) -> TraceOpening.Obstacle? {
        switch observer.method {
        case .fanotify: nil
        case .inotify: Capabilities.current.contains(Self.administer) ? TraceOpening.Obstacle.refused : .capability
        }
    }

    private func batch(
        of observer: TraceObserver, waiting limit: Duration, _ cache: CachePolicy
    ) throws(AgentError) -> [TracedEntry] {
        do throws(Errno) {
            let ready = try Wake.wait(for: [observer.descriptorNumber], atMost: limit)
            if ready.contains(true), !Interruption.isPending { BackgroundThread.sleep(Self.gathering) }
            return try observer.take()
        } catch {
            throw Self.failure(cache, error)
        }
    }

    private func lastBatch(of observer: TraceObserver, _ cache: CachePolicy) throws(AgentError) -> [TracedEntry] {
        do throws(Errno) {
            return try observer.finish()
        } catch {
            throw Self.failure(cache, error)
        }
    }

    private static func failure(_ cache: CachePolicy, _ error: Errno) -> AgentError {
        .failed("cannot go on tracing '\(escapedForDisplay(cache.path.string))': \(error)", remedy: nil)
    }
}

/// What has been told so far.
private struct TraceRecord {
    /// How many users are looked up: whoever has a range of ids can be all of them.
    private static let userLimit = 1_000

    private(set) var rollup = TraceRollup()
    private(set) var names: [UserID: String] = [:]
    private var known: Set<UserID> = []
    private let accounts = Accounts()

    /// Adds entries, and returns the names of all users so far.
    mutating func add(_ entries: [TracedEntry]) -> [UserID: String] {
        for entry in entries {
            rollup.add(entry)
            for case let user? in [entry.user, entry.owner] where known.count < Self.userLimit {
                guard known.insert(user).inserted else { continue }
                names[user] = accounts.name(of: user)
            }
        }
        return names
    }
}
