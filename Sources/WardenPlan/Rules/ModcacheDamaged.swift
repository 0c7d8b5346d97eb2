internal import WardenModel
internal import WardenPolicy

/// `modcache-damaged`: a version of a module cache lacks a part that Go leaves beside the others.
///
/// Told from names alone; what the files hold is `verify`'s question.
struct ModcacheDamaged: Sendable {
    /// How many versions have a finding of their own. Who may write to a cache can damage any number of them.
    static let limit = 100
    /// How old a version's youngest part is before anything is called missing: downloads and unpacking take less.
    static let settlingTime = Duration.seconds(3_600)

    private let planner: CachePlanner
    private let damages: [ModuleDamage]
    /// Keys of versions that go.
    private let evicted: Set<UInt64>

    /// - Parameter selection: What goes, and from what; `nil` where nothing does.
    init(_ planner: CachePlanner, _ observation: CacheObservation, _ input: RetentionInput?) {
        self.planner = planner
        damages = planner.wants(.modcacheDamaged) ? Self.settled(observation) : []
        guard !damages.isEmpty, let selection = input?.selection, let inventory = observation.census?.inventory else {
            evicted = []
            return
        }
        evicted = Set(selection.evictions.map { inventory.key(of: inventory.pair(of: $0)) })
    }

    /// Returns the versions that nobody is just downloading or unpacking.
    ///
    /// What is made while the walk lasts lies a little ahead; a time that lies further ahead was set by somebody, and
    /// says nothing.
    static func settled(_ observation: CacheObservation) -> [ModuleDamage] {
        (observation.census?.moduleDamages ?? []).filter {
            let age = observation.observedAt.since($0.version.changed)
            return age >= settlingTime || age <= .zero - settlingTime
        }
    }

    func findings() -> [Finding] {
        var findings = damages.prefix(Self.limit).map { damage in
            let goes = evicted.contains(damage.version.key)
            return planner.finding(
                .modcacheDamaged, goes ? .repairable : .manual, subject: damage.version.path.description,
                Difference(wanted: "a version with all its parts", found: damage.words),
                remedy: damage.remedy(goes, planner.policy.name))
        }
        let more = damages.dropFirst(Self.limit)
        if !more.isEmpty {
            findings.append(
                planner.finding(
                    .modcacheDamaged, .manual, count: more.count, subject: "more versions below \(planner.policy.path)",
                    Difference(wanted: "versions with all their parts", found: "\(more.count) that lack some"),
                    examples: more.prefix(3).map { .init(path: $0.version.path, found: $0.words) }))
        }
        return findings
    }
}

extension ModuleDamage {
    /// `no .ziphash, no .info`.
    fileprivate var words: String { faults.map(\.words).joined(separator: ", ") }

    fileprivate func remedy(_ goes: Bool, _ cache: String) -> String? {
        if goes { return "Let 'apply' remove the whole version; Go fetches it again." }
        if faults.contains(.noDownload) {
            return "Remove the directory while no build runs: no lock guards it. Go fetches the version again."
        }
        return "Let 'cachewarden verify \(cache) --repair' remove the whole version; Go fetches it again."
    }
}
