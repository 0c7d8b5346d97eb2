package import SystemPackage
package import WardenModel

/// A file that could not be used, or must not be.
package struct FileError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case system(Errno)
        case symbolicLink
        case notRegular(NodeKind)
        case notDirectory(NodeKind)
        case larger(than: ByteCount)
        /// Owned by somebody who is not trusted.
        case untrustedOwner(UserID)
        /// Its group, others, or a user or group named in its ACL may write to it.
        case writableByOthers(ModeBits)
        /// It has more names than one: another may stand where anybody can use it.
        case hardLinked
    }

    package let reason: Reason
    /// What was tried, an infinitive: `read`, `lock`.
    package let operation: String
    /// The file that it was about.
    package let path: FilePath
    /// The path that is in the way: the file itself, or a directory above it.
    package let culprit: FilePath

    package init(_ reason: Reason, operation: String, path: FilePath, culprit: FilePath) {
        self.reason = reason
        self.operation = operation
        self.path = path
        self.culprit = culprit
    }

    /// Whether there simply is no such file.
    package var isMissing: Bool { reason == .system(.noSuchFileOrDirectory) }

    /// What to do about it: a command, or half a sentence; `nil` where the reason says enough.
    package var remedy: String? {
        let quoted = "'\(escapedForDisplay(culprit.kernelBytes))'"
        return switch reason {
        case .symbolicLink: "name the file itself, or put the file in the link's place"
        case .untrustedOwner: "chown root \(quoted)"
        case .writableByOthers(let mode) where mode.isSticky:
            "move the file to a directory that only its owner may write"
        case .writableByOthers: "chmod go-w \(quoted)"
        case .hardLinked: "remove its other names, or put a copy in its place"
        case .system, .notRegular, .notDirectory, .larger: nil
        }
    }
}

extension FileError: CustomStringConvertible {
    package var description: String {
        let what = "cannot \(operation) '\(escapedForDisplay(path.kernelBytes))'"
        let subject = culprit == path ? "" : "'\(escapedForDisplay(culprit.kernelBytes))': "
        return "\(what): \(subject)\(reason)" + (remedy.map { " (\($0))" } ?? "")
    }
}

extension FileError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let cause): cause.description
        case .symbolicLink: "is a symbolic link"
        case .notRegular(let kind): "is a \(kind.forPeople), not a regular file"
        case .notDirectory(let kind): "is a \(kind.forPeople), not a directory"
        case .larger(let limit): "is larger than \(limit)"
        case .untrustedOwner(let owner): "is owned by user \(owner.rawValue), who is neither root nor the caller"
        case .writableByOthers(let mode): "can be written by others than its owner (mode \(mode))"
        case .hardLinked: "has more than one name"
        }
    }
}

extension NodeKind {
    fileprivate var forPeople: String {
        switch self {
        case .file: "regular file"
        case .directory: "directory"
        case .symbolicLink: "symbolic link"
        case .fifo: "FIFO"
        case .socket: "socket"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .unknown: "thing of unknown kind"
        }
    }
}

/// What is being done to which file, for the errors on the way.
struct FileTask: Sendable {
    let operation: String
    let path: FilePath

    func error(_ reason: FileError.Reason, at culprit: FilePath? = nil) -> FileError {
        FileError(reason, operation: operation, path: path, culprit: culprit ?? path)
    }

    /// Runs `body`; its `errno` becomes an error about `culprit`, or about the file itself.
    func attempt<Result: ~Copyable>(
        at culprit: FilePath? = nil, _ body: () throws(Errno) -> Result
    ) throws(FileError) -> Result {
        do throws(Errno) { return try body() } catch { throw self.error(.system(error), at: culprit) }
    }
    /// Like `attempt(at:_:)`, and `nil` where `body` throws `expected`.
    func attempt<Result: ~Copyable>(
        expecting expected: Errno, _ body: () throws(Errno) -> Result
    ) throws(FileError) -> Result? {
        do throws(Errno) {
            return try body()
        } catch {
            guard error == expected else { throw self.error(.system(error)) }
            return nil
        }
    }
}
