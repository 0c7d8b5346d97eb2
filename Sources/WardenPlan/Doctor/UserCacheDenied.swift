internal import SystemPackage
internal import WardenModel

/// `user-cache-denied`: a policy sends a user's builds to a cache that they may not use.
struct UserCacheDenied: BuildRule {
    static func findings(_ context: BuildContext) -> [Finding] {
        context.user.denials.map { denial in
            let path = "'\(escapedForDisplay(denial.path.string))'"
            let verbs = denial.operations.map(\.rawValue).joined(separator: ", ")
            return context.finding(
                .userCacheDenied, context.name, wanted: "rights to read, search, create and delete in \(path)",
                found: "they cannot \(verbs)",
                remedy:
                    "'cachewarden access \(path) --user \(escapedForDisplay(context.user.subject.name))' says what decides"
            )
        }
    }
}
