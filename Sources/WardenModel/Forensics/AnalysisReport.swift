package import SystemPackage

/// What a cache is made of, and what else must be known to tell it.
package struct AnalysisReport: Sendable {
    package let cache: String
    package let root: FilePath
    package let policy: String?
    package let analysis: CacheAnalysis
    package let census: Census
    package let toolchains: InstalledToolchains
    package let threads: Int
    package let startedAt: Timestamp
    package let finishedAt: Timestamp
    package let userNames: [UserID: String]

    package init(
        cache: String, root: FilePath, policy: String?, analysis: CacheAnalysis, census: Census,
        toolchains: InstalledToolchains, threads: Int, startedAt: Timestamp, finishedAt: Timestamp,
        userNames: [UserID: String]
    ) {
        self.cache = cache
        self.root = root
        self.policy = policy
        self.analysis = analysis
        self.census = census
        self.toolchains = toolchains
        self.threads = threads
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.userNames = userNames
    }
}

/// The Go toolchains that a host has, as far as anybody has looked.
package struct InstalledToolchains: Sendable {
    package struct Place: Hashable, Sendable {
        package let path: FilePath
        /// `go1.27.3`.
        package let version: String

        package init(path: FilePath, version: String) {
            self.path = path
            self.version = version
        }
    }

    /// Sorted by path.
    package let found: [Place]

    package init(found: [Place]) { self.found = found.sorted { $0.path.string < $1.path.string } }

    package func has(_ version: String) -> Bool { found.contains { $0.version == version } }
}
