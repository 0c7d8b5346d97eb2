internal import Synchronization
package import SystemPackage
internal import WardenLinux
package import WardenModel

/// What members and administrators of a real host do to a cache, done to a test's directory.
extension TemporaryDirectory {
    /// Writes an access ACL's bytes as they are, canonical or not.
    package borrowing func setAccessAttribute(_ name: FilePath, _ bytes: [UInt8]) throws {
        try FixtureCalls.setAttribute("system.posix_acl_access", of: path(name), to: bytes)
    }

    package borrowing func setAccessList(_ name: FilePath, _ list: AccessList) throws {
        try setAccessAttribute(name, list.attributeBytes)
    }

    package borrowing func setDefaultList(_ name: FilePath, _ list: AccessList) throws {
        try FixtureCalls.setAttribute("system.posix_acl_default", of: path(name), to: list.attributeBytes)
    }

    /// Returns an inode's whole permission state, as the agent itself reads it.
    package borrowing func state(_ name: FilePath = "") throws -> NodeState {
        let directory = OwnedDescriptor(
            adopting: try FileDescriptor.open(
                path(name).removingLastComponent(), .readOnly, options: [.directory, .closeOnExec]))
        let last = path(name).lastComponent.map { Array($0.string.utf8) } ?? []
        return try directory.openChild(last, .path).reading().state
    }

    /// Calls `body` while an empty tmpfs stands at a directory, and gives it the mount's path. Takes root.
    package borrowing func withTemporaryMount<Result>(
        at name: FilePath, _ body: (FilePath) throws -> Result
    ) throws -> Result {
        try FixtureCalls.mountTemporary(at: path(name))
        // A mount that stays is a leak of this test alone; its verdict stands.
        defer { try? FixtureCalls.unmount(path(name)) }
        return try body(path(name))
    }

    /// Calls `body` while what stands at `source` stands at `name` too. Takes root.
    package borrowing func withBindMount<Result>(
        of source: FilePath, at name: FilePath, _ access: FixtureCalls.BindAccess,
        _ body: (FilePath) throws -> Result
    ) throws -> Result {
        try FixtureCalls.bind(path(source), at: path(name), access)
        // As above.
        defer { try? FixtureCalls.unmount(path(name)) }
        return try body(path(name))
    }

    /// Calls `body` while nobody can change an inode, not even root. Takes root and a file system with the flag.
    package borrowing func withImmutable<Result>(_ name: FilePath, _ body: () throws -> Result) throws -> Result {
        try FixtureCalls.makeImmutable(path(name))
        // Without it the directory cannot be removed, which costs disk space alone.
        defer { try? FixtureCalls.makeMutable(path(name)) }
        return try body()
    }
}

extension TestProcess {
    /// Runs `body` on a thread that file systems take for this user's, and returns its result. Takes root.
    package static func asUser<Result: Sendable>(
        _ user: UserID, _ group: GroupID, _ body: @escaping @Sendable () throws -> Result
    ) throws -> Result {
        let box = ResultBox<Result>()
        let thread = BackgroundThread {
            box.set(
                Swift.Result {
                    try FixtureCalls.become(user, group)
                    return try body()
                })
        }
        thread.join()
        guard let result = box.get() else { throw Errno.resourceTemporarilyUnavailable }
        return try result.get()
    }
}

/// Where a thread leaves its result.
private final class ResultBox<Value: Sendable>: Sendable {
    private let value = Mutex<Swift.Result<Value, any Error>?>(nil)

    func set(_ result: Swift.Result<Value, any Error>) { value.withLock { $0 = result } }
    func get() -> Swift.Result<Value, any Error>? { value.withLock { $0 } }
}

/// A thread that does the same thing again and again until it is stopped, and counts how often it could.
package final class Attacker: Sendable {
    private let state: State
    private let thread: BackgroundThread

    private final class State: Sendable {
        let isStopped = Atomic<Bool>(false)
        let successes = Atomic<Int>(0)
    }

    package init(_ attack: @escaping @Sendable (Int) throws -> Void) {
        let state = State()
        self.state = state
        thread = BackgroundThread {
            var turn = 0
            while !state.isStopped.load(ordering: .relaxed) {
                // A turn that fails is not counted.
                if (try? attack(turn)) != nil { state.successes.wrappingAdd(1, ordering: .relaxed) }
                turn += 1
            }
        }
    }

    /// Exchanges two names for as long as it lives.
    package static func exchanging(_ path: FilePath, _ other: FilePath) -> Attacker {
        Attacker { _ in try FixtureCalls.exchange(path, other) }
    }

    /// How many turns have succeeded so far.
    package var successes: Int { state.successes.load(ordering: .relaxed) }

    /// Ends the thread and returns how many turns succeeded. Called once.
    package func stop() -> Int {
        state.isStopped.store(true, ordering: .relaxed)
        thread.join()
        return successes
    }
}
