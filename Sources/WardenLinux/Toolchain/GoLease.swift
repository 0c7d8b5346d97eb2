internal import CLinux
internal import Glibc
internal import SystemPackage

/// The kernel's word that nobody runs a toolchain's `go`, and that whoever wants to from now on waits until the lease
/// goes. Corresponds to `fcntl(2)` with `F_SETLEASE` and `F_WRLCK`.
///
/// A `go` that runs knows the path at which it was started and looks for its tools there, so a toolchain may only move
/// while nobody runs it. Whoever waits has found the file already: it gets the `go` that was leased, wherever that is
/// then. The kernel lets it wait for `/proc/sys/fs/lease-break-time` at most, 45 s unless somebody wants it otherwise.
package struct GoLease: ~Copyable {
    private let file: OwnedDescriptor

    /// Throws `.resourceTemporarilyUnavailable` where somebody has the file open or runs it, and `.permissionDenied` for
    /// others' files without `CAP_LEASE`.
    init(on file: consuming OwnedDescriptor) throws(Errno) {
        let number = file.number
        _ = try retrying { clinux_lease(number) }
        self.file = consume file
    }

    /// Whether somebody waits for the lease's end.
    package var isAsked: Bool { clinux_lease_holds(file.number) == 0 }
}

extension OwnedDescriptor {
    /// Makes a file in this directory, mode 0600; throws `.fileExists` where something stands there.
    func makeFile(_ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        try openForWriting(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    }

    /// Waits until all that was written to this descriptor's file system is on the disk. Corresponds to `syncfs(2)`.
    func synchronizeFileSystem() throws(Errno) {
        let number = number
        _ = try retrying { clinux_syncfs(number) }
    }
}
