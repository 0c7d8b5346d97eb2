internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// What a report adds to its findings: things to know, and the commands to go on with.
struct Advice {
    let notes: [String]
    let nextSteps: [String]

    init(
        scope: RunScope, request: RunRequest, caches: [RunReport.Cache], toolchains: [RunReport.Toolchain],
        delivery: RunReport.Delivery,
        verdict: RunReport.Verdict
    ) {
        var notes: [String] = []
        var steps: [String] = []
        let waiting =
            caches.contains { $0.standing.contains { $0.disposition == .repairable } }
            || toolchains.contains { $0.standing.contains { $0.disposition == .repairable } }
            || delivery.standing.contains { $0.disposition == .repairable }
        let auditing =
            caches.filter { $0.plan.mode == .audit }.map(\.plan.name)
            + toolchains.filter { $0.plan.mode == .audit && $0.plan.finding != nil }.map(\.plan.path.string)
            + Set(delivery.plan.files.filter { $0.mode == .audit && $0.finding != nil }.map(\.path.string)).sorted()
        if request.command == .apply, waiting, !auditing.isEmpty {
            let names = auditing.map { "'\(escapedForDisplay($0))'" }.joined(separator: ", ")
            notes.append("the policy of \(names) is in audit mode: it reports and never changes anything")
            steps.append("set 'mode: enforce' in the policy, then: cachewarden apply\(Self.options(request))")
        }
        if scope.isOwnCache {
            steps += Self.ownCacheSteps(caches)
        } else if waiting, request.command != .apply {
            if request.command == .check { steps.append("cachewarden plan\(Self.options(request))") }
            if auditing.isEmpty { steps.append("cachewarden apply\(Self.options(request))") }
        }
        if request.command == .apply, waiting, auditing.isEmpty {
            // Interrupted, or somebody makes drift while it is repaired: the next run goes on where this one ended.
            steps.append("cachewarden apply\(Self.options(request))")
        }
        if request.command == .apply, verdict == .repaired || verdict == .partlyRepaired {
            steps.append("cachewarden audit show")
        }
        self.notes = notes
        nextSteps = steps
    }

    /// A policy would bound and share what today is neither.
    private static func ownCacheSteps(_ caches: [RunReport.Cache]) -> [String] {
        guard let cache = caches.first, cache.before.census != nil else {
            return ["go build ./... (the first build makes the cache), then: cachewarden check"]
        }
        return [
            "write a policy that bounds its size and says who may use it; 'cachewarden policy schema' has every key, "
                + "policies/developer-laptop.yaml is one to start from",
            "cachewarden policy lint FILE",
            "cachewarden check --policy FILE",
        ]
    }

    private static func options(_ request: RunRequest) -> String {
        request.policies.map { " --policy \(shellQuoted($0.string))" }.joined()
    }

    /// Returns a word as a shell reads it back.
    private static func shellQuoted(_ word: String) -> String {
        let safe = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return safe
            ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
