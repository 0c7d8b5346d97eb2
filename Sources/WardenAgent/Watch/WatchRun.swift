internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenPlan
internal import WardenPolicy

/// Keeps the host as its policies say until a signal ends it: watches, and runs when something calls for it.
///
/// Events are hints: what is wrong, and whether, is found out by a run, which looks at everything. One thread watches; runs
/// go on beside it, so that the kernel need not drop events while a run causes them.
package final class WatchRun {
    /// How things are paced; tests are in more of a hurry.
    package struct Pace: Sendable {
        /// How often everything is looked at, whatever happened.
        package var interval = Duration.seconds(3 * 3_600)
        /// How often a cache is looked at that cannot be watched.
        package var polling = Duration.seconds(300)
        /// How often the space on its disk is asked for where the policy wants some to be free.
        ///
        /// With what is gathered before a run, and a walk, no more than five seconds.
        package var spaceLook = Duration.seconds(4)
        /// How long events are gathered before they are taken.
        package var gathering = Duration.milliseconds(100)

        package init() {}
    }

    /// What it has to say.
    package enum Event: Sendable {
        case watching(caches: Int, of: Int)
        /// A run has ended, and why it was made.
        case ran(RunReport, causes: [String])
        /// A run could not be made.
        case failed(String, causes: [String])
        /// Changed policies are refused; those before stay in force.
        case refused(String)
        /// Policies name places that the sandbox was not opened for.
        case outgrown
    }

    /// How many runs in a row may fail before it ends itself, for systemd to tell of.
    private static let failureLimit = 5
    /// After this long a run counts as stuck, and systemd ends the process.
    private static let runLimit = Duration.seconds(6 * 3_600)

    private let request: RunRequest
    private let surroundings: Surroundings
    private let pace: Pace
    private let service: ServiceNotifier
    private let tell: (Event) -> Void
    private let start = ContinuousClock.now
    private let wake: Wake
    private let files: WatchedFiles
    private var schedule: WatchSchedule
    private var loaded: LoadedPolicies
    private var caches: [WatchedCache] = []
    private var refusal: Finding?
    private var running: (run: BackgroundRun, since: Duration)?
    private var failures = 0
    private var nextReload: Duration?
    private var nextPoll: Duration?
    private var nextSpaceLook = Duration.zero
    private var nextSign = Duration.zero
    private let firstNeeds: UnitNeeds

    /// Reads policies and begins to watch what they name.
    ///
    /// Throws `AgentError` where that cannot be done: policies that are wrong, no inotify.
    package init(
        _ request: RunRequest, in surroundings: Surroundings, pace: Pace = Pace(),
        telling tell: @escaping (Event) -> Void
    ) throws {
        self.request = request
        self.surroundings = surroundings
        self.pace = pace
        self.tell = tell
        service = ServiceNotifier(environment: surroundings.environment)
        schedule = WatchSchedule(WatchSchedule.Pace(interval: pace.interval))
        loaded = try PolicyStore(surroundings).load(for: request)
        firstNeeds = ExportRun(request, in: surroundings).unitNeeds(of: loaded)
        do throws(Errno) {
            wake = try Wake()
            files = try WatchedFiles(request, surroundings)
            try files.follow(loaded)
        } catch {
            throw AgentError.failed(
                "cannot watch: \(error)",
                remedy: "see fs.inotify.max_user_instances and fs.inotify.max_user_watches (inotify(7))")
        }
        try takePolicies()
    }

    /// Watches until a signal asks for the end. A run that goes on then ends between two changes.
    ///
    /// Throws the last run's error after five in a row that could not be made.
    package func run() throws {
        do throws(Errno) {
            try wake.callOnSignals()
        } catch {
            throw AgentError.failed("cannot handle signals: \(error)", remedy: nil)
        }
        schedule.note(.started, at: now)
        service.ready()
        tell(.watching(caches: caches.count { $0.tracker != nil }, of: caches.count))
        // After an error too: nobody is to be cut off between two steps of one change.
        defer { running?.run.join() }
        while !Interruption.isPending {
            try waitForSomething()
            takeFiles()
            takeTimes()
            for cache in caches {
                if let cause = cache.take(duringRun: running != nil) { schedule.note(cause, at: now) }
            }
            try takeResult()
            begin()
            sign()
        }
        service.stopping()
        // How far a run came is told like the end of any other.
        running?.run.join()
        try takeResult()
    }

    private var now: Duration { ContinuousClock.now - start }

    // MARK: - Waiting

    private func waitForSomething() throws {
        let trackers = caches.compactMap(\.tracker)
        let descriptors = [wake.descriptor.number, files.descriptorNumber] + trackers.map(\.descriptorNumber)
        let moments = [
            schedule.next, running == nil ? nextReload : nil, nextPoll, service.watchdog == nil ? nil : nextSign,
            caches.contains(where: \.wantsFreeSpace) ? nextSpaceLook : nil,
        ]
        let limit = moments.compactMap { $0 }.min().map { $0 - now } ?? pace.interval
        do throws(Errno) {
            let ready = try Wake.wait(for: descriptors, atMost: limit)
            wake.taken()
            // A build's files come by the hundred, and whoever has a home may write there without end: one look at many costs
            // less than many looks.
            if ready.dropFirst().contains(true), !Interruption.isPending { BackgroundThread.sleep(pace.gathering) }
        } catch {
            throw AgentError.failed("cannot wait for events: \(error)", remedy: nil)
        }
    }

    // MARK: - Causes

    private func takeFiles() {
        let changed = files.take()
        // Editors write a file in several steps.
        if Wake.takeReload() || changed.arePolicies { nextReload = now + .milliseconds(500) }
        for path in changed.others {
            let cause =
                if let cache = caches.first(where: { $0.subject.cache.path == path }) {
                    cache.recheck()
                } else {
                    WatchSchedule.Cause.file(escapedForDisplay(path.string))
                }
            if let cause { schedule.note(cause, at: now) }
        }
        guard let moment = nextReload, moment <= now, running == nil else { return }
        nextReload = nil
        reload()
    }

    private func takeTimes() {
        if let moment = nextPoll, moment <= now {
            nextPoll = nil
            schedule.note(.interval, at: now)
        }
        guard nextSpaceLook <= now else { return }
        nextSpaceLook = now + pace.spaceLook
        // A run is about to change what is free; whether it was enough says the look after it.
        guard running == nil else { return }
        for cache in caches where cache.lacksFreeSpace { schedule.note(.limit(cache: cache.name), at: now) }
    }

    // MARK: - Policies

    /// Reads policies anew. Those that are wrong change nothing but what is reported.
    private func reload() {
        do {
            let fresh = try PolicyStore(surroundings).load(for: request)
            let before = loaded
            loaded = fresh
            do {
                try takePolicies()
                try files.follow(fresh)
                refusal = nil
            } catch {
                loaded = before
                try takePolicies()
                throw error
            }
            if surroundings.isUnderSystemd, ExportRun(request, in: surroundings).unitNeeds(of: fresh) != firstNeeds {
                tell(.outgrown)
            }
        } catch {
            // The first line says where and what; all of it is told.
            let first = "\(error)".split(separator: "\n").first.map(String.init) ?? ""
            refusal = finding(
                .policyRefused, policy: loaded.selected.first?.name, files.policyFolder,
                wanted: "policies that can be read", found: first)
            tell(.refused("\(error)"))
        }
        schedule.note(.policies, at: now)
    }

    /// Watches the caches of the policies in force, all of them anew: who may do what there can have changed.
    private func takePolicies() throws {
        var request = request
        request.loaded = loaded
        let scope = try RunScope(request, surroundings)
        caches = try scope.subjects.map { subject in
            do throws(UnknownAccount) {
                return try WatchedCache(subject, surroundings)
            } catch {
                throw AgentError.failed(
                    "cannot watch cache '\(subject.cache.name)': \(error)",
                    remedy: "create it, or name another in the policy")
            }
        }
        arm()
    }

    private func arm() {
        for cache in caches { cache.arm() }
    }

    private func finding(
        _ rule: RuleID, policy: String?, _ subject: FilePath, wanted: String, found: String
    ) -> Finding {
        let reference = RuleReference.of(rule)
        return Finding(
            rule: rule, severity: reference.severity, disposition: .manual, cache: policy ?? "",
            subject: escapedForDisplay(subject.string), wanted: wanted, found: found, remedy: reference.remedy,
            place: subject)
    }

    // MARK: - Runs

    private func begin() {
        guard running == nil, !Interruption.isPending, let next = schedule.next, next <= now else { return }
        // Before the run: what changes after its look is seen by either.
        arm()
        var request = request
        request.loaded = loaded
        request.watchFindings =
            caches.compactMap { cache in
                cache.obstacle.map {
                    finding(
                        .cacheUnwatched, policy: cache.name, cache.subject.cache.path,
                        wanted: "a watch for each of its directories", found: $0)
                }
            } + [refusal].compactMap { $0 }
        service.status("running: \(count)")
        let run = BackgroundRun(request, surroundings, schedule.begin(at: now), waking: wake)
        running = (run, now)
    }

    private func takeResult() throws {
        guard let (run, _) = running, let result = run.result else { return }
        run.join()
        running = nil
        let causes = run.causes.map(\.description)
        switch result {
        case .success(let report):
            failures = 0
            schedule.end(at: now, helped: report.changed > 0 || report.verdict.exitCode == 0)
            plan(after: report)
            service.status(status(after: report))
            tell(.ran(report, causes: causes))
        case .failure(let error):
            schedule.end(at: now, helped: false)
            // Nothing has been looked at.
            for cause in run.causes { schedule.note(cause, at: now) }
            guard !Interruption.isPending else { return }
            service.status("the last run could not be made: \(error)")
            tell(.failed("\(error)", causes: causes))
            if case AgentError.busy = error { return }
            failures += 1
            if failures >= Self.failureLimit { throw error }
        }
    }

    /// Notes when time alone calls for the next run.
    private func plan(after report: RunReport) {
        let expiries = caches.compactMap { cache in
            cache.firstExpiry(after: report).map { (cache: cache.name, after: $0) }
        }
        schedule.expect(expiries, at: now)
        nextPoll = caches.contains { $0.obstacle != nil } ? now + pace.polling : nil
    }

    private var count: String { caches.count == 1 ? "1 cache" : "\(caches.count) caches" }

    private func status(after report: RunReport) -> String {
        let watched = caches.compactMap { $0.tracker?.totals.allocated }.reduce(ByteCount.zero, +)
        return "\(count), \(watched); last run \(report.finishedAt): \(report.verdict.rawValue)"
    }

    /// Lets systemd know that this thread, and the run beside it, go on.
    private func sign() {
        guard let watchdog = service.watchdog, nextSign <= now else { return }
        nextSign = now + watchdog / 2
        if let running, now - running.since > Self.runLimit { return }
        service.alive()
    }
}

extension RunReport {
    /// How much the run has changed.
    fileprivate var changed: Int {
        caches.reduce(0) { $0 + $1.appliedCount } + delivery.appliedCount + toolchains.count(where: \.isInstalled)
    }
}
