internal import SystemPackage
package import WardenModel

/// Returns an error for each thing that two of the policies in force, or two parts of one, claim against each other.
///
/// The same policy name, a cache name twice in one policy, the same or nested cache roots, one variable with two
/// values. Each error stands at the later of the two places and names the earlier. An audit log in a cache is an error
/// at the cache. Sorted by file, line and column.
package func conflicts(among policies: [Policy], settings: Settings = Settings()) -> [Diagnostic] {
    sorted(
        nameConflicts(policies) + cacheNameConflicts(policies) + rootConflicts(policies) + variableConflicts(policies)
            + auditConflicts(policies, settings) + waiverConflicts(policies))
}

/// A value and where it was claimed.
private struct Claim<Value> {
    let value: Value
    let policy: Policy
    let place: SourcePlace?

    /// `shared.yaml:12:5`, or the built-in policy.
    var location: String {
        guard let file = policy.file else { return "the built-in policy" }
        guard let mark = place?.mark else { return "'\(escapedForDisplay(file.string))'" }
        return "'\(escapedForDisplay(file.string))' line \(mark.line), column \(mark.column)"
    }

    func report(_ id: LintID, _ message: String, _ suggestion: String) -> Diagnostic {
        Diagnostic(
            level: LintReference.of(id).level, id: id.rawValue, file: policy.file ?? "built-in", mark: place?.mark,
            sourceLine: place?.line, message: message, suggestion: suggestion)
    }
}

private func nameConflicts(_ policies: [Policy]) -> [Diagnostic] {
    let claims = policies.map { Claim(value: $0.name, policy: $0, place: $0.places.name) }
    return repeated(claims).map { first, second in
        second.report(
            .policyNameTwice,
            "the policy name '\(escapedForDisplay(second.value))' is already taken in \(first.location)",
            "give each policy a name of its own")
    }
}

private func cacheNameConflicts(_ policies: [Policy]) -> [Diagnostic] {
    // Two policies may each have a 'go-build': they are told apart by their policies and their paths.
    let repeats = policies.flatMap { policy in repeated(cacheClaims([policy]).map { cache, _ in cache }) }
    return repeats.map { first, second in
        second.report(
            .cacheNameTwice,
            "the cache name '\(escapedForDisplay(second.value))' is already taken in \(first.location)",
            "give each cache a 'name' of its own")
    }
}

private func rootConflicts(_ policies: [Policy]) -> [Diagnostic] {
    let claims = cacheClaims(policies).map { _, path in path }
    var errors: [Diagnostic] = []
    for (index, second) in claims.enumerated() {
        for first in claims[..<index] {
            guard let relation = relation(of: second.value, to: first.value) else { continue }
            errors.append(
                second.report(
                    .cacheRootsOverlap,
                    "the cache root '\(escapedForDisplay(second.value.string))' \(relation) "
                        + "'\(escapedForDisplay(first.value.string))' of policy '\(first.policy.name)' in \(first.location)",
                    "let one policy govern each tree"))
        }
    }
    return errors
}

private func relation(of path: FilePath, to other: FilePath) -> String? {
    if path == other { return "is the same as" }
    if path.starts(with: other) { return "lies in" }
    return other.starts(with: path) ? "holds" : nil
}

private func variableConflicts(_ policies: [Policy]) -> [Diagnostic] {
    var first: [String: Claim<String>] = [:]
    var errors: [Diagnostic] = []
    for policy in policies {
        for (index, environment) in policy.environment.enumerated() {
            let places = policy.places.variables.indices.contains(index) ? policy.places.variables[index] : [:]
            for (name, value) in environment.variables.sorted(by: { $0.key < $1.key }) {
                let claim = Claim(value: value, policy: policy, place: places[name])
                guard let earlier = first[name] else {
                    first[name] = claim
                    continue
                }
                guard earlier.value != value else { continue }
                errors.append(
                    claim.report(
                        .variableTwice,
                        "'\(name)' is set to '\(escapedForDisplay(value))' here and to "
                            + "'\(escapedForDisplay(earlier.value))' in \(earlier.location)",
                        "set each variable to one value"))
            }
        }
    }
    return errors
}

private func waiverConflicts(_ policies: [Policy]) -> [Diagnostic] {
    let count = policies.reduce(0) { $0 + $1.waivers.count }
    guard count > waiverLimit, let policy = policies.last(where: { !$0.waivers.isEmpty }) else { return [] }
    return [
        Claim(value: policy.name, policy: policy, place: policy.places.name).report(
            .waiversTooMany, "the policies in force have \(count) waivers; \(waiverLimit) are the most",
            "put waivers of one rule together at a directory above")
    ]
}

/// As many parts of a cache as a walk can tell apart.
private let waiverLimit = 255

private func auditConflicts(_ policies: [Policy], _ settings: Settings) -> [Diagnostic] {
    guard let log = settings.audit.path else { return [] }
    return cacheClaims(policies).map { _, root in root }.filter { log.starts(with: $0.value) }.map { root in
        root.report(
            .auditInCache,
            "the settings put the audit log '\(escapedForDisplay(log.string))' into this cache, whose users could replace "
                + "it, and whose full disk would have no room for it",
            "audit: {path: /var/log/cachewarden/audit.jsonl}")
    }
}

/// Returns the name and the path of every cache in all policies' order.
private func cacheClaims(_ policies: [Policy]) -> [(name: Claim<String>, path: Claim<FilePath>)] {
    policies.flatMap { policy in
        policy.caches.enumerated().map { index, cache in
            let places = policy.places.caches.indices.contains(index) ? policy.places.caches[index] : nil
            return (
                Claim(value: cache.name, policy: policy, place: places?.name),
                Claim(value: cache.path, policy: policy, place: places?.path)
            )
        }
    }
}

/// Returns each claim that repeats an earlier one, with that one.
private func repeated<Value: Hashable>(_ claims: [Claim<Value>]) -> [(first: Claim<Value>, second: Claim<Value>)] {
    var seen: [Value: Claim<Value>] = [:]
    return claims.compactMap { claim in
        guard let first = seen[claim.value] else {
            seen[claim.value] = claim
            return nil
        }
        return (first, claim)
    }
}
