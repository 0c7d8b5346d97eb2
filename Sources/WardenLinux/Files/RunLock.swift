internal import Glibc
package import SystemPackage
internal import WardenModel

/// Keeps two runs from working on one host, or for one user, at the same time.
///
/// Held until the value goes or the process ends, however it ends: a lock file that a dead process left is free. The
/// file stays: removing it would let two processes lock two files of one name. Corresponds to `flock(2)`.
package struct RunLock: ~Copyable, Sendable {
    private let file: LockedFile

    /// Takes the lock, or returns `nil` where another run holds it; never waits.
    ///
    /// Missing directories are made with mode 0700, the file with 0600. The way to the file must be trusted as for
    /// `TrustedFile.read(_:limit:trusting:)`; in a sticky directory (`/tmp`) a file that somebody else put there is
    /// refused.
    package static func acquire(at path: FilePath) throws(FileError) -> RunLock? {
        let task = FileTask(operation: "lock", path: path)
        let trust = Trust.rootAndCaller
        let directory = try TrustedDirectory.openParent(
            of: path, .created(mode: ModeBits(0o700)), trusting: trust, for: task)
        guard let file = try LockedFile.open(path, in: directory, flags: O_RDWR, trusting: trust, for: task) else {
            return nil
        }
        return RunLock(file: file)
    }

    /// Like `acquire(at:)`, and tries again for `patience`, every 20 to 100 ms, so that many who wait leave
    /// the processors to the holder. Blocks the calling thread.
    package static func acquire(at path: FilePath, waitingUpTo patience: Duration) throws(FileError) -> RunLock? {
        let end = ContinuousClock.now + patience
        while true {
            if let lock = try acquire(at: path) { return lock }
            guard ContinuousClock.now < end else { return nil }
            usleep(.random(in: 20_000...100_000))
        }
    }
}
