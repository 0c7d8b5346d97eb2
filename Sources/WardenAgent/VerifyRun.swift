internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPolicy

/// Compares what one cache holds with its names or hashes. Changes nothing.
package struct VerifyRun: Sendable {
    /// What was found, by what the cache is.
    package enum Answer: Sendable {
        case outputs(VerificationReport)
        case modules(ModuleVerificationReport)
    }

    private let request: RunRequest
    private let surroundings: Surroundings

    /// - Parameter request: Its target is one cache.
    package init(_ request: RunRequest, in surroundings: Surroundings) {
        self.request = request
        self.surroundings = surroundings
    }

    /// Returns what was found; throws `AgentError` where the cache cannot be looked at or is none of Go's.
    package func run() throws -> Answer {
        let scope = try RunScope(request, surroundings)
        guard let subject = scope.subjects.first, scope.subjects.count == 1 else {
            throw AgentError.failed("there is no cache to verify", remedy: "name one, or give its path")
        }
        let cache = subject.cache
        let policy = scope.policies.selected.first { $0.caches.contains { $0.path == cache.path } }?.name
        switch cache.layout {
        case .directory:
            throw AgentError.failed(
                "cannot verify cache '\(escapedForDisplay(cache.name))': its layout is \(cache.layout.rawValue)",
                remedy: "only what Go makes has hashes: 'go-build' and 'go-mod'")
        case .goBuild:
            // A path that no policy speaks of may be either.
            if subject.isUnspoken, hasDownloads(cache) { return .modules(try verifyModules(cache, policy)) }
            return .outputs(try verifyOutputs(cache, policy))
        case .goMod: return .modules(try verifyModules(cache, policy))
        }
    }

    // MARK: - Modules

    private func verifyModules(_ cache: CachePolicy, _ policy: String?) throws -> ModuleVerificationReport {
        let startedAt = surroundings.now()
        let verification: ModuleVerification
        do throws(Errno) {
            verification = try modules(of: cache).verify()
        } catch {
            throw failure(cache, error)
        }
        guard verification.isRecognised else {
            throw AgentError.failed(
                "'\(escapedForDisplay(cache.path.string))' is no Go module cache: it has neither 'cache/download' nor a "
                    + "module's version", remedy: "give the path that 'go env GOMODCACHE' prints")
        }
        return ModuleVerificationReport(
            cache: cache.name, root: cache.path, policy: policy, verification: verification, threads: request.threads,
            startedAt: startedAt, finishedAt: surroundings.now())
    }

    /// Whether a cache that no policy speaks of holds modules. What cannot be looked at is reported by whoever looks closer.
    private func hasDownloads(_ cache: CachePolicy) -> Bool {
        // As the sentence above says.
        (try? modules(of: cache).hasDownloads) ?? false
    }

    private func modules(of cache: CachePolicy) throws(Errno) -> ModuleVerifier {
        try ModuleVerifier(
            top: surroundings.top, path: cache.path, threads: request.threads, now: surroundings.now,
            progress: request.progress)
    }

    private func failure(_ cache: CachePolicy, _ cause: Errno) -> AgentError {
        .failed("cannot verify '\(escapedForDisplay(cache.path.string))': \(cause)", remedy: nil)
    }

    // MARK: - Outputs

    private func verifyOutputs(_ cache: CachePolicy, _ policy: String?) throws -> VerificationReport {
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
            cache: cache.name, root: cache.path, policy: policy, verification: verification, threads: request.threads,
            startedAt: startedAt, finishedAt: finishedAt, userNames: names)
    }

    private func verify(_ cache: CachePolicy) throws(AgentError) -> OutputVerification {
        do throws(Errno) {
            let verifier = try OutputVerifier(
                top: surroundings.top, path: cache.path, threads: request.threads, now: surroundings.now,
                progress: request.progress)
            return try verifier.verify()
        } catch {
            throw failure(cache, error)
        }
    }
}

extension VerificationReport {
    /// The exit code that says it to a script.
    package var exitCode: Int32 {
        verdict.exitCode(repair, listsAll: verification.mismatches.count == verification.mismatchCount)
    }
}

extension ModuleVerificationReport {
    /// The exit code that says it to a script.
    package var exitCode: Int32 {
        verdict.exitCode(repair, listsAll: verification.damages.count == verification.damageCount)
    }
}

extension VerificationReport.Verdict {
    /// See policy-language.md, "Exit codes": what was damaged and is gone is no damage any more.
    ///
    /// - Parameter listsAll: Whether the repair knew of everything that is damaged.
    fileprivate func exitCode(_ repair: VerificationRepair?, listsAll: Bool) -> Int32 {
        switch self {
        case .intact, .empty: 0
        case .incomplete: 1
        case .damaged:
            if let repair, repair.verdict.exitCode != 0 {
                repair.verdict.exitCode
            } else {
                repair != nil && listsAll ? 0 : 2
            }
        }
    }
}
