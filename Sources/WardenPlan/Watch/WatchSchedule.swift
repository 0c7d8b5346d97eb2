/// Decides when a watching agent runs: pure, told of everything and of the time.
///
/// What happens is gathered for a moment, so that a build's thousand files are one cause. Runs of a kind rest a few times as
/// long as they took, and have a share of the time that they may not exceed for long: what happens once is mended at
/// once, and whoever keeps breaking something gets little of the processor, whatever they do. Runs that did not help wait
/// twice as long each time.
package struct WatchSchedule: Sendable {
    /// Why a run begins.
    package enum Cause: Hashable, Sendable {
        /// The agent has come up.
        case started
        /// A cache, by its name, is not watched: it has come or gone, or events of it were dropped.
        case lost(cache: String)
        /// A limit is crossed.
        case limit(cache: String)
        /// Something in a cache has rights, or is of a kind, that the policy has a say about.
        case entry(cache: String)
        /// A file of the host that the policies speak of, by its path for people.
        case file(String)
        case policies
        /// Something becomes too old.
        case age(cache: String)
        /// The time for a whole look has come.
        case interval
    }

    /// What is told apart in how long it waits: a flood of one must not delay another.
    private enum Lane: Hashable, CaseIterable {
        case limit, entry, other
    }

    private struct Wait {
        /// When the first cause that no run has seen came.
        var since: Duration?
        var notBefore = Duration.zero
        var misses = 0
        /// What its runs have taken, in the time that their share takes to come back; less with every moment.
        var debt = Duration.zero
        var debtAt = Duration.zero
    }

    /// How long things are waited for.
    package struct Pace: Sendable {
        /// From the first cause to the run.
        package var gathering = Duration.milliseconds(500)
        /// The least from a run to the next.
        package var rest = Duration.seconds(1)
        /// The most.
        package var longest = Duration.seconds(300)
        /// How much of its share a kind may use up at once, in that share's time: at a twentieth, five minutes are fifteen
        /// seconds of runs.
        package var credit = Duration.seconds(300)
        /// The least from a run to one for what is too old: what must not go yet is asked for again, but not all the time.
        package var ageing = Duration.seconds(600)
        /// How often everything is looked at, whatever happened.
        package var interval: Duration

        package init(interval: Duration) { self.interval = interval }
    }

    private let pace: Pace
    private var waits: [Lane: Wait] = [:]
    private var causes: Set<Cause> = []
    private var nextInterval: Duration
    /// When something becomes too old, and where: the first that does.
    private var expiry: (at: Duration, cache: String)?
    private var began: (at: Duration, lanes: Set<Lane>)?

    package init(_ pace: Pace) {
        self.pace = pace
        nextInterval = pace.interval
    }

    /// Notes that something happened.
    package mutating func note(_ cause: Cause, at now: Duration) {
        causes.insert(cause)
        let lane = Self.lane(cause)
        if waits[lane, default: Wait()].since == nil { waits[lane, default: Wait()].since = now }
    }

    /// Notes in how long something becomes too old, for each cache where it does. What was noted before no longer counts.
    package mutating func expect(_ expiries: [(cache: String, after: Duration)], at now: Duration) {
        let first = expiries.min { $0.after < $1.after }
        expiry = first.map { (at: now + max($0.after, pace.ageing), cache: $0.cache) }
    }

    /// Returns when the next run is to begin; `nil` while one goes on.
    package var next: Duration? {
        guard began == nil else { return nil }
        let byTimeAlone = min(nextInterval, expiry?.at ?? nextInterval)
        return waits.values.reduce(byTimeAlone) { soonest, wait in
            guard let since = wait.since else { return soonest }
            return min(soonest, max(since + pace.gathering, wait.notBefore))
        }
    }

    /// A run begins: returns its causes, in a fixed order. It looks at everything, so whatever waits is a cause of it.
    package mutating func begin(at now: Duration) -> [Cause] {
        if now >= nextInterval { causes.insert(.interval) }
        if let due = expiry, now >= due.at {
            expiry = nil
            note(.age(cache: due.cache), at: now)
        }
        let found = causes.sorted { "\($0)" < "\($1)" }
        began = (now, Set(waits.filter { $0.value.since != nil }.keys))
        for lane in Array(waits.keys) { waits[lane]?.since = nil }
        causes = []
        nextInterval = now + pace.interval
        return found
    }

    /// The run has ended.
    ///
    /// - Parameter helped: Whether it changed something, or found nothing to change.
    package mutating func end(at now: Duration, helped: Bool) {
        guard let began else { return }
        self.began = nil
        for lane in began.lanes {
            var wait = waits[lane, default: Wait()]
            wait.misses = helped ? 0 : min(wait.misses + 1, 16)
            let elapsed = now - began.at
            // Rights are somebody's to break again at once; what a limit lets in has been paid for by a build.
            let (share, rest) = lane == .limit ? (4, 2) : (20, 4)
            wait.debt = max(.zero, wait.debt - (now - wait.debtAt)) + elapsed * share
            wait.debtAt = now
            let pause = max(wait.debt - pace.credit, elapsed * rest, pace.rest * (1 << wait.misses))
            wait.notBefore = now + min(pace.longest, pause)
            waits[lane] = wait
        }
    }

    private static func lane(_ cause: Cause) -> Lane {
        switch cause {
        case .limit, .age: .limit
        case .entry: .entry
        case .started, .lost, .file, .policies, .interval: .other
        }
    }
}

extension WatchSchedule.Cause: CustomStringConvertible {
    /// For people, in a few words.
    package var description: String {
        switch self {
        case .started: "start"
        case .lost(let cache): "cache \(cache) has come or gone, or more has happened there than can be told"
        case .limit(let cache): "a limit of cache \(cache) is crossed"
        case .entry(let cache): "changed entries in cache \(cache)"
        case .file(let path): "changed file \(path)"
        case .policies: "changed policies"
        case .age(let cache): "entries of cache \(cache) are too old"
        case .interval: "time for a whole look"
        }
    }
}
