import Synchronization
import SystemPackage
import Testing
import WardenDigest
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// Outputs whose names are right, at `/cache` below a directory that stands for `/`, and what a verification says of them.
enum HashedCache {
    /// The moment of every verification unless a test says otherwise.
    static let now = FakeClock().now()
    /// Long enough ago that no build is still at it.
    static let longAgo = Timestamp(seconds: now.seconds - 3_600)

    static func name(of content: [UInt8]) -> String { "\(SHA256Digest(of: content))-d" }

    static func path(of content: [UInt8]) -> FilePath {
        let name = name(of: content)
        return FilePath("cache").appending(String(name.prefix(2))).appending(name)
    }

    /// Writes an output at the name that its content has.
    @discardableResult
    static func add(
        _ content: [UInt8], in directory: borrowing TemporaryDirectory, modified: Timestamp = longAgo
    ) throws -> FilePath {
        let path = path(of: content)
        try makeParents(of: path, in: directory)
        try directory.write(path, content)
        try directory.setTimes(path, modified: modified)
        return path
    }

    /// Writes an executable's directory at the name that the executable's content has; returns the path of the file.
    static func addExecutable(
        _ content: [UInt8], in directory: borrowing TemporaryDirectory
    ) throws -> FilePath {
        let path = path(of: content)
        try makeParents(of: path, in: directory)
        try directory.makeDirectory(path)
        let file = path.appending("tool")
        try directory.write(file, content, mode: ModeBits(0o755))
        try directory.setTimes(file, modified: longAgo)
        return file
    }

    static func makeParents(of path: FilePath, in directory: borrowing TemporaryDirectory) throws {
        for parent in [FilePath("cache"), path.removingLastComponent()] where try !directory.exists(parent) {
            try directory.makeDirectory(parent)
        }
    }

    /// Returns a path below the cache as the verification gives it.
    static func relative(_ path: FilePath) -> RelativePath {
        RelativePath(String(path.string.dropFirst("cache/".count)))
    }

    /// Verifies without waiting; `pause` is called in place of every pause.
    static func verify(
        _ directory: borrowing TemporaryDirectory, threads: Int = 2, now: Timestamp = now,
        isInterrupted: @escaping @Sendable () -> Bool = { false },
        pause: @escaping @Sendable (Duration) -> Void = { _ in }
    ) throws -> OutputVerification {
        try OutputVerifier(
            top: directory.path, path: "/cache", threads: threads, now: { now }, pause: pause,
            isInterrupted: isInterrupted
        ).verify()
    }
}

/// A number that closures on other threads may count up.
final class Count: Sendable {
    private let value = Atomic<Int>(0)

    /// Adds one and returns the sum.
    @discardableResult
    func increase() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    var current: Int { value.load(ordering: .relaxed) }
}
