package import SystemPackage
package import WardenModel

/// One policy file, read and checked: which hosts it is for and what must hold there.
package struct Policy: Sendable {
    package let name: String
    package let description: String?
    /// Where it was read; `nil` for the built-in policy.
    package let file: FilePath?
    /// SHA-256 of the bytes that were read, lower-case hexadecimal; filled in by whoever read the file.
    package var digest: String?
    package let mode: CachePlan.Mode
    /// Any of them selects the host; empty selects every host.
    package let hosts: [HostSelector]
    package let caches: [CachePolicy]
    package let environment: [EnvironmentPolicy]
    package let toolchains: [ToolchainPolicy]
    package let waivers: [Waiver]
    /// Where in `file` the values stand that other policies may contradict; empty for a policy made by hand.
    package var places = SourcePlaces()

    package init(
        name: String, description: String? = nil, file: FilePath? = nil, digest: String? = nil,
        mode: CachePlan.Mode = .audit, hosts: [HostSelector] = [], caches: [CachePolicy],
        environment: [EnvironmentPolicy] = [], toolchains: [ToolchainPolicy] = [], waivers: [Waiver] = []
    ) {
        self.name = name
        self.description = description
        self.file = file
        self.digest = digest
        self.mode = mode
        self.hosts = hosts
        self.caches = caches
        self.environment = environment
        self.toolchains = toolchains
        self.waivers = waivers
    }
}

/// A condition on the host; all parts that are set must hold.
package struct HostSelector: Hashable, Sendable {
    /// A glob on the short or the full host name.
    package let name: String?
    /// Every one must be among the host's labels.
    package let labels: [String: String]

    package init(name: String? = nil, labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
    }
}

/// How builds find the cache: variables and the ways they are delivered.
package struct EnvironmentPolicy: Hashable, Sendable {
    package enum Delivery: String, Hashable, Sendable, CaseIterable {
        case loginShells = "login-shells"
        case userServices = "user-services"
        case systemServices = "system-services"
        case goEnv = "go-env"
    }

    package let variables: [String: String]
    package let deliver: [Delivery]
    /// Whose effective values are verified; `nil` for nobody's.
    package let usersGroup: String?

    package init(variables: [String: String], deliver: [Delivery], usersGroup: String?) {
        self.variables = variables
        self.deliver = deliver
        self.usersGroup = usersGroup
    }
}

/// A Go toolchain that must stand at a path.
package struct ToolchainPolicy: Hashable, Sendable {
    package let path: FilePath
    package let archive: FilePath
    /// Lower-case hexadecimal.
    package let sha256: String
    /// Whether `/etc/profile.d` puts its `bin` on PATH.
    package let pathEntry: Bool

    package init(path: FilePath, archive: FilePath, sha256: String, pathEntry: Bool) {
        self.path = path
        self.archive = archive
        self.sha256 = sha256
        self.pathEntry = pathEntry
    }
}

/// A finding that somebody accepts until a date.
package struct Waiver: Hashable, Sendable {
    package let rule: RuleID
    package let path: FilePath
    /// The moment it ends; a date alone is the end of that day in UTC.
    package let until: Timestamp
    package let reason: String

    package init(rule: RuleID, path: FilePath, until: Timestamp, reason: String) {
        self.rule = rule
        self.path = path
        self.until = until
        self.reason = reason
    }
}
