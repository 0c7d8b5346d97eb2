internal import SystemPackage
internal import WardenApply
internal import WardenLinux
internal import WardenModel
internal import WardenObserve

/// Runs `go clean -cache` as the owner of a cache, and measures what came of it.
///
/// Go does not look whether builds run, and what is deleted under a build is a failed build. So this is for those who ask
/// for it: `clean --with go`, and `when-exceeded: clean` of a policy.
struct GoCleaner {
    /// A cache of five million entries on a slow disk; a command that takes longer hangs.
    private static let limit = Duration.seconds(3 * 3_600)

    let surroundings: Surroundings
    let threads: Int
    /// Where `go` may stand; the usual places unless somebody named one.
    let places: [FilePath]

    init(surroundings: Surroundings, threads: Int, go: FilePath? = nil) {
        self.surroundings = surroundings
        self.threads = threads
        places = go.map { [$0] } ?? GoCommand.usualPlaces
    }

    /// Empties the cache of a plan, and returns how that went. An error of the journal is thrown before anything is done.
    func clean(
        _ plan: CachePlan, owner: UserID, measured before: ByteCount, journal: any RetentionJournal
    ) throws -> RetentionOutcome {
        var outcome = RetentionOutcome()
        let accounts = Accounts()
        let identity: ChildIdentity
        do throws(Errno) {
            guard let account = try accounts.account(of: owner) else {
                outcome.goClean = report("user \(owner.rawValue), who owns the cache, has no account here")
                return outcome
            }
            identity = try ChildIdentity(of: account, in: accounts)
        } catch {
            outcome.goClean = report("cannot look up user \(owner.rawValue), who owns the cache: \(error)")
            return outcome
        }
        let name = accounts.name(of: owner) ?? String(owner.rawValue)
        let token = try journal.intend(.cleanWithGo(user: name), of: plan)
        let result = GoCommand(at: places).clean(
            cache: surroundings.located(plan.path), as: identity, limit: Self.limit)
        let (left, size) = measure(plan)
        outcome.goClean = report(result, name, left: left)
        outcome.freed = ByteCount(before.rawValue > size.rawValue ? before.rawValue - size.rawValue : 0)
        try journal.conclude(token, outcome, exceptions: [])
        return outcome
    }

    /// Returns how many entries of builds are left, `nil` where that cannot be seen, and what the cache takes on disk.
    private func measure(_ plan: CachePlan) -> (entries: Int?, size: ByteCount) {
        let observer = CacheObserver(top: surroundings.top, threads: threads, now: surroundings.now)
        // What cannot be measured is not effective.
        let observation = try? observer.observe(
            name: plan.name, path: plan.path, layout: .goBuild, inventory: .pairs, accessLists: .none
        ) { _, _, _ in .none }
        return (observation?.census?.inventory?.builtCount, observation?.census?.allocated ?? .zero)
    }

    private func report(_ summary: String) -> GoCleanReport {
        GoCleanReport(isEffective: false, summary: "'go clean -cache' was not run: \(summary)", output: "")
    }

    private func report(_ outcome: GoCleanOutcome, _ user: String, left: Int?) -> GoCleanReport {
        switch outcome {
        case .notFound: report("there is no go at \(places.map { "'\($0)'" }.joined(separator: ", "))")
        case .refused(let refusal): report("\(refusal)")
        case .failed(let cause): report("it cannot be started as '\(escapedForDisplay(user))': \(cause)")
        case .timedOut(let result):
            report(result, "was killed after \(Self.limit.components.seconds / 3_600) hours", left)
        case .interrupted(let result): report(result, "was killed: the run was ended", left)
        case .ran(let result):
            switch result.end {
            case .exited(status: 0): report(result, "ran as '\(escapedForDisplay(user))'", left, hasSucceeded: true)
            case .exited(let status): report(result, "ended with exit code \(status)", left)
            case .killed(let signal): report(result, "was ended by signal \(signal)", left)
            }
        }
    }

    /// What counts is the cache: a command that ends well and leaves it full was not effective.
    private func report(
        _ result: ChildResult, _ what: String, _ left: Int?, hasSucceeded: Bool = false
    ) -> GoCleanReport {
        let rest =
            switch left {
            case nil: "; what it left cannot be seen"
            case 0: ""
            case let count?: "; not effective: \(count) entries are left"
            }
        let output = escapedForDisplay(result.output) + (result.isOutputCut ? " (cut)" : "")
        return GoCleanReport(
            isEffective: hasSucceeded && left == 0, summary: "'go clean -cache' \(what)\(rest)", output: output)
    }
}
