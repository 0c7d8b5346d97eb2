internal import WardenModel

/// `user-cache-broken`: GOCACHE is `off` or no absolute path, and every build fails.
///
/// A process without HOME has none either; that is how it is started, and no setting of the user's.
struct UserCacheBroken: BuildRule {
    static func findings(_ context: BuildContext) -> [Finding] {
        var starts: [EffectiveVariable: [BuildStart]] = [:]
        for start in BuildStart.allCases {
            guard let cache = context.user.variables[start]?[.cache], let value = cache.value else { continue }
            if case .standard = cache.origin { continue }
            if !value.hasPrefix("/") { starts[cache, default: []].append(start) }
        }
        return starts.sorted { $0.value.lexicographicallyPrecedes($1.value) { $0.rawValue < $1.rawValue } }.map {
            context.finding(
                .userCacheBroken, "\(context.name): \($0.value.phrase)", wanted: "an absolute path",
                found: "GOCACHE=\(escapedForDisplay($0.key.value ?? "")), \($0.key.origin.phrase)")
        }
    }
}
