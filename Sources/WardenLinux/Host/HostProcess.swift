package import SystemPackage
package import WardenModel

/// A process, as `/proc` shows it at one moment.
package struct HostProcess: Sendable {
    /// What it runs.
    package struct Program: Hashable, Sendable {
        /// The file that a process was made of.
        package enum Executable: Hashable, Sendable {
            case file(FilePath)
            /// Its name was removed or given to another file since.
            case removed(FilePath)
            /// The kernel does not say: it takes the right to trace the process, or there is none (a kernel thread).
            case hidden
        }

        /// At most 15 bytes, which the process itself can set (`comm`).
        package let name: [UInt8]
        package let executable: Executable

        package init(name: [UInt8], executable: Executable) {
            self.name = name
            self.executable = executable
        }
    }

    /// What absolute paths mean to a process: its mount namespace and its root directory.
    package struct FileView: Hashable, Sendable {
        /// The inode of `/proc/PID/ns/mnt`; see `mount_namespaces(7)`.
        let mountNamespace: UInt64
        /// Differs from that of other processes after `chroot(2)`.
        let root: InodeIdentity
    }

    /// Its command line, which may have been cut.
    package struct Arguments: Hashable, Sendable {
        package let words: [[UInt8]]
        /// Whether further words, or the rest of the last one, are unknown.
        package let isCut: Bool

        package init(words: [[UInt8]], isCut: Bool) {
            self.words = words
            self.isCut = isCut
        }
    }

    package let id: Int32
    package let parent: Int32
    package let program: Program
    /// Its real user.
    package let user: UserID
    /// When it was forked, or up to two clock ticks (20 ms) earlier, by the wall clock as it stands now.
    package let startedAt: Timestamp
    /// `nil` where it cannot be read.
    package let view: FileView?
    /// The variables that its program was started with, bytes that are no UTF-8 replaced by U+FFFD; `nil` where they
    /// cannot be read, or are more than 1 MiB.
    package let environment: [String: String]?
    /// At most 4 KiB of it.
    package let arguments: Arguments
}
