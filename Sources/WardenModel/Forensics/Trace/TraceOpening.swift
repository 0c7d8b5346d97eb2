package import SystemPackage

/// What is traced, and how.
package struct TraceOpening: Sendable {
    /// Why no event names its process.
    package enum Obstacle: String, Hashable, Sendable, CaseIterable {
        /// `CAP_SYS_ADMIN` is missing (`capabilities(7)`).
        case capability = "no-capability"
        /// The kernel refuses it here, whatever the rights: this file system, or a container.
        case refused
    }

    package let cache: String
    package let root: FilePath
    package let policy: String?
    package let method: TraceMethod
    /// `nil` where each event names its process.
    package let obstacle: Obstacle?
    /// Whether reads are asked for.
    package let isWithReads: Bool
    package let startedAt: Timestamp

    package init(
        cache: String, root: FilePath, policy: String?, method: TraceMethod, obstacle: Obstacle?, isWithReads: Bool,
        startedAt: Timestamp
    ) {
        self.cache = cache
        self.root = root
        self.policy = policy
        self.method = method
        self.obstacle = obstacle
        self.isWithReads = isWithReads
        self.startedAt = startedAt
    }

    /// Whether reads are told too: by inotify they would be those of whoever traces as well.
    package var tellsReads: Bool { isWithReads && method == .fanotify }
}
