internal import SystemPackage
internal import WardenLinux
internal import WardenModel

extension AuditRecord {
    /// The record in one line for people, safe on a terminal: `2026-11-23 04:01:10Z run 7f3a… will change …`.
    package var summary: String {
        "\(shortTime) \(quotedRun) \(event.map(Self.text) ?? "wrote a record of kind \(quoted(kind.rawValue))")"
    }

    /// The time to the second; a text that is none of ours stays as it is.
    private var shortTime: String {
        guard time.utf8.count == 24, time.hasSuffix("Z") else { return escapedForDisplay(time) }
        return escapedForDisplay("\(time.prefix(10)) \(time.dropFirst(11).prefix(8))Z")
    }

    private var quotedRun: String { "run \(escapedForDisplay(String(run.prefix(8))))" }

    private static func text(_ event: AuditEvent) -> String {
        switch event {
        case .runStarted(let start): text(start)
        case .changesIntended(let intention): text(intention)
        case .changesConcluded(let conclusion): text(conclusion)
        case .retentionIntended(let intention): text(intention)
        case .retentionConcluded(let conclusion): text(conclusion)
        case .fileIntended(let intention): text(intention)
        case .fileConcluded(let conclusion): text(conclusion)
        case .toolchainIntended(let intention): text(intention)
        case .toolchainConcluded(let conclusion): text(conclusion)
        case .cacheMeasured(let measured): text(measured)
        case .hostMeasured(let measured): "measured the host: \(text(measured.drift))"
        case .runEnded(let end): text(end)
        case .logStarted(let start): text(start)
        case .recovered(let torn):
            "found \(torn.tornBytes) bytes of a record that was cut short, and went on behind them"
        case .keyChanged(let change):
            "changed the log's key from \(escapedForDisplay(change.from ?? "none")) to \(escapedForDisplay(change.to))"
        case .reserveUsed(let use):
            "gave up the log's reserve of \(ByteCount(use.bytes)): \(escapedForDisplay(use.cause))"
        case .journaled(let records):
            "went on in the file; records \(records.first) and behind stand in systemd's journal alone"
        }
    }

    private static func text(_ start: LogStarted) -> String {
        let key = start.key.map { ", key \(escapedForDisplay($0))" } ?? ""
        let what = start.continues.map { "began a new file behind record \($0)" } ?? "began the log"
        return "\(what) (\(escapedForDisplay(start.algorithm))\(key))"
    }

    private static func text(_ start: RunStarted) -> String {
        let policies = start.policies.map { policy in
            quoted(policy.name) + (policy.digest.map { " (\(escapedForDisplay(String($0.prefix(12)))))" } ?? "")
        }
        let caches = start.caches.map { "\(quoted($0.name)) (\(quoted($0.path)))" }
        return "started '\(escapedForDisplay(start.command))' on \(quoted(start.host)) as user \(start.uid.rawValue), "
            + "version \(escapedForDisplay(start.version)), policies \(list(policies)), caches \(list(caches))"
    }

    private static func text(_ intention: ChangesIntended) -> String {
        let what: String
        if intention.directory.isRoot, intention.names == [.root] {
            what = "the root of \(quoted(intention.cache)) (\(quoted(intention.path)))"
        } else {
            let place = intention.directory.isRoot ? "" : " below '\(intention.directory)'"
            let isOne = intention.names.count == 1
            let kind = intention.role.map { "\($0.rawValue) \(isOne ? "entry" : "entries")" } ?? "names"
            what = "\(intention.names.count) \(kind)\(place) in \(quoted(intention.cache))"
        }
        let rules = intention.rules.map(\.rawValue).joined(separator: ", ")
        let verb = intention.before == nil ? "will make" : "will change"
        return "\(verb) \(what) (\(rules)): \(difference(intention.before, intention.after))"
    }

    private static func text(_ conclusion: ChangesConcluded) -> String {
        guard !conclusion.exceptions.isEmpty else {
            return "changed all \(conclusion.applied) of record \(conclusion.intended)"
        }
        let examples = conclusion.exceptions.prefix(3).map { "'\($0.name)' \($0.outcome.forPeople)" }
        let more = conclusion.exceptions.count > 3 ? ", …" : ""
        return "changed \(conclusion.applied) of record \(conclusion.intended), left "
            + "\(conclusion.exceptions.count): \(examples.joined(separator: ", "))\(more)"
    }

    private static func text(_ intention: RetentionIntended) -> String {
        let place = "in \(quoted(intention.cache)) (\(quoted(intention.path)))"
        let rules = intention.rules.map(\.rawValue).joined(separator: ", ")
        let names = intention.names.prefix(2).map { "'\($0)'" }.joined(separator: ", ")
        switch intention.step {
        case .evict:
            let size = intention.allocated.map { ", \($0)" } ?? ""
            return "will remove \(intention.names.count) entries\(size) \(place) (\(rules)): \(names), …"
        case .setTimes: return "will set \(intention.names.count) mtimes \(place) (\(rules)): \(names), …"
        case .refreshTrim: return "will refresh trim.txt \(place) (\(rules))"
        case .cleanWithGo: return "will run 'go clean -cache' as '\(escapedForDisplay(intention.user ?? "?"))' \(place)"
        }
    }

    private static func text(_ conclusion: RetentionConcluded) -> String {
        var done =
            "removed \(conclusion.removed) (\(ByteCount(conclusion.freedBytes))), set \(conclusion.timesSet) mtimes"
        done += " of record \(conclusion.intended)"
        guard !conclusion.exceptions.isEmpty else { return done }
        let examples = conclusion.exceptions.prefix(3).map { "'\($0.path)' \(escapedForDisplay($0.reason))" }
        return done + ", left \(conclusion.exceptions.count): \(examples.joined(separator: ", "))"
            + (conclusion.exceptions.count > 3 ? ", …" : "")
    }

    private static func text(_ intention: FileIntended) -> String {
        let rules = intention.rules.map(\.rawValue).joined(separator: ", ")
        let verb = intention.after == nil ? "remove" : intention.before == nil ? "make" : "rewrite"
        return "will \(verb) \(quoted(intention.path)) for \(intention.form.readers) (\(rules)), policies "
            + list(intention.policies.map(quoted))
    }

    private static func text(_ conclusion: FileConcluded) -> String {
        let reason = conclusion.reason.map { ": \(escapedForDisplay($0))" } ?? ""
        return "file of record \(conclusion.intended): \(escapedForDisplay(conclusion.outcome))\(reason)"
    }

    private static func text(_ intention: ToolchainIntended) -> String {
        guard intention.step == .install else {
            return "will remove what was left beside the toolchain \(quoted(intention.path))"
        }
        let place = intention.replaces.map { " in place of \(escapedForDisplay($0))" } ?? ""
        return "will install the toolchain \(quoted(intention.path)) from \(quoted(intention.archive))\(place), policy "
            + quoted(intention.policy)
    }

    private static func text(_ conclusion: ToolchainConcluded) -> String {
        let version = conclusion.version.map { " \(escapedForDisplay($0))" } ?? ""
        let reason = conclusion.reason.map { ": \(escapedForDisplay($0))" } ?? ""
        return "toolchain of record \(conclusion.intended): \(escapedForDisplay(conclusion.outcome))\(version)\(reason)"
    }

    private static func text(_ measured: CacheMeasured) -> String {
        func size(_ size: CacheMeasured.Size?) -> String {
            size.map { "\(ByteCount($0.bytes)) in \($0.entries) files" } ?? "nothing"
        }
        let sizes =
            measured.before == measured.after
            ? size(measured.after) : "\(size(measured.before)) → \(size(measured.after))"
        return "measured \(quoted(measured.cache)) (\(quoted(measured.path))): \(sizes); \(text(measured.drift))"
    }

    private static func text(_ drift: DriftCounts) -> String {
        let rules = drift.standing.keys.sorted().map(escapedForDisplay)
        return rules.isEmpty ? "as its policies say" : "differs by \(rules.joined(separator: ", "))"
    }

    private static func text(_ end: RunEnded) -> String {
        "ended \(end.verdict.rawValue) with exit code \(end.exitCode): \(end.applied) applied, \(end.skipped) skipped, "
            + "\(end.failed) failed, \(end.findings) findings stand"
    }

    private static func list(_ items: [String]) -> String { items.isEmpty ? "none" : items.joined(separator: ", ") }

    /// What a repair moves, without what it leaves.
    private static func difference(_ before: NodeState?, _ after: NodeState) -> String {
        var parts: [String] = []
        func compare(_ name: String, _ old: String?, _ new: String) {
            if old != new { parts.append(old.map { "\(name) \($0) → \(new)" } ?? "\(name) \(new)") }
        }
        compare("owner", before.map { String($0.owner.rawValue) }, String(after.owner.rawValue))
        compare("group", before.map { String($0.group.rawValue) }, String(after.group.rawValue))
        compare("mode", before?.mode.description, after.mode.description)
        compare("acl", before.map { $0.accessList.text }, after.accessList.text)
        compare("default acl", before.map { $0.defaultList.text }, after.defaultList.text)
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}

extension AccessList? {
    fileprivate var text: String { self?.recordText ?? "none" }
}

extension Outcome {
    fileprivate var forPeople: String {
        switch self {
        case .applied: "applied"
        case .skipped(let reason): reason.rawValue
        case .failed(let operation, let cause): "failed: cannot \(escapedForDisplay(operation)): \(cause)"
        }
    }
}
