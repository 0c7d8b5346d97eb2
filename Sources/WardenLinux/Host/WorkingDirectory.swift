internal import Glibc
package import SystemPackage

/// Where the agent was started.
package enum WorkingDirectory {
    /// Returns the absolute path, `/` where it is gone. Corresponds to `getcwd(3)`.
    package static var current: FilePath {
        guard let path = unsafe getcwd(nil, 0) else { return FilePath("/") }
        defer { unsafe free(path) }
        return unsafe FilePath(platformString: path)
    }

    /// Returns what a path means to whoever started the agent: absolute, and without `.` and `..`.
    package static func absolute(_ path: FilePath) -> FilePath { current.pushing(path).lexicallyNormalized() }
}
