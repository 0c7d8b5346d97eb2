internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenObserve
internal import WardenPolicy

extension Surroundings {
    /// Homes of so many users are looked through for toolchains.
    private static let homeLimit = 200

    /// Looks for toolchains where policies put them, where this process finds its own, and in the homes of who owns entries.
    func toolchains(_ policies: [Policy], _ owners: Set<UserID>, _ accounts: Accounts) -> InstalledToolchains {
        // "/opt/go/bin" is where the commands of "/opt/go" are.
        let search = (environment["PATH"] ?? "").split(separator: ":").map { FilePath(String($0)) }
        var roots = policies.flatMap { $0.toolchains.map(\.path) }
        roots += search.filter { $0.isAbsolute && $0.lastComponent == "bin" }.map { $0.removingLastComponent() }
        if let root = environment["GOROOT"], root.hasPrefix("/") { roots.append(FilePath(root)) }
        let mounts = MountTable.current
        var homes: [FilePath] = []
        for owner in owners.sorted(by: { $0.rawValue < $1.rawValue }).prefix(Self.homeLimit) {
            // Who cannot be looked up has no home here.
            guard let home = try? accounts.account(of: owner)?.homeDirectory else { continue }
            if mounts.isLocal(located(home)) { homes.append(home) }
        }
        return InstalledToolchainsObserver(top: top).toolchains(
            roots: roots, homes: homes,
            moduleCaches: policies.flatMap { $0.caches.filter { $0.layout == .goMod }.map(\.path) })
    }
}
