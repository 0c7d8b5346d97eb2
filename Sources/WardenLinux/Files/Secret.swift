internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// Bytes that nobody may see: a key, a webhook's URL.
///
/// Whatever is printed, interpolated or dumped of it is `<secret>`. The bytes stand in one place in memory, which is
/// overwritten with zeros when the last user lets go of it. Corresponds to `explicit_bzero(3)`.
// Sendable, because nothing writes to the memory between `init` and `deinit`.
@safe package final class Secret: @unchecked Sendable {
    /// Larger files hold no secret but something else.
    package static let largest = ByteCount(64 << 10)

    private static let capacity = Int(largest.rawValue) + 1
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    /// How many bytes it has; at least one.
    package let count: Int

    /// Reads a file that only trusted users can have written and that not everybody may read.
    ///
    /// One line break at the end does not belong to the secret. The file's group may read it: the rights of a unit's
    /// own user, which systemd gives by an ACL, show there.
    package init(reading path: FilePath) throws(SecretError) {
        let found = unsafe Self.read(path, into: memory)
        count = (try? found.get()) ?? 0  // The error is thrown two lines down, when `self` is whole.
        guard case .failure(let error) = found else { return }
        throw error
    }

    deinit {
        unsafe explicit_bzero(memory, Self.capacity)
        unsafe memory.deallocate()
    }

    /// Calls `body` with the bytes, which are good until it returns. Copies of them are the caller's to clear.
    package func withBytes<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(start: memory, count: count)
        return unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }

    /// Reads a file straight into the memory that will be cleared, and returns how many bytes of it are the secret.
    private static func read(
        _ path: FilePath, into memory: UnsafeMutableRawPointer
    ) -> Result<Int, SecretError> {
        let task = FileTask(operation: "read the secret in", path: path)
        let count: Int
        do throws(FileError) {
            let trust = Trust.rootAndCaller
            let directory = try TrustedDirectory.openParent(of: path, .refused, trusting: trust, for: task)
            let file = try openRegular(path, in: directory.descriptor, for: task)
            let status = try task.attempt { () throws(Errno) in try file.status() }
            if let objection = trust.objection(to: status) { throw task.error(objection) }
            guard status.mode.rawValue & 0o004 == 0 else { return .failure(.readable(path, status.mode)) }
            count = try task.attempt { () throws(Errno) in try unsafe fill(memory, from: file) }
        } catch {
            return .failure(.file(error))
        }
        guard count <= Int(largest.rawValue) else { return .failure(.file(task.error(.larger(than: largest)))) }
        let bytes = unsafe UnsafeRawBufferPointer(start: memory, count: count)
        var kept = count
        if kept > 0, unsafe bytes[kept - 1] == UInt8(ascii: "\n") { kept -= 1 }
        if kept > 0, kept < count, unsafe bytes[kept - 1] == UInt8(ascii: "\r") { kept -= 1 }
        return kept > 0 ? .success(kept) : .failure(.empty(path))
    }

    /// Reads until the memory is full or the file ends. Corresponds to `pread(2)`.
    private static func fill(
        _ memory: UnsafeMutableRawPointer, from file: borrowing OwnedDescriptor
    ) throws(Errno) -> Int {
        let number = file.number
        var count = 0
        while count < capacity {
            let got = try retryingCount {
                let got = unsafe pread(number, memory + count, capacity - count, off_t(count))
                return got < 0 ? -Int(errno) : got
            }
            guard got > 0 else { break }
            count += got
        }
        return count
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret that could not be read, or must not be used. Never says anything of its content.
package enum SecretError: Error, Hashable, Sendable {
    case file(FileError)
    /// Everybody may read it.
    case readable(FilePath, ModeBits)
    case empty(FilePath)
}

extension SecretError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let error): error.description
        case .readable(let path, let mode):
            "cannot use the secret in \(Self.quoted(path)): everybody can read it (mode \(mode)); make a new one, and "
                + "keep it in a file of mode 0400"
        case .empty(let path): "cannot use the secret in \(Self.quoted(path)): the file is empty"
        }
    }

    /// Whether there simply is no such file.
    package var isMissing: Bool {
        if case .file(let error) = self { return error.isMissing }
        return false
    }

    private static func quoted(_ path: FilePath) -> String { "'\(escapedForDisplay(path.kernelBytes))'" }
}
