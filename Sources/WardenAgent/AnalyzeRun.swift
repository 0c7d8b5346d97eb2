internal import Synchronization
internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPolicy

/// Answers what a Go build cache is made of. Changes nothing.
package struct AnalyzeRun: Sendable {
    /// Homes of so many users are looked through for toolchains.
    private static let homeLimit = 200

    private let request: RunRequest
    private let topCount: Int
    private let surroundings: Surroundings

    /// - Parameters:
    ///   - request: Its target is one cache, or all: then there must be just one.
    ///   - topCount: How many of the largest outputs are told one by one.
    package init(_ request: RunRequest, topCount: Int, in surroundings: Surroundings) {
        self.request = request
        self.topCount = topCount
        self.surroundings = surroundings
    }

    /// Throws `AgentError` where the cache cannot be looked at or is no Go build cache.
    package func run() throws -> AnalysisReport {
        let startedAt = surroundings.now()
        let scope = try RunScope(request, surroundings)
        let subject = try subject(of: scope)
        let cache = subject.cache
        let (census, analysis) = try look(at: cache)
        guard analysis.isRecognised else {
            throw AgentError.failed(
                "'\(escapedForDisplay(cache.path.string))' is no Go build cache: it holds other names, and no output",
                remedy: "give the path that 'go env GOCACHE' prints")
        }
        let accounts = Accounts()
        let owners = Set(census.groups.map(\.node.owner) + analysis.largest.map(\.owner))
        return AnalysisReport(
            cache: cache.name, root: cache.path,
            policy: scope.policies.selected.first { $0.caches.contains { $0.path == cache.path } }?.name,
            analysis: analysis, census: census, toolchains: toolchains(scope, owners, accounts),
            threads: request.threads, startedAt: startedAt, finishedAt: surroundings.now(),
            userNames: owners.reduce(into: [:]) { $0[$1] = accounts.name(of: $1) })
    }

    private func subject(of scope: RunScope) throws(AgentError) -> CacheSubject {
        let subjects =
            request.target.isAllCaches ? scope.subjects.filter { $0.cache.layout == .goBuild } : scope.subjects
        guard let subject = subjects.first, subjects.count == 1 else {
            let names = subjects.map { "'\(escapedForDisplay($0.cache.name))'" }.sorted().joined(separator: ", ")
            throw .failed(
                subjects.isEmpty ? "there is no cache to analyze" : "there are \(subjects.count) caches: \(names)",
                remedy: "name one, or give its path")
        }
        guard subject.cache.layout == .goBuild else {
            throw .failed(
                "cannot analyze cache '\(escapedForDisplay(subject.cache.name))': its layout is "
                    + subject.cache.layout.rawValue,
                remedy: "only a Go build cache ('go-build') says what it is made of")
        }
        return subject
    }

    private func look(at cache: CachePolicy) throws -> (Census, CacheAnalysis) {
        do throws(Errno) {
            let observer = CacheObserver(top: surroundings.top, threads: request.threads, now: surroundings.now)
            let observation = try observer.observe(
                name: cache.name, path: cache.path, layout: cache.layout, inventory: .pairs, accessLists: .none
            ) { _, _, _ in .none }
            guard let census = observation.census, let inventory = census.inventory else { throw .notDirectory }
            request.progress.expected.store(census.count(.output, .executableDirectory), ordering: .relaxed)
            let analyser = try CacheAnalyser(
                top: surroundings.top, path: cache.path, threads: request.threads, progress: request.progress)
            return (census, try analyser.analyse(inventory, topCount: topCount))
        } catch {
            throw AgentError.failed("cannot analyze '\(escapedForDisplay(cache.path.string))': \(error)", remedy: nil)
        }
    }

    /// Looks for toolchains where policies put them, where this process finds its own, and in the homes of who owns entries.
    private func toolchains(_ scope: RunScope, _ owners: Set<UserID>, _ accounts: Accounts) -> InstalledToolchains {
        // "/opt/go/bin" is where the commands of "/opt/go" are.
        let search = (surroundings.environment["PATH"] ?? "").split(separator: ":").map { FilePath(String($0)) }
        var roots = scope.policies.selected.flatMap { $0.toolchains.map(\.path) }
        roots += search.filter { $0.isAbsolute && $0.lastComponent == "bin" }.map { $0.removingLastComponent() }
        if let root = surroundings.environment["GOROOT"], root.hasPrefix("/") { roots.append(FilePath(root)) }
        let mounts = MountTable.current
        var homes: [FilePath] = []
        for owner in owners.sorted(by: { $0.rawValue < $1.rawValue }).prefix(Self.homeLimit) {
            // Who cannot be looked up has no home here.
            guard let home = try? accounts.account(of: owner)?.homeDirectory else { continue }
            if mounts.isLocal(surroundings.located(home)) { homes.append(home) }
        }
        return InstalledToolchainsObserver(top: surroundings.top).toolchains(
            roots: roots, homes: homes,
            moduleCaches: scope.policies.selected.flatMap { $0.caches.filter { $0.layout == .goMod }.map(\.path) })
    }
}
