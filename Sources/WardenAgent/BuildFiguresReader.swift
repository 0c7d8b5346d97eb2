internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy

/// Gathers what `exec` counted: the caller's builds, and those of the users whose builds the policies speak of.
///
/// A user's file is that user's own: it is read for its numbers alone, and they count for the account whose home it
/// stands in, whatever names it holds.
struct BuildFiguresReader {
    private static let limit = ByteCount(4 << 20)
    /// Where `exec` counts unless `XDG_STATE_HOME` says otherwise.
    private static let place = FilePath(".local/state/cachewarden/failed-builds.json")

    private let surroundings: Surroundings

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// Returns a user's figures for each that has any. What cannot be read, or means nothing, is left out.
    func read(_ policies: [Policy]) -> [BuildFigures] {
        let subjects = BuildSubjects(surroundings)
        let groups = policies.flatMap(\.environment).compactMap(\.usersGroup)
        // A name service that does not answer is for 'check' to complain of.
        let members = groups.isEmpty ? [] : (try? subjects.members(of: groups) { _ in }) ?? []
        var figures: [BuildFigures] = []
        if let own = surroundings.buildCounts, let content = trusted(own) {
            figures.append(sums(content, of: callerName))
        }
        for member in members where surroundings.isSystemWide && member.id != surroundings.caller.effectiveUser {
            guard let home = member.homeDirectory, home.isAbsolute,
                // As above: a file that is not there, or is none, has no numbers.
                let content = try? UserFile.read(home.pushing(Self.place), from: surroundings.top, limit: Self.limit)
            else { continue }
            figures.append(sums(content, of: member.name))
        }
        return BuildFigures.bounded(figures.filter { $0.succeeded > 0 || !$0.failed.isEmpty })
    }

    private func trusted(_ path: FilePath) -> [UInt8]? {
        // `exec` says what is wrong with it.
        try? TrustedFile.read(path, limit: Self.limit, trusting: .rootAndCaller)
    }

    private var callerName: String {
        let caller = surroundings.caller.effectiveUser
        // An account without a name has a number.
        return (try? Accounts().account(of: caller)).flatMap { $0?.name } ?? "\(caller.rawValue)"
    }

    private func sums(_ content: [UInt8], of user: String) -> BuildFigures {
        guard let counts = BuildCounts(parsing: content) else {
            return BuildFigures(user: user, succeeded: 0, failed: [:])
        }
        let failed = counts.failed.reduce(into: [String: UInt64]()) { $0[$1.reason.rawValue, default: 0] &+= $1.count }
        return BuildFigures(user: user, succeeded: counts.succeeded, failed: failed)
    }
}
