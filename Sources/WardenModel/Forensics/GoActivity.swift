package import SystemPackage

/// A `go` command that runs now, and what it is doing.
package struct GoActivity: Hashable, Sendable {
    /// A compiler, linker or another tool that it has started and waits for.
    package struct Step: Hashable, Sendable {
        /// `compile`, `link`, `cgo`.
        package let tool: String
        /// The import path of what it works on, escaped for display; `nil` where its command line does not say.
        package let package: String?

        package init(tool: String, package: String?) {
            self.tool = tool
            self.package = package
        }
    }

    /// Where it keeps its cache.
    package enum Cache: Hashable, Sendable {
        case known(EffectiveVariable)
        /// Its paths mean something else: it has a root or mounts of its own, as in a container.
        case elsewhere
        /// Its environment cannot be read, or the files that it read have changed since.
        case unknown
    }

    package let process: Int32
    package let user: UserID
    package let startedAt: Timestamp
    /// The first words of its command line, escaped for display.
    package let command: String
    package let kind: RunningBuild.Activity
    /// The systemd unit or scope that it runs in.
    package let unit: String?
    package let cache: Cache
    /// GOENV, where somebody has set it.
    package let settingsFile: String?
    /// Files with settings of Go's that it has open, escaped for display; ` (deleted)` behind one that is gone.
    package let openSettings: [String]
    package let steps: [Step]
    /// What it and its finished steps have handed to `write(2)`, its work folder included; `nil` where that is not told.
    package let written: ByteCount?

    package init(
        process: Int32, user: UserID, startedAt: Timestamp, command: String, kind: RunningBuild.Activity, unit: String?,
        cache: Cache, settingsFile: String?, openSettings: [String], steps: [Step], written: ByteCount?
    ) {
        self.process = process
        self.user = user
        self.startedAt = startedAt
        self.command = command
        self.kind = kind
        self.unit = unit
        self.cache = cache
        self.settingsFile = settingsFile
        self.openSettings = openSettings
        self.steps = steps
        self.written = written
    }
}
