internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPolicy

/// Compares the outputs of one cache with their names. Changes nothing.
package struct VerifyRun: Sendable {
    private let request: RunRequest
    private let surroundings: Surroundings

    /// - Parameter request: Its target is one cache.
    package init(_ request: RunRequest, in surroundings: Surroundings) {
        self.request = request
        self.surroundings = surroundings
    }

    /// Returns what was found; throws `AgentError` where the cache cannot be looked at or is none of Go's.
    package func run() throws -> VerificationReport {
        let scope = try RunScope(request, surroundings)
        guard let subject = scope.subjects.first, scope.subjects.count == 1 else {
            throw AgentError.failed("there is no cache to verify", remedy: "name one, or give its path")
        }
        let cache = subject.cache
        guard cache.layout == .goBuild else {
            throw AgentError.failed(
                "cannot verify cache '\(escapedForDisplay(cache.name))': its layout is \(cache.layout.rawValue)",
                remedy: "only the outputs of a 'go-build' cache are named by their content")
        }
        let startedAt = surroundings.now()
        let verification = try verify(cache)
        let finishedAt = surroundings.now()
        guard verification.isRecognised else {
            throw AgentError.failed(
                "'\(escapedForDisplay(cache.path.string))' is no Go build cache: it holds other names, and no output",
                remedy: "give the path that 'go env GOCACHE' prints")
        }
        let accounts = Accounts()
        var names: [UserID: String] = [:]
        for owner in Set(verification.mismatches.map(\.owner)) { names[owner] = accounts.name(of: owner) }
        return VerificationReport(
            cache: cache.name, root: cache.path,
            policy: scope.policies.selected.first { $0.caches.contains { $0.path == cache.path } }?.name,
            verification: verification, threads: request.threads, startedAt: startedAt, finishedAt: finishedAt,
            userNames: names)
    }

    private func verify(_ cache: CachePolicy) throws(AgentError) -> OutputVerification {
        do throws(Errno) {
            let verifier = try OutputVerifier(
                top: surroundings.top, path: cache.path, threads: request.threads, now: surroundings.now,
                progress: request.progress)
            return try verifier.verify()
        } catch {
            throw .failed("cannot verify '\(escapedForDisplay(cache.path.string))': \(error)", remedy: nil)
        }
    }
}

extension VerificationReport {
    /// The exit code that says it to a script (policy-language.md, "Exit codes"): what was damaged and is gone is no
    /// damage any more.
    package var exitCode: Int32 {
        switch verdict {
        case .intact, .empty: 0
        case .incomplete: 1
        case .damaged:
            if let repair, repair.verdict.exitCode != 0 { repair.verdict.exitCode } else { isRepairedWhole ? 0 : 2 }
        }
    }

    private var isRepairedWhole: Bool {
        repair != nil && verification.mismatches.count == verification.mismatchCount
    }
}
