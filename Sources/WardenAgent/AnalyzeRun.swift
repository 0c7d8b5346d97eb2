internal import Synchronization
internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPolicy

/// Answers what a Go build cache is made of. Changes nothing.
package struct AnalyzeRun: Sendable {
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
        let cache = try scope.buildCache(of: request, to: "analyze")
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
            analysis: analysis, census: census,
            toolchains: surroundings.toolchains(scope.policies.selected, owners, accounts),
            threads: request.threads, startedAt: startedAt, finishedAt: surroundings.now(),
            userNames: owners.reduce(into: [:]) { $0[$1] = accounts.name(of: $1) })
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
}
