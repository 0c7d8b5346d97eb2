import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    @Suite(
        "Watching", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)),
        .timeLimit(.minutes(10)))
    struct WatchTests {
        /// A used cache that the policy is at odds with, and a watch that has repaired it.
        func watch(_ host: borrowing TestHost, _ arguments: String...) throws -> Watching {
            var command = host.cachewarden("watch")
            command.arguments += arguments
            return try Watching.start(command)
        }

        func mode(_ path: FilePath) throws -> String {
            try Command("/usr/bin/stat", "--format=%a %G", path.string).runSuccessfully().output
        }

        /// Actions: what they hold proves that they are Go's, so that a private one may be opened to the group.
        private func actions(_ host: borrowing TestHost) throws -> [FilePath] {
            try host.entries().map(\.description).filter { $0.hasSuffix("-a") }.sorted().map {
                host.cache.appending($0)
            }
        }

        func anEntry(_ host: borrowing TestHost) throws -> FilePath { try #require(try actions(host).first) }

        func expectGoodEnd(
            _ watching: consuming Watching, _ host: borrowing TestHost,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let result = try watching.stop()
            #expect(result.status == 0, "\(result)", sourceLocation: sourceLocation)
            let verdict = try Command(
                Installation.binary, "audit", "verify", "--settings", host.settings.string
            ).run()
            #expect(verdict.status == 0, "\(verdict)", sourceLocation: sourceLocation)
        }

        @Test func repairsWhatSomebodyBreaks() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let watching = try watch(host)
            #expect(try watching.settled().first?.contains("REPAIRED") == true)
            let entry = try anEntry(host)
            let breakage = ContinuousClock.now
            try Command("/bin/chmod", "600", entry.string).run(as: host.first, umask: "022").runSuccessfully()
            try watching.wait("a repaired entry") { _ in try self.mode(entry) == "660 \(host.group)\n" }
            let latency = ContinuousClock.now - breakage
            // As a rule it takes 0.6 s; here others want the processors too.
            #expect(latency < .seconds(5), "drift stood for \(latency)")
            #expect(try watching.settled().last?.contains("changed entries in cache go-build") == true)
            try Command("/bin/chmod", "0700", host.cache.string).runSuccessfully()
            try watching.wait("a repaired root") { _ in try self.mode(host.cache) == "2770 \(host.group)\n" }
            // What is made wrong, in a directory that is made for it.
            try Command(
                "/bin/sh", "-c", "mkdir -m 700 $1/fuzz; echo go test fuzz v1 >$1/fuzz/x; chmod 600 $1/fuzz/x", "sh",
                host.cache.string
            )
            .run(as: host.second, umask: "077").runSuccessfully()
            try watching.wait("a repaired directory") { _ in
                try self.mode(host.cache.appending("fuzz")) == "2770 \(host.group)\n"
                    && self.mode(host.cache.appending("fuzz/x")) == "660 \(host.group)\n"
            }
            try expectGoodEnd(watching, host)
        }

        /// Its own repairs and removals are events too.
        @Test func causesNoLoop() throws {
            let host = try TestHost.make()
            // With 'min-free' it would look at the disk every now and then.
            try host.limit("{max-size: 1GiB}")
            _ = try host.makeUsedCache(by: host.first, pairs: 400)
            let watching = try watch(host)
            let first = try watching.settled()
            #expect(first.count == 1, "\(first)")
            try Command(
                "/usr/bin/find", host.cache.string, "-name", "*-a", "-exec", "/bin/chmod", "600", "{}", "+"
            ).runSuccessfully()
            try watching.wait("a repair") { $0.count > first.count && $0.last?.contains("REPAIRED") == true }
            let second = try watching.settled()
            #expect(second.count - first.count <= 3, "\(second)")
            #expect(
                second.last?.contains("nothing left that differs") == true || second.last?.contains("COMPLIANT") == true
            )
            let before = try watching.ticks()
            Thread.sleep(forTimeInterval: 5)
            #expect(try watching.ticks() - before <= 1, "it works though nothing happens")
            #expect(try watching.runs() == second)
            try expectGoodEnd(watching, host)
        }

        /// How many entries nobody has used for two days.
        private func aged(_ host: borrowing TestHost) throws -> Int {
            let found = Command("/usr/bin/find", host.cache.string, "-type", "f", "-mtime", "+2", "-atime", "+2")
            return try found.runSuccessfully().output.split(separator: "\n").count
        }

        @Test(.enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
        func evictsOnceABuildCrossesALimit() throws {
            let toolchain = try #require(Installation.toolchains.last)
            let host = try TestHost.make()
            try host.limit("{max-size: 1GiB, low-water: 90%, keep-recent: 1h, order: lru}")
            try host.cachewarden("apply").runSuccessfully()
            let (one, two) = (try host.makeProgram("one"), try host.makeProgram("two"))
            try host.goBuild(toolchain, in: one, as: host.first, umask: "022").runSuccessfully()
            let size = try host.size()
            try host.age(hours: 100)
            let aged = try self.aged(host)
            let limit = size.rawValue / 1024 * 5 / 4
            try host.limit("{max-size: \(limit)KiB, low-water: 90%, keep-recent: 1h, order: lru}")
            let watching = try watch(host)
            _ = try watching.settled()
            #expect(try host.size() == size, "it is within its limit")
            // Another mode of the same packages: nothing of the first build is used.
            var build = host.go(
                toolchain, "build", "-gcflags=all=-N", "-o", "/dev/null", ".", in: two, as: host.second, umask: "022")
            build.limit = 600
            try build.runSuccessfully()
            try watching.wait("an eviction") { runs in
                try runs.contains { $0.contains("a limit of cache go-build is crossed") } && self.aged(host) < aged
            }
            let runs = try watching.settled()
            Thread.sleep(forTimeInterval: 5)
            #expect(try watching.runs() == runs, "what it removes is a cause to it")
            #expect(try host.pairs().dangling == 0)
            #expect(try host.size() < ByteCount(size.rawValue * 2))
            try build.runSuccessfully()
            try host.goBuild(toolchain, in: one, as: host.first, umask: "022").runSuccessfully()
            try expectGoodEnd(watching, host)
        }

        @Test func keepsTheirPoliciesUntilNewOnesAreGood() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let watching = try watch(host)
            let good = try String(contentsOfFile: host.policy.string, encoding: .utf8)
            try host.writePolicy(good + "caches: nonsense\n")
            try watching.wait("a refusal") {
                $0.last?.contains("1 finding") == true && $0.last?.contains("changed policies") == true
            }
            #expect(try watching.errors().contains("those before stay in force"))
            let entry = try anEntry(host)
            try Command("/bin/chmod", "600", entry.string).runSuccessfully()
            try watching.wait("a repair by the earlier policies") { _ in try self.mode(entry) == "660 \(host.group)\n" }
            try host.writePolicy(try TestHost.sharedPolicy(group: host.group, cache: host.cache, mode: "audit"))
            try watching.wait("the new policies") {
                $0.last?.contains("changed policies") == true && $0.last?.contains("COMPLIANT") == true
            }
            try Command("/bin/chmod", "600", entry.string).runSuccessfully()
            try watching.wait("a look by the new policies") { $0.last?.contains("DRIFT") == true }
            #expect(try mode(entry).hasPrefix("600 "))
            try host.writePolicy(good)
            try watching.wait("a repair by the first policies") { _ in try self.mode(entry) == "660 \(host.group)\n" }
            try expectGoodEnd(watching, host)
        }

        /// Policies that change where no event tells of it, as by a mount.
        @Test func readsPoliciesAgainWhenAsked() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let watching = try watch(host)
            let policy = try TestHost.sharedPolicy(group: host.group, cache: host.cache, mode: "audit")
            let mount = try MountedFile(try host.folder.write("etc/audit.yaml", policy), at: host.policy)
            let before = try watching.runs()
            let entry = try anEntry(host)
            try Command("/bin/chmod", "600", entry.string).runSuccessfully()
            try watching.wait("a repair by the earlier policy") { _ in try self.mode(entry) == "660 \(host.group)\n" }
            let repaired = try watching.settled()
            #expect(!repaired.dropFirst(before.count).contains { $0.contains("changed policies") }, "\(repaired)")
            watching.signal(SIGHUP)
            try watching.wait("a look after SIGHUP") { runs in
                runs.count == repaired.count + 1 && runs.last?.contains("(changed policies; ") == true
            }
            try Command("/bin/chmod", "600", entry.string).runSuccessfully()
            try watching.wait("a look by the new policy") { $0.last?.contains("DRIFT") == true }
            #expect(try mode(entry).hasPrefix("600 "))
            try expectGoodEnd(watching, host)
            withExtendedLifetime(mount.place) {}
        }

        /// 157: the kernel keeps a bounded number of events.
        @Test func looksAtEverythingAfterAFlood() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let watching = try watch(host)
            let before = try watching.settled()
            let entries = try actions(host).map(\.string)
            watching.signal(SIGSTOP)
            let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
            let script = """
                import os, sys
                for number in range(int(sys.argv[1])): os.utime(sys.argv[2 + number % 2])
                os.chmod(sys.argv[4], 0o600)
                """
            try Command(
                "/usr/bin/python3",
                arguments: ["-c", script, limit.trimmingCharacters(in: .newlines)] + entries.prefix(3)
            ).runSuccessfully()
            watching.signal(SIGCONT)
            try watching.wait("a whole look") { $0.last?.contains("more has happened") == true }
            #expect(try mode(FilePath(entries[2])) == "660 \(host.group)\n")
            let after = try watching.settled()
            #expect(after.count == before.count + 1, "one look at everything is enough: \(after)")
            // It is watched again.
            try Command("/bin/chmod", "600", entries[0]).runSuccessfully()
            try watching.wait("a repair") { _ in try self.mode(FilePath(entries[0])) == "660 \(host.group)\n" }
            try expectGoodEnd(watching, host)
        }

        /// 158: without watches it looks every now and then, and says so.
        @Test func looksNowAndThenWhereNoWatchIsLeft() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try Command("/bin/chown", "-R", "root:root", host.cache.string).runSuccessfully()
            try host.writePolicy(
                """
                version: 1
                policy: own
                mode: enforce
                caches:
                  - {name: go-build, path: \(host.cache), mode: "0750", entries: {directories: "0750", files: "0640"}}

                """)
            var command = host.cachewarden("watch", "--interval", "10s")
            // In a user namespace of its own a limit is nobody else's.
            let script = "echo 50 >/proc/sys/user/max_inotify_watches; exec \"$@\""
            command.arguments =
                ["--user", "--map-root-user", "/bin/sh", "-euc", script, "sh", command.executable.string]
                + command.arguments
            command.executable = "/usr/bin/unshare"
            let watching = try Watching.start(command)
            #expect(try mode(try anEntry(host)) == "640 root\n")
            try watching.wait("a look by itself") { $0.last?.contains("time for a whole look") == true }
            try Command("/bin/chmod", "600", try anEntry(host).string).runSuccessfully()
            try watching.wait("a repair") { _ in try self.mode(try self.anEntry(host)) == "640 root\n" }
            #expect(try watching.settled().last?.contains("time for a whole look") == true)
            let result = try watching.stop()
            #expect(result.status == 0)
            #expect(result.output.contains("medium cache-unwatched at \(host.cache)"), "\(result)")
        }

        /// 160: whoever breaks things all the time gets no more than a small share of the processor.
        @Test func letsNobodyKeepItBusy() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let watching = try watch(host)
            let before = try watching.settled().count
            let entries = try actions(host).prefix(4).map(\.string)
            let script = """
                import os, sys, time
                end = time.monotonic() + 8
                while time.monotonic() < end:
                    for path in sys.argv[1:]: os.chmod(path, 0o600); os.chmod(path, 0o660)
                os.chmod(sys.argv[1], 0o600)
                """
            try Command("/usr/bin/python3", arguments: ["-c", script] + entries).run(as: host.first, umask: "022")
                .runSuccessfully()
            let during = try watching.runs().count - before
            #expect(during >= 1 && during <= 9, "\(during) runs in eight seconds")
            try watching.wait("the last repair") { _ in try self.mode(FilePath(entries[0])) == "660 \(host.group)\n" }
            try expectGoodEnd(watching, host)
        }

        @Test func changesNothingInAuditMode() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try host.writePolicy(try TestHost.sharedPolicy(group: host.group, cache: host.cache, mode: "audit"))
            let watching = try watch(host)
            #expect(try watching.runs().first?.contains("DRIFT") == true)
            let script = "for number in 1 2 3 4 5 6 7 8 9; do chmod 600 $1; sleep 0.5; chmod 666 $1; sleep 0.5; done"
            let before = try TreeSnapshot(of: host.cache)
            try Command("/bin/sh", "-c", script + "; chmod 644 $1", "sh", try anEntry(host).string).runSuccessfully()
            #expect(try watching.runs().count <= 6, "it finds the same again and again")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).count <= 1)
            #expect(try mode(try anEntry(host)).hasPrefix("644 "))
            try expectGoodEnd(watching, host)
        }

        /// What the timer's run would find: a user's own settings, in a folder that nobody had before.
        @Test(.enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
        func noticesWhatUsersSetThemselves() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try host.cachewarden("apply").runSuccessfully()
            let policy = try TestHost.sharedPolicy(group: host.group, cache: host.cache, mode: "audit")
            try host.writePolicy(
                policy + "\nenvironment:\n  - variables: {GOCACHE: \(host.cache)}\n    deliver: [go-env]\n"
                    + "    users: {group: \(host.group)}\n")
            let watching = try watch(host)
            #expect(try !watching.output().contains("user-cache-elsewhere"))
            let toolchain = try #require(Installation.toolchains.last)
            try host.go(
                toolchain, "env", "-w", "GOCACHE=/var/tmp/mine", in: "/", as: host.second, umask: "022"
            ).runSuccessfully()
            try watching.wait("a run for the user's file") {
                $0.last?.contains("changed file") == true && $0.last?.contains(".config/go/env") == true
            }
            try watching.wait("its finding") { _ in try watching.output().contains("user-cache-elsewhere") }
            try expectGoodEnd(watching, host)
        }

        @Test func makesACacheThatIsMissingOrGoes() throws {
            let host = try TestHost.make()
            let watching = try watch(host)
            #expect(try mode(host.cache) == "2770 \(host.group)\n")
            _ = try watching.settled()
            try Command("/bin/mv", host.cache.string, host.folder.path("elsewhere").string).runSuccessfully()
            try watching.wait("a new cache") { _ in FileManager.default.fileExists(atPath: host.cache.string) }
            _ = try watching.settled()
            try Command("/bin/chmod", "0700", host.cache.string).runSuccessfully()
            try watching.wait("a repair there") { _ in try self.mode(host.cache) == "2770 \(host.group)\n" }
            try expectGoodEnd(watching, host)
        }

        @Test func refusesToBeginWithBadPolicies() throws {
            let host = try TestHost.make()
            try host.writePolicy("version: 2\n")
            let result = try host.cachewarden("watch").run()
            #expect(result.status == 65)
            #expect(result.errors.contains("policy.yaml:1:"))
        }
    }
}
