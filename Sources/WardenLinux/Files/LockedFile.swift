internal import CLinux
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// A regular file of a trusted owner, made if it was missing, that this descriptor alone has locked.
///
/// The lock is `flock(2)`'s: it ends with the process, however that ends, so nothing is ever stale.
struct LockedFile: ~Copyable {
    let descriptor: OwnedDescriptor

    init(locked descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Closing is not enough: a child that this process is just making holds the lock until it executes its program.
    deinit { _ = clinux_unlock(descriptor.number) }

    /// How often a name that keeps moving is tried again.
    private static let attempts = 16

    /// Opens and locks `path`'s last name in `directory`; `nil` where somebody else holds the lock.
    ///
    /// - Parameter flags: `O_RDWR`, and `O_APPEND` where wanted.
    static func open(
        _ path: FilePath, in directory: borrowing TrustedDirectory, flags: CInt, trusting trust: Trust,
        for task: FileTask
    ) throws(FileError) -> LockedFile? {
        let name = lastName(path)
        for _ in 0..<attempts {
            guard let file = try openOrCreate(name, directory, flags, trust, task) else { continue }
            let number = file.number
            let lock = try task.attempt(expecting: .wouldBlock) { () throws(Errno) in
                try retrying { clinux_try_lock(number) }
            }
            guard lock != nil else { return nil }
            // Whoever held the lock before may have renamed the file: the name must still lead to what is locked.
            let named = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
                try directory.descriptor.openChild(name, .path).status().identity
            }
            let locked = try task.attempt { () throws(Errno) in try file.status().identity }
            if named == locked { return LockedFile(locked: file) }
        }
        throw task.error(.system(.resourceTemporarilyUnavailable))
    }

    /// Returns `nil` where the name came or went between two calls.
    private static func openOrCreate(
        _ name: [UInt8], _ directory: borrowing TrustedDirectory, _ flags: CInt, _ trust: Trust, _ task: FileTask
    ) throws(FileError) -> OwnedDescriptor? {
        // What stands there is looked at before it is opened: a device may act on being opened.
        let status = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try directory.descriptor.openChild(name, .path).status()
        }
        guard let status else { return try create(name, directory, flags, task) }
        try refuse(status, trust, task)
        let file = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try directory.descriptor.openForWriting(name, flags, mode: 0)
        }
        guard let file else { return nil }
        try refuse(try task.attempt { () throws(Errno) in try file.status() }, trust, task)
        return file
    }

    private static func create(
        _ name: [UInt8], _ directory: borrowing TrustedDirectory, _ flags: CInt, _ task: FileTask
    ) throws(FileError) -> OwnedDescriptor? {
        let file = try task.attempt(expecting: .fileExists) { () throws(Errno) in
            try directory.descriptor.openForWriting(name, flags | O_CREAT | O_EXCL, mode: 0o600)
        }
        guard let file else { return nil }
        try task.attempt { () throws(Errno) in
            try file.synchronize()
            try directory.synchronize()
        }
        return file
    }

    private static func refuse(_ status: NodeStatus, _ trust: Trust, _ task: FileTask) throws(FileError) {
        try refuseIrregular(status, for: task)
        if let objection = trust.objection(to: status) { throw task.error(objection) }
        guard status.links <= 1 else { throw task.error(.hardLinked) }
    }
}
