internal import CLinux
internal import Glibc
package import SystemPackage

/// A file descriptor with one owner: closed when its owner goes.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let raw: FileDescriptor

    package init(adopting raw: FileDescriptor) { self.raw = raw }

    deinit {
        // Nobody is left to tell; who writes calls `finish()`, which throws.
        try? raw.close()
    }

    /// The number of the descriptor, for shims.
    var number: CInt { raw.rawValue }
}
