import Foundation
import SystemPackage
import Testing
import WardenTestSupport

/// A Debian of its own that systemd has booted, for what files and a `chroot` cannot show.
///
/// It is a layer in memory above `$CACHEWARDEN_TEST_TOOLCHAINS/debian-root`, without a network; /var/cache is a file system
/// of its own. Its processes, mounts and control groups end with this value, and with the test process, however that ends.
/// `cachewarden` is in its PATH.
struct BootedHost: ~Copyable {
    /// The debootstrap root below every booted host; nothing changes it.
    private static let root: FilePath? = TestProcess.environment("CACHEWARDEN_TEST_TOOLCHAINS").map {
        FilePath($0).appending("debian-root")
    }
    /// The most seconds that a boot may take, on a machine with other work.
    private static let limit = 60

    /// Whether the machine is said to be one that can boot none: `.ci/run` then counts these tests as left out.
    private static let isLeftOut = TestProcess.environment("CACHEWARDEN_WITHOUT_NSPAWN") == "1"

    static let isPossible =
        !isLeftOut && TestProcess.isRoot
        && ["/usr/bin/systemd-nspawn", "/usr/bin/nsenter", "/usr/bin/unshare"]
            .allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
        && root.map { FileManager.default.fileExists(atPath: $0.appending("contents").string) } == true
    static let reason =
        isLeftOut
        ? "CACHEWARDEN_WITHOUT_NSPAWN=1"
        : "needs root, systemd-nspawn, and a Debian root as $CACHEWARDEN_TEST_TOOLCHAINS/debian-root, which .ci/run makes"

    /// Its name, and that of its control groups on the machine.
    let name: String
    private let container: Container
    /// The first process of the booted system, as the machine numbers it.
    private(set) var leader: pid_t

    /// Boots, and returns when systemd says that everything has started.
    ///
    /// - Parameter files: Files and folders of the machine's that are at the same places inside, read-only.
    static func boot(with files: [FilePath] = []) throws -> BootedHost {
        let name = "cwtest\(Int.random(in: 100_000...999_999))"
        let options = try installation() + files.map { "--bind-ro=\(escaped($0))" }
        let container = try Container.start(name: name, root: try #require(root), options: options)
        let leader = try waitForBoot(of: container, after: nil)
        let host = BootedHost(name: name, container: container, leader: leader)
        try host.run("/bin/ln", "-s", "\(home)/cachewarden", "/usr/local/bin/cachewarden")
        return host
    }

    private init(name: String, container: consuming Container, leader: pid_t) {
        self.name = name
        self.container = container
        self.leader = leader
    }

    /// Restarts the system inside; what is not below /run or /tmp stays.
    mutating func reboot() throws {
        let previous = leader
        _ = try command("/usr/bin/systemctl", ["reboot"]).run()
        leader = try Self.waitForBoot(of: container, after: previous)
    }

    // MARK: - Processes inside

    /// Returns a command inside with a clean environment; as a user it has their groups and no session.
    func command(_ executable: String, _ arguments: [String] = [], as user: String? = nil) -> Command {
        Self.command(inside: leader, executable, arguments, as: user)
    }

    /// Runs a command inside, as root where no user is named, and expects success.
    @discardableResult
    func run(
        as user: String? = nil, _ executable: String, _ arguments: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> CommandResult {
        try command(executable, arguments, as: user).runSuccessfully(sourceLocation: sourceLocation)
    }

    /// Runs a shell script inside as root and expects success.
    @discardableResult
    func shell(_ script: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws
        -> CommandResult
    {
        try command("/bin/sh", ["-euc", script, "sh"] + arguments).runSuccessfully(sourceLocation: sourceLocation)
    }

    /// Writes a file of root's, and the folders above it where they are missing.
    func write(_ path: FilePath, _ text: String, mode: String = "644") throws {
        let script = "mkdir -p \"$(dirname \"$1\")\"; printf '%s' \"$2\" >\"$1\"; chmod \"$3\" \"$1\""
        try shell(script, path.string, text, mode)
    }

    func remove(_ path: FilePath) throws { try run("/bin/rm", "-rf", path.string) }

    private static func command(
        inside leader: pid_t, _ executable: String, _ arguments: [String], as user: String? = nil
    ) -> Command {
        var words = ["--target", "\(leader)", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        words += [
            "--root", "--wdns=/", "--", "/usr/bin/env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        if let user { words += ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--init-groups", "--"] }
        var command = Command("/usr/bin/nsenter", arguments: words + [executable] + arguments)
        command.limit = limit
        return command
    }

    // MARK: - The boot

    /// Waits for a first process, another one than before, under which all units have started.
    private static func waitForBoot(of container: borrowing Container, after previous: pid_t?) throws -> pid_t {
        let end = ContinuousClock.now + .seconds(limit)
        var state = "no process has started"
        while ContinuousClock.now < end, container.isRunning {
            if let leader = container.leader, leader != previous {
                state = try command(inside: leader, "/usr/bin/systemctl", ["is-system-running"]).run().output
                if state == "running\n" { return leader }
                if state == "degraded\n" {
                    let failed = command(inside: leader, "/usr/bin/systemctl", ["--failed", "--no-pager"])
                    state += try failed.run().output
                    break
                }
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let console = container.console
        try #require(Bool(false), "the system did not boot within \(limit) s: \(state)\n--- console\n\(console)")
        return 0
    }

    // MARK: - The binary under test

    /// Where the binary and the libraries of Swift's that it needs are inside, in one folder: it looks beside itself.
    private static let home = "/usr/local/lib/cachewarden"

    /// `systemd-nspawn(1)`, `--bind-ro=`: a colon would end the path.
    private static func escaped(_ path: FilePath) -> String { path.string.replacing(":", with: "\\:") }

    private static func installation() throws -> [String] {
        let libraries = try Command("/usr/bin/ldd", Installation.binary.string).run().output
            .split(separator: "\n").compactMap { $0.split(separator: " ").first { $0.hasPrefix("/") } }
            .filter { !$0.hasPrefix("/lib") && !$0.hasPrefix("/usr/lib") }
            .map { FilePath(String($0)) }
        return ["--bind-ro=\(escaped(Installation.binary)):\(home)/cachewarden"]
            + libraries.compactMap { path in
                path.lastComponent.map { "--bind-ro=\(escaped(path)):\(home)/\($0.string)" }
            }
    }
}
