package import WardenModel

/// What stands in the reference about one check of policy files: whether it refuses them, why, and what to do.
package struct LintReference: Sendable {
    package let id: LintID
    /// An error refuses the policy; a warning is printed, and the run goes on.
    package let level: Diagnostic.Level
    /// What the check finds, one sentence.
    package let summary: String
    /// Why that matters for builds.
    package let why: String
    /// What to do about it.
    package let remedy: String

    /// Returns the reference of a check; every check has one.
    package static func of(_ id: LintID) -> LintReference {
        let text = text(of: id)
        return LintReference(id: id, level: text.level, summary: text.summary, why: text.why, remedy: text.remedy)
    }

    private static func text(of id: LintID) -> LintText {
        switch id {
        case .reservedPath: .reservedPath
        case .cacheInHome: .cacheInHome
        case .otherWritable: .otherWritable
        case .untrustedSharing: .untrustedSharing
        case .privilegedUser: .privilegedUser
        case .readersWithoutWrite: .readersWithoutWrite
        case .noSetgid: .noSetgid
        case .noDefaultACL: .noDefaultACL
        case .stickyDirectories: .stickyDirectories
        case .setUserID: .setUserID
        case .badFileMode: .badFileMode
        case .entryOwnerSet: .entryOwnerSet
        case .repeatedACLEntry: .repeatedACLEntry
        case .aclContradictsMode: .aclContradictsMode
        case .maskCutsEntry: .maskCutsEntry
        case .keepRecentShort: .keepRecentShort
        case .ageBelowKeepRecent: .ageBelowKeepRecent
        case .cleanNeedsGoBuild: .cleanNeedsGoBuild
        case .dropNeedsGoBuild: .dropNeedsGoBuild
        case .cleanNeedsOwner: .cleanNeedsOwner
        case .patternsNeedDirectory: .patternsNeedDirectory
        case .policyNameTwice: .policyNameTwice
        case .cacheNameTwice: .cacheNameTwice
        case .cacheRootsOverlap: .cacheRootsOverlap
        case .variableTwice: .variableTwice
        case .deliveryPartial: .deliveryPartial
        case .secretInVariable: .secretInVariable
        case .toolchainReplaceable: .toolchainReplaceable
        case .archiveHidden: .archiveHidden
        case .waiverCannotHold: .waiverCannotHold
        case .waiversTooMany: .waiversTooMany
        case .secretInSettings: .secretInSettings
        case .auditInCache: .auditInCache
        }
    }
}

/// The texts of one check.
struct LintText: Sendable {
    let level: Diagnostic.Level
    let summary: String
    let why: String
    let remedy: String

    init(_ level: Diagnostic.Level, _ summary: String, why: String, remedy: String) {
        self.level = level
        self.summary = summary
        self.why = why
        self.remedy = remedy
    }
}
