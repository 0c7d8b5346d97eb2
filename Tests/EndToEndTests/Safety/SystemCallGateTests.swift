import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// What every command asks the kernel to do, on a cache that drifts and exceeds its limits.
    @Suite("System call gate", .enabled(if: Installation.canTrace, "needs root, useradd, setpriv, acl and strace"))
    struct SystemCallGateTests {
        /// A cache that is to be repaired, evicted from and refreshed, and whose outputs do not match their names.
        private func prepare(_ host: borrowing TestHost) throws {
            try host.limit("{max-size: 1B, own-trim: true}")
            _ = try host.makeUsedCache(by: host.first, pairs: 5)
            try host.age(hours: 48)
        }

        @Test("74: whatever only looks makes no call that changes anything", .timeLimit(.minutes(5)))
        func looksChangeNothing() throws {
            let host = try TestHost.make()
            try prepare(host)
            // A log for `audit verify`, and then everything to be done again.
            try host.cachewarden("apply").runSuccessfully(or: 2)
            try host.folder.removeTree("go-build")
            try prepare(host)
            let before = try TreeSnapshot(of: host.cache)
            let entry = try #require(host.entries().sorted().first)
            let output = host.folder.path("out").string
            try host.folder.makeDirectory("out", mode: ModeBits(0o700))
            let commands = [
                (host.cachewarden("check"), [2]), (host.cachewarden("plan"), [2]),
                (host.cachewarden("plan", "--out", output + "/plan.json"), [2]),
                (host.cachewarden("check", "--format", "json", "--output", output + "/check.json"), [2]),
                (
                    host.cachewarden(
                        "check", "--format", "junit", "--output", output + "/check.xml", "--format", "sarif",
                        "--output",
                        output + "/check.sarif", "--format", "html", "--output", output + "/check.html"), [2]
                ),
                (Command(Installation.binary, "export", "alert-rules", "--policy", host.policy.string), [0]),
                (Command(Installation.binary, "export", "units", "--policy", host.policy.string), [0]),
                (host.cachewarden("stat"), [0]), (host.cachewarden("stat", host.cache.string), [0]),
                (host.cachewarden("explain", "\(host.cache)/\(entry)"), [0]),
                (host.cachewarden("verify", host.cache.string), [2]),
                (host.cachewarden("analyze", host.cache.string), [0]),
                (host.cachewarden("trace", "--duration", "1s", "--hits", host.cache.string), [0]),
                (Command(Installation.binary, "access", "\(host.cache)/\(entry)"), [0]),
                (Command(Installation.binary, "procs"), [0]),
                (Command(Installation.binary, "notify", "--settings", host.settings.string), [0]),
                (host.cachewarden("doctor", "--user", host.first, "--user", host.outsider), [0]),
                (Command(Installation.binary, "audit", "verify", "--log", host.auditLog.string), [0 as Int32]),
            ]
            for (command, statuses) in commands {
                let calls = try host.trace(command, "-y", expecting: Set(statuses))
                let own = command.arguments.contains { $0.hasPrefix(output) } ? [FilePath(output)] : []
                expectPinned(calls, command, in: host.cache, own: own)
                expectNoChange(calls, command, own: own)
            }
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        @Test("5, 7, 10: whatever changes goes by descriptors alone", .timeLimit(.minutes(5)))
        func changesGoByDescriptors() throws {
            let host = try TestHost.make()
            let plan = host.folder.path("etc/plan.json").string
            let all: Set<Int32> = [0, 2]
            try expectChanges(host, "unlinkat", by: host.cachewarden("apply"), all)
            try expectChanges(host, "unlinkat", by: host.cachewarden("apply", "--plan", plan), all) {
                try host.cachewarden("plan", "--out", plan).runSuccessfully(or: 2)
            }
            try expectChanges(host, "unlinkat", by: host.cachewarden("clean", "go-build"), all)
            try expectChanges(host, "unlinkat", by: host.cachewarden("verify", "go-build", "--repair"), all)
            var watch = host.cachewarden("watch")
            watch.arguments = ["--preserve-status", "10", watch.executable.string] + watch.arguments
            watch.executable = "/usr/bin/timeout"
            try expectChanges(host, "unlinkat", by: watch, [0])
        }

        /// Runs a command on a cache that is made anew and expects that it changes it, and how.
        private func expectChanges(
            _ host: borrowing TestHost, _ call: String, by command: Command, _ statuses: Set<Int32>,
            preparation: () throws -> Void = {}
        ) throws {
            if try host.folder.exists("go-build") { try host.folder.removeTree("go-build") }
            try prepare(host)
            try preparation()
            let calls = try host.trace(command, "-y", expecting: statuses)
            let own = ["/run/cachewarden", host.auditLog.removingLastComponent()]
            expectPinned(calls, command, in: host.cache, own: own)
            let changes = calls.filter { $0.isWriting && $0.name == call }
            #expect(!changes.isEmpty, "void: \(command) made no \(call)")
        }

        // MARK: - The gate

        /// (a) No change by a path, but of the agent's own files; (b) nothing of the cache opened through a link.
        private func expectPinned(_ calls: [SystemCall], _ command: Command, in cache: FilePath, own: [FilePath]) {
            #expect(calls.contains { $0.name == "getdents64" || $0.name == "pread64" }, "void: \(command)")
            let loose = SystemCall.loose(calls, own: own)
            #expect(loose.isEmpty, "\(command):\n\(loose.prefix(9).joined(separator: "\n"))")
            let following = SystemCall.following(calls, in: cache)
            #expect(following.isEmpty, "\(command):\n\(following.prefix(9).joined(separator: "\n"))")
        }

        /// (c) Reading commands write nothing but what was asked for.
        private func expectNoChange(_ calls: [SystemCall], _ command: Command, own: [FilePath]) {
            let changing = SystemCall.changing(calls, own: own)
            #expect(changing.isEmpty, "\(command):\n\(changing.prefix(9).joined(separator: "\n"))")
        }

        // MARK: - The gate can fail

        private static let cache: FilePath = "/var/cache/c"

        @Test(arguments: [
            #"7 chmod("/var/cache/c/ab", 0770) = 0"#,
            #"7 fchmodat(AT_FDCWD</>, "var/cache/c/ab", 0770) = 0"#,
            #"7 fchmodat(5</var/cache/c>, "ab/cd-d", 0660) = 0"#,
            #"7 syscall_0x1c4(0x5, 0x7ffd0, 0x1b0, 0, 0, 0) = 0"#,
            #"7 fchownat(5</var/cache/c>, "../etc", 0, 0, AT_SYMLINK_NOFOLLOW) = 0"#,
            #"7 fchownat(5</var/cache/c>, "..", 0, 0, AT_SYMLINK_NOFOLLOW) = 0"#,
            #"7 setxattr("/proc/self/fd/5/x", "system.posix_acl_access", "\2\0", 2, 0) = 0"#,
            #"7 unlink("/var/cache/c/ab/x") = 0"#,
            #"7 unlinkat(AT_FDCWD</>, "x", 0 <unfinished ...>"#,
            #"7 renameat2(5</a>, "x", AT_FDCWD</>, "/etc/x", 0) = 0"#,
            #"7 renameat2(5</a>, "x, \", y", 5</a>, "b/y", 0) = 0"#,
            #"7 linkat(4</a/#7>(deleted), "", 5</a>, "b/x", AT_EMPTY_PATH) = 0"#,
            #"7 symlinkat("/etc", 5</a>, "b/y") = 0"#,
            #"7 utimensat(AT_FDCWD, "/var/cache/c/x", NULL, 0) = 0"#,
            #"7 truncate("/var/cache/c/trim.txt", 0) = 0"#,
            #"7 openat(AT_FDCWD</>, "/var/cache/c/x", O_WRONLY|O_CREAT, 0600) = 3</var/cache/c/x>"#,
        ]) func aChangeByPathIsSeen(line: String) throws {
            let call = try #require(SystemCall(line: line))
            #expect(SystemCall.loose([call], own: []) == [line])
            #expect(SystemCall.changing([call], own: []) == [line])
        }

        @Test(arguments: [
            #"7 fchownat(5</var/cache/c/ab>, "", 0, 7, AT_EMPTY_PATH) = 0"#,
            #"7 syscall_0x1c4(0x5, 0x7ffd0, 0x1b0, 0x1000, 0, 0) = 0"#,
            #"7 setxattr("/proc/self/fd/5", "system.posix_acl_access", "\2/a, b", 6, 0) = 0"#,
            #"7 fsetxattr(5</var/cache/c>, "system.posix_acl_default", "\2", 1, 0) = 0"#,
            #"7 unlinkat(5</var/cache/c/ab>, "ab\"-d", 0 <unfinished ...>"#,
            #"7 utimensat(5</var/cache/c/x>, NULL, [UTIME_OMIT, {tv_sec=1, tv_nsec=0}], 0) = 0"#,
            #"7 renameat2(5</a>, "x", 5</a>, "y", RENAME_NOREPLACE) = 0"#,
            #"7 linkat(4</a/#7>(deleted), "", 5</a>, "x", AT_EMPTY_PATH) = 0"#,
            #"7 write(4</a/#7>(deleted), "x", 1) = 1"#,
            #"7 ftruncate(3</var/cache/c/trim.txt>, 0) = 0"#,
        ]) func aChangeByDescriptorIsTold(line: String) throws {
            let call = try #require(SystemCall(line: line))
            #expect(SystemCall.loose([call], own: []).isEmpty)
            #expect(SystemCall.changing([call], own: []) == [line], "but not from what only looks")
        }

        @Test(arguments: [
            #"7 open("/var/cache/c/ab", O_RDONLY|O_NOFOLLOW) = 3"#,
            #"7 openat(AT_FDCWD</>, "/var/cache/c/ab", O_RDONLY|O_NOFOLLOW) = 3"#,
            #"7 openat(5</var/cache/c>, "ab", O_RDONLY|O_CLOEXEC) = 3</var/cache/c/ab>"#,
            #"7 openat(5</var/cache/c>, "ab/x-d", O_RDONLY|O_NOFOLLOW) = 3"#,
            #"7 openat(5</var/cache>, "c", O_RDONLY|O_DIRECTORY <unfinished ...>"#,
            #"7 openat2(5</var/cache/c>, "ab", {flags=O_RDONLY|O_NOFOLLOW, resolve=RESOLVE_BENEATH}, 24) = 3"#,
        ]) func anOpenThatFollowsIsSeen(line: String) throws {
            let call = try #require(SystemCall(line: line))
            #expect(SystemCall.following([call], in: Self.cache) == [line])
        }

        @Test(arguments: [
            #"7 openat(5</var/cache/c>, "ab", O_RDONLY|O_NOFOLLOW|O_CLOEXEC) = 3</var/cache/c/ab>"#,
            #"7 openat2(5</var/cache/c>, "ab/x", {flags=O_PATH, resolve=RESOLVE_NO_SYMLINKS}, 24 <unfinished ...>"#,
            #"7 openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3"#,
            #"7 write(1</dev/null>, "x", 1) = 1"#, #"7 write(2<pipe:[7]>, "x", 1) = 1"#,
            #"7 readlinkat(5</proc>, "self", "7", 9) = 1"#,
        ]) func aLookIsLeftAlone(line: String) throws {
            let call = try #require(SystemCall(line: line))
            #expect(SystemCall.following([call], in: Self.cache).isEmpty)
            #expect(SystemCall.loose([call], own: []).isEmpty)
            #expect(SystemCall.changing([call], own: []).isEmpty)
        }

        @Test func aDescriptorOfAnUnknownCallIsLookedUp() throws {
            let line = #"7 syscall_0x1c4(0x1f, 0x7ffd0, 0x1b0, 0x1000, 0, 0) = 0"#
            let trace =
                #"7 openat(5</var/cache/c>, "ab", O_NOFOLLOW <unfinished ...>"# + "\n"
                + "7 <... openat resumed>) = 31</var/cache/c/ab>\n" + line
            let calls = SystemCall.calls(in: trace)
            #expect(calls.map(\.line).last == line && calls.last?.places == ["/var/cache/c/ab"])
            #expect(SystemCall.changing(calls, own: ["/var/cache/d"]) == [line])
        }

        @Test func contentIsSeenAndOwnFilesAreKnown() throws {
            let line = #"7 pwrite64(4</var/cache/c/trim.txt>, "1", 1, 0) = 1"#
            let call = try #require(SystemCall(line: line))
            #expect(SystemCall.changing([call], own: []) == [line])
            #expect(SystemCall.changing([call], own: ["/var/cache/c"]).isEmpty)
            #expect(SystemCall.changing([call], own: ["/var/cache/c/trim"]) == [line], "a name, not a prefix")
            let unnamed = try #require(SystemCall(line: #"7 write(4</out/#7>(deleted), "x", 1) = 1"#))
            #expect(SystemCall.changing([unnamed], own: ["/out"]).isEmpty)
        }
    }
}

extension SystemCall {
    /// Returns the changes that go to a path, but for the agent's own files, whose folders only root can change.
    fileprivate static func loose(_ calls: [SystemCall], own: [FilePath]) -> [String] {
        calls.filter { $0.isWriting && $0.isByPath && !$0.isBelow(own) }.map(\.line)
    }

    /// Returns the opens of a cache, and of names in it, that a symbolic link could lead elsewhere.
    fileprivate static func following(_ calls: [SystemCall], in cache: FilePath) -> [String] {
        calls.filter { $0.isOpening && $0.isBelow([cache]) && !$0.followsNoLink }.map(\.line)
    }

    /// Returns the calls that change a name, an inode or a file's content outside these folders.
    fileprivate static func changing(_ calls: [SystemCall], own: [FilePath]) -> [String] {
        calls.filter { ($0.isWriting || $0.writesFile) && !$0.isBelow(own) }.map(\.line)
    }

    /// Standard output and errors are files here, and no others are written without having been opened for it.
    private var writesFile: Bool {
        isWritingContent && arguments.first?.contains(/^[12]</) == false
            && arguments.first?.contains(/<(pipe|socket|anon_inode):/) == false
    }

    private func isBelow(_ folders: [FilePath]) -> Bool {
        let places = isWritingContent ? [descriptorPlace] : places
        return !places.isEmpty && places.allSatisfy { place in folders.contains { place.starts(with: $0) } }
    }

    private var descriptorPlace: FilePath {
        FilePath(arguments.first?.firstMatch(of: /<(.*)>$/).map { String($0.output.1) } ?? "")
    }
}

extension Command {
    /// Runs to the end and expects success, or another status that says as much here.
    fileprivate func runSuccessfully(or status: Int32) throws {
        let result = try run()
        try #require([0, status].contains(result.status), "\(self): \(result)")
    }
}
