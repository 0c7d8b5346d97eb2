package import WardenModel
package import WardenPolicy

/// How much is in a cache, as limits count it.
package struct CacheAmounts: Hashable, Sendable {
    /// On the disk; the root itself is not part of it.
    package let allocated: ByteCount
    /// Names of regular files.
    package let files: Int
    /// What the corpus of `go test -fuzz` takes of it.
    package let fuzz: ByteCount

    package init(allocated: ByteCount, files: Int, fuzz: ByteCount) {
        self.allocated = allocated
        self.files = files
        self.fuzz = fuzz
    }

    init(_ census: Census) {
        allocated = census.allocated
        files = census.fileCount
        fuzz = census.groups.reduce(ByteCount.zero) { $1.role == .fuzz ? $0 + $1.allocated : $0 }
    }

    /// Whether a policy allows less, or wants more to be free.
    ///
    /// - Parameter system: What the cache is on; without it nothing is said of what is free.
    package func cross(_ retention: RetentionPolicy, on system: FileSystemObservation?) -> Bool {
        RetentionLimit.usages(retention, self, system).contains(where: \.isCrossed)
    }
}
