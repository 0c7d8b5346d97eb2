import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Size, age and use, on a cache that real toolchains made and go on using.
    @Suite("Retention", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct RetentionTests {
        /// Makes the cache, lets the first user fill it, and makes all of it two days old.
        private func filled(_ host: borrowing TestHost, _ retention: String) throws -> FilePath {
            try host.limit(retention)
            try host.cachewarden("apply").runSuccessfully()
            let program = try host.makeProgram("kept")
            let toolchain = try #require(Installation.toolchains.last)
            try host.goBuild(toolchain, in: program, as: host.first, umask: "022").runSuccessfully()
            try host.age(hours: 60)
            return program
        }

        @Test(.timeLimit(.minutes(10))) func keepsToTheLimitAndBuildsGoOn() throws {
            let host = try TestHost.make()
            let program = try filled(host, "{max-size: 20MiB, low-water: 50%}")
            let before = try host.size()
            #expect(before.rawValue > 20 << 20)
            let plan = try host.cachewarden("plan").run()
            #expect(plan.status == 2 && plan.output.contains("To be removed from cache go-build"), "\(plan)")
            let apply = try host.cachewarden("apply", "--format", "json").run()
            #expect(apply.status == 0, "\(apply)")
            #expect(try host.size().rawValue <= 11 << 20, "10 MiB, and the directories that stay")
            let again = try host.cachewarden("apply").run()
            #expect(again.status == 0 && again.output.hasPrefix("COMPLIANT"), "\(again)")
            // Counting pairs reads every action, which is a use.
            let pairs = try host.pairs()
            #expect(pairs.dangling == 0 && pairs.orphaned == 0 && pairs.outputs > 0, "\(pairs)")
            let toolchain = try #require(Installation.toolchains.last)
            try host.goBuild(toolchain, in: program, as: host.second, umask: "077").runSuccessfully()
            let log = try Command(Installation.binary, "audit", "verify", "--log", host.auditLog.string).run()
            #expect(log.status == 0, "\(log)")
        }

        @Test func keepsWhatWasJustUsedAndSaysHowFarTheLimitIsOff() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-size: 1MiB}")
            try host.age(hours: 2)
            let entries = try host.entries()
            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 2, "\(apply)")
            #expect(apply.output.contains("retention-thrash"), "\(apply)")
            #expect(try host.entries() == entries)
        }

        /// A time that only an entry's owner may refresh: used by the second user, and old to Go.
        @Test(.timeLimit(.minutes(10))) func showsGoWhatOthersUsed() throws {
            let host = try TestHost.make()
            let program = try filled(host, "{max-size: 10GiB}")
            let toolchain = try #require(Installation.toolchains.last)
            try host.goBuild(toolchain, in: program, as: host.second, umask: "022").runSuccessfully()
            let check = try host.cachewarden("check").run()
            #expect(check.status == 2 && check.output.contains("last-use-stale"), "\(check)")
            try host.cachewarden("apply").runSuccessfully()
            let snapshot = try TreeSnapshot(of: host.cache)
            let now = Date().timeIntervalSince1970
            let young = snapshot.nodes.filter { $0.key.bytes.suffix(2) == Array("-d".utf8) }
                .count { now - Double($0.value.modified.seconds) < 3_600 }
            #expect(young > 20, "outputs that the second user's build used: \(young)")
            #expect(try host.cachewarden("check").run().status == 0)
        }

        @Test func ownsTheTrim() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-size: 10GiB, own-trim: true}")
            let trim = host.cache.appending("trim.txt")
            try Data("1795000000".utf8).write(to: URL(fileURLWithPath: trim.string))
            let check = try host.cachewarden("check").run()
            #expect(check.status == 2 && check.output.contains("trim-not-owned"), "\(check)")
            try host.cachewarden("apply").runSuccessfully()
            let text = try String(contentsOfFile: trim.string, encoding: .utf8)
            let ahead = try #require(Int(text)) - Int(Date().timeIntervalSince1970)
            #expect((2_900...3_000).contains(ahead), "\(text)")
            #expect(try host.cachewarden("check").run().status == 0)
        }

        @Test func aSavedPlanRemovesExactlyWhatItSays() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-size: 20MiB}")
            let oldest = try host.simplePair()
            try host.age(hours: 48)
            for hash in oldest { try host.age(hours: 90, matching: hash) }
            let file = host.folder.path("plan.json").string
            _ = try host.cachewarden("plan", "--out", file).run()
            let used = host.cache.appending(String(oldest[0].prefix(2))).appending(oldest[0])
            try Command("/usr/bin/touch", "-a", used.string).runSuccessfully()
            let before = try host.entries()
            let stale = try host.cachewarden("apply", "--plan", file).run()
            #expect(stale.status == 1 && stale.errors.contains("was used or removed"), "\(stale)")
            #expect(try host.entries() == before, "a plan is carried out whole or not at all")
            try host.age(hours: 48)
            _ = try host.cachewarden("plan", "--out", file).run()
            let apply = try host.cachewarden("apply", "--plan", file).run()
            #expect(apply.status == 0, "\(apply)")
            #expect(try host.entries().isStrictSubset(of: before))
        }

        @Test func lookingRefreshesNothing() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-size: 20MiB, max-age: 30d}")
            let paths = try host.entries().map { host.cache.appending($0.description) }
            let times = try paths.map { try FileStatus.accessTime(of: $0) }
            let action = try #require(paths.first { $0.string.hasSuffix("-a") })
            for command in [["check"], ["plan"], ["stat", "go-build"], ["explain", action.string]] {
                var run = host.cachewarden(command[0])
                run.arguments += command.dropFirst()
                #expect([0, 2].contains(try run.run().status))
            }
            #expect(try paths.map { try FileStatus.accessTime(of: $0) } == times)
        }

        /// One output that everybody's builds name, as the empty one: it never ages, its actions do.
        @Test func actionsOfASharedOutputGoOneByOne() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-age: 30d}")
            let before = try host.entries()
            let model = try #require(before.first { $0.bytes.suffix(2) == Array("-a".utf8) })
            let line = String(decoding: try host.folder.read(FilePath("go-build").appending("\(model)")), as: UTF8.self)
            var words = line.split(separator: " ", omittingEmptySubsequences: false)
            for digit in 10..<30 {
                let hash = String(repeating: "\(digit)", count: 32)
                words[1] = Substring(hash)
                let file = FilePath("go-build").appending("\(digit)").appending("\(hash)-a")
                try host.folder.write(file, words.joined(separator: " "), mode: ModeBits(0o660))
                try Command("/bin/chown", "\(host.first):\(host.group)", host.folder.path(file).string)
                    .runSuccessfully()
                try Command("/usr/bin/touch", "-d", "40 days ago", host.folder.path(file).string).runSuccessfully()
            }
            let check = try host.cachewarden("check", "--only", "age-exceeded").run()
            #expect(check.status == 2 && check.output.contains("20 entries"), "\(check)")
            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 0, "\(apply)")
            #expect(try host.entries() == before)
        }

        @Test func withoutATraceOfReadsItTakesTwoPasses() throws {
            let host = try TestHost.make()
            let mount = try MountedCache(for: host, options: "noatime,mode=0755,size=300m")
            _ = try filled(host, "{max-size: 10MiB, low-water: 50%, order: age}")
            try host.limit("{max-size: 10MiB, low-water: 50%}")
            let refused = try host.cachewarden("apply").run()
            #expect(refused.status == 2 && refused.output.contains("last-use-unreliable"), "\(refused)")
            try host.limit("{max-size: 10MiB, low-water: 50%, order: age}")
            let entries = try host.pairs()
            let first = try host.cachewarden("apply").run()
            #expect(first.status == 2, "the size is not reached in the first pass: \(first)")
            let between = try host.pairs()
            #expect(between.actions < entries.actions && between.outputs == entries.outputs, "\(between)")
            let second = try host.cachewarden("apply").run()
            #expect(second.status == 0, "\(second)")
            #expect(try host.pairs().orphaned == 0)
            withExtendedLifetime(mount.path) {}
        }

        @Test func saysWhatACacheIsMadeOf() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-size: 20MiB}")
            let stat = try host.cachewarden("stat", "go-build").run()
            #expect(stat.status == 0, "\(stat)")
            for part in ["pairs", "limits    max-size 20.0 MiB", "< 5 days", "by owner  \(host.first): ", "signal"] {
                #expect(stat.output.contains(part), "\(part): \(stat)")
            }
            let output = try #require(
                try host.entries().map { host.cache.appending($0.description).string }.first { $0.hasSuffix("-d") })
            let explain = try host.cachewarden("explain", output, "--format", "json").run()
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(explain.output.utf8)) as? [String: Any])
            #expect(document["schema"] as? String == "cachewarden.explain/1")
            #expect((document["pair"] as? [Any])?.isEmpty == false)
        }
    }
}
