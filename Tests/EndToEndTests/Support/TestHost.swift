import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// A build host of its own: a group with two users and a folder that only root can change.
///
/// All of it is removed when the value goes, also after a failure. It takes root (`Installation.canMakeUsers`).
struct TestHost: ~Copyable {
    let group: String
    let first: String
    let second: String
    /// Somebody outside the group.
    let outsider: String
    /// Under /var/cache, because every directory above a shared cache must be root's and closed to others.
    let folder: TemporaryDirectory

    var users: [String] { [first, second] }
    /// The cache that the policy speaks of; not made yet.
    var cache: FilePath { folder.path("go-build") }
    var policy: FilePath { folder.path("etc/policy.yaml") }
    var settings: FilePath { folder.path("etc/agent.yaml") }
    var auditLog: FilePath { folder.path("log/audit.jsonl") }

    /// Makes the group, its users and their homes, and writes a policy for a shared cache that is not there yet.
    static func make() throws -> TestHost {
        let host = TestHost(folder: try TemporaryDirectory(mode: ModeBits(0o755), in: "/var/cache"))
        try host.prepare()
        return host
    }

    private func prepare() throws {
        for name in ["etc", "home", "src"] { try folder.makeDirectory(FilePath(name)) }
        try folder.makeDirectory("log", mode: ModeBits(0o700))
        try Command("/usr/sbin/groupadd", group).runSuccessfully()
        for user in users { try add(user, ["-G", group]) }
        try add(outsider, [])
        try writePolicy(try Self.sharedPolicy(group: group, cache: cache))
        try folder.write("etc/agent.yaml", "version: 1\naudit: {path: \(auditLog)}\n")
    }

    private init(folder: consuming TemporaryDirectory) {
        group = "cwtest\(Int.random(in: 100_000...999_999))"
        (first, second, outsider) = (group + "a", group + "b", group + "x")
        self.folder = folder
    }

    private func add(_ user: String, _ groups: [String]) throws {
        let home = folder.path("home").appending(user).string
        let options = ["-U", "-M", "-d", home, "-s", "/bin/sh"]
        try Command("/usr/sbin/useradd", arguments: options + groups + [user]).runSuccessfully()
        try Command("/usr/bin/install", "-d", "-m", "700", "-o", user, "-g", user, home).runSuccessfully()
    }

    deinit {
        // What cannot be removed stays behind under a name that says whose it is; the verdict stands without it.
        for user in [first, second, outsider] { _ = try? Command("/usr/sbin/userdel", user).run() }
        // As above.
        _ = try? Command("/usr/sbin/groupdel", group).run()
    }

    func writePolicy(_ text: String) throws { try folder.write("etc/policy.yaml", text) }

    /// What stands for this host's names in golden files.
    func names() throws -> [String: String] {
        let group = try Command("/usr/bin/getent", "group", group).runSuccessfully().output.split(separator: ":")
        return [
            folder.path.string: "{folder}", self.group: "{group}", first: "{first}", second: "{second}",
            "group \(group[2])": "group {group}", "group:\(group[2])": "group:{group}",
            "  \(ProcessInfo.processInfo.hostName) ": "  {host} ",
        ]
    }

    /// Returns the shipped policy for a cache that everyone in a group may write, with this host's names in it.
    static func sharedPolicy(group: String, cache: FilePath, mode: String = "enforce") throws -> String {
        let clone = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .removingLastComponent()
        let shipped = clone.appending("policies/shared-builders.yaml")
        return try String(contentsOfFile: shipped.string, encoding: .utf8)
            .replacing("path: /var/cache/go-build", with: "path: \(cache)")
            .replacing("group: builders", with: "group: \(group)")
            .replacing("group:builders:", with: "group:\(group):")
            .replacing("mode: enforce", with: "mode: \(mode)")
    }

    /// Returns a run of the binary with this host's policy and settings.
    func cachewarden(_ command: String, _ arguments: String...) -> Command {
        let files = ["--policy", policy.string, "--settings", settings.string]
        var command = Command(Installation.binary, arguments: [command] + files + arguments)
        command.retriedStatus = 75
        return command
    }

    /// Returns a run of the binary as a user, who may not be able to reach the place where it was built.
    func cachewarden(as user: String, _ arguments: String...) throws -> Command {
        if try !folder.exists("bin") {
            let bin = try folder.makeDirectory("bin")
            let script = """
                cp '\(Installation.binary)' '\(bin)/cachewarden' && chmod 755 '\(bin)/cachewarden' &&
                ldd '\(Installation.binary)' | sed -n 's/.*=> \\(\\/[^ ]*\\) .*/\\1/p' |
                grep -v -e ^/lib -e ^/usr/lib | xargs -r cp -t '\(bin)'
                """
            try Command("/bin/sh", "-c", script).runSuccessfully()
        }
        var command = Command(folder.path("bin/cachewarden"), arguments: arguments)
        command.environment["LD_LIBRARY_PATH"] = folder.path("bin").string
        return command.run(as: user, umask: "022")
    }

    /// Makes the root as one user makes it, and lets that user fill it with the shape of a real cache.
    func makeUsedCache(by user: String, pairs: Int = 50) throws -> GoCacheTree {
        try folder.makeDirectory("go-build")
        let tree = try GoCacheTree(in: folder, at: "go-build", pairs: pairs)
        try Command("/bin/chown", "-R", "\(user):\(user)", cache.string).runSuccessfully()
        return tree
    }

    /// Writes a program and a package whose builds make entries that no other program's build makes.
    func makeProgram(_ name: String) throws -> FilePath {
        let path = FilePath("src").appending(name)
        try folder.makeDirectory(path)
        try folder.makeDirectory(path.appending("lib"))
        let files: [FilePath: String] = [
            "go.mod": "module example.com/\(name)\n\ngo 1.18\n",
            "lib/lib.go": "package lib\n\nimport \"strings\"\n\nvar Text = strings.Repeat(\"\(name)\", 2)\n",
            "main.go":
                "package main\n\nimport \"example.com/\(name)/lib\"\n\nfunc main() { println(lib.Text) }\n",
        ]
        for (file, content) in files {
            try folder.write(path.pushing(file), content)
            // Go does not index files that changed a moment ago: a second build would add the index to the cache.
            try folder.setTimes(path.pushing(file), modified: Timestamp(seconds: 1_700_000_000))
        }
        return folder.path(path)
    }

    /// Returns a build of a program into its user's home; where nothing is kept, Go hides that it cannot write.
    func goBuild(
        _ toolchain: Installation.Toolchain, in directory: FilePath, as user: String, umask: String
    ) -> Command {
        let result = folder.path("home").appending(user).appending("program").string
        return go(toolchain, "build", "-o", result, ".", in: directory, as: user, umask: umask)
    }

    /// Returns `go …` in a program's folder as a user, with a clean environment and this host's cache.
    func go(
        _ toolchain: Installation.Toolchain, _ arguments: String..., in directory: FilePath, as user: String,
        umask: String
    ) -> Command {
        go(toolchain, arguments, in: directory, as: user, umask: umask)
    }

    func go(
        _ toolchain: Installation.Toolchain, _ arguments: [String], in directory: FilePath, as user: String,
        umask: String
    ) -> Command {
        var command = Command(toolchain.go, arguments: arguments)
        command.directory = directory
        command.environment = [
            "PATH": "\(toolchain.root)/bin:/usr/bin:/bin", "HOME": folder.path("home").appending(user).string,
            "GOCACHE": cache.string, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
        ]
        return command.run(as: user, umask: umask)
    }

    /// Returns the paths of all actions and outputs in the cache.
    func entries() throws -> Set<RelativePath> {
        let paths = try TreeSnapshot(of: cache).nodes.filter { $0.value.kind == .file }.keys
        return Set(paths.filter { $0.bytes.ends(with: "-a") || $0.bytes.ends(with: "-d") })
    }
}

extension [UInt8] {
    fileprivate func ends(with suffix: String) -> Bool { self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }
}
