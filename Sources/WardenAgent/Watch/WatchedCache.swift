internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// One cache of the policies in force, and what is known of it between two runs.
final class WatchedCache {
    let subject: CacheSubject
    private let surroundings: Surroundings
    private let planner: CachePlanner
    /// `nil` where it cannot be watched, or is not there.
    private(set) var tracker: TreeTracker?
    /// Why it cannot be watched; `nil` where it is, or there is nothing to watch.
    private(set) var obstacle: String?

    var name: String { subject.cache.name }
    private var retention: RetentionPolicy? { subject.cache.retention }

    /// Throws for a user or group that this host does not know.
    init(_ subject: CacheSubject, _ surroundings: Surroundings) throws(UnknownAccount) {
        self.subject = subject
        self.surroundings = surroundings
        planner = try CachePlanner(
            policy: subject.cache, mode: subject.mode, accounts: subject.accounts,
            caller: surroundings.caller.effectiveUser, callerGroup: surroundings.caller.effectiveGroup,
            purpose: .report, waivers: subject.waivers)
    }

    /// Begins to watch, where that is not so yet. A cache that is not there is watched from its first run on.
    func arm() {
        guard !Interruption.isPending else { return }
        // Nothing tells of what somebody mounts over a cache. What keeps it from being opened is the run's to report.
        if let tracker, (try? tracker.isInPlace()) == false { self.tracker = nil }
        guard tracker == nil else { return }
        let observer = CacheObserver(top: surroundings.top, threads: 1, now: surroundings.now)
        let planner = planner
        obstacle = nil
        do throws(Errno) {
            tracker = try observer.track(
                path: subject.cache.path, layout: subject.cache.layout, accessLists: planner.accessListDemand,
                demand: { planner.demand($0, $1, $2) }, isConspicuous: { planner.isConspicuous(root: $0) })
        } catch .noSpace {
            obstacle = "no watch is left for one of its directories"
        } catch .tooManyOpenFiles {
            obstacle = "no inotify instance is left"
        } catch {
            // The run says why it cannot be opened, and a change of its path is a cause of the next.
        }
    }

    /// Takes the events that wait. While a run changes the cache only as many are looked at as must be.
    func take(duringRun: Bool) -> WatchSchedule.Cause? {
        guard let tracker else { return nil }
        do throws(Errno) {
            var isDone = try tracker.read()
            while !isDone {
                if let cause = try settle(tracker) { return cause }
                isDone = try tracker.read()
            }
            return duringRun ? nil : try settle(tracker)
        } catch {
            return lose()
        }
    }

    /// Something on the way to the cache, or its own entry there, has changed: returns what calls for a run.
    func recheck() -> WatchSchedule.Cause? {
        guard let tracker else { return .lost(cache: name) }
        // What keeps it from being opened is the run's to report.
        return (try? tracker.isInPlace()) == true ? nil : lose()
    }

    private func settle(_ tracker: TreeTracker) throws(Errno) -> WatchSchedule.Cause? {
        let change = try tracker.settle()
        guard !change.isLost else { return lose() }
        if isFull(on: nil) { return .limit(cache: name) }
        return change.conspicuous == nil ? nil : .entry(cache: name)
    }

    private func lose() -> WatchSchedule.Cause {
        tracker = nil
        return .lost(cache: name)
    }

    // MARK: - Limits

    /// Whether the policy wants something to be free, which no event tells of.
    var wantsFreeSpace: Bool { retention?.minFree != nil || retention?.minFreeInodes != nil }

    /// Whether less is free than the policy wants.
    var lacksFreeSpace: Bool {
        guard wantsFreeSpace, let tracker else { return false }
        // What cannot be opened now is the next run's to report.
        guard let system = try? tracker.fileSystem() else { return false }
        return isFull(on: system)
    }

    private func isFull(on system: FileSystemObservation?) -> Bool {
        guard let retention, let totals = tracker?.totals else { return false }
        return CacheAmounts(allocated: totals.allocated, files: totals.files, fuzz: totals.fuzz)
            .cross(retention, on: system)
    }

    /// Returns how long after a run something in the cache becomes too old for its policy; `nil` where nothing does.
    func firstExpiry(after report: RunReport) -> Duration? {
        guard let retention, let cache = report.caches.first(where: { $0.plan.name == name }),
            let census = (cache.after ?? cache.before).census
        else { return nil }
        return retention.firstExpiry(after: census)
    }
}
