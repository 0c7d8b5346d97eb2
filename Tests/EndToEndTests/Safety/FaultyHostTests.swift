import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Disks, limits and signals that come between a run and its end.
    @Suite("A host that fails", .enabled(if: Installation.canTrace, "needs root, useradd, setpriv, acl and strace"))
    struct FaultyHostTests {
        @Test("128: a read-only file system is one error, not one for each entry") func readOnly() throws {
            let host = try TestHost.make()
            try host.limit("{max-size: 1B, own-trim: true}")
            _ = try host.makeUsedCache(by: host.first)
            try host.age(hours: 48)
            let before = try TreeSnapshot(of: host.cache)
            let script = "mount --bind \"$0\" \"$0\"; mount -o remount,ro,bind \"$0\"; exec \"$@\""
            func run(_ command: Command) throws -> CommandResult {
                var outer = Command("/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", script)
                outer.arguments += [host.cache.string, command.executable.string] + command.arguments
                outer.retriedStatus = command.retriedStatus
                return try outer.run()
            }
            let check = try run(host.cachewarden("check"))
            #expect(check.status == 2 && check.output.contains("entry-mode"), "\(check)")
            let apply = try run(host.cachewarden("apply"))
            #expect(apply.status == 1 && apply.output.contains("cache-read-only"), "\(apply)")
            let said = (apply.output + apply.errors).ranges(of: "ead-only file system").count
            #expect(said == 1, "said \(said) times: \(apply)")
            for command in [
                host.cachewarden("clean", "go-build"), host.cachewarden("verify", "go-build", "--repair"),
            ] {
                let result = try run(command)
                #expect(result.status == 1 && result.errors.contains("cache-read-only"), "\(command): \(result)")
            }
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        @Test("129: what of a directory cannot be read is reported, all others are repaired") func oneBadDirectory()
            throws
        {
            let host = try TestHost.make()
            let tree = try host.makeUsedCache(by: host.first)
            let reads = try host.trace(host.cachewarden("check", "--threads", "1"), "-y", expecting: [2])
                .filter { $0.name == "getdents64" }
            let shard = try #require(reads.first { $0.line.contains("\(tree.outputs[0].removingLastComponent())>") })
            // strace counts on each thread anew.
            let number = try #require(reads.filter { $0.thread == shard.thread }.firstIndex { $0.line == shard.line })
            let fault = "getdents64:error=EIO:when=\(number + 1)"
            let check = try host.cachewarden("check", "--threads", "1").injecting(fault).run()
            #expect(check.status == 2 && check.output.contains("Input/output error"), "\(check)")
            let apply = try host.cachewarden("apply", "--threads", "1").injecting(fault).run()
            // The second look of the same run reads it and finds what stands there.
            #expect(apply.status == 3, "\(apply)")
            let left = try (tree.actions + tree.outputs).filter { try host.folder.status($0).mode != ModeBits(0o660) }
            #expect(Set(left.map { $0.removingLastComponent() }).count == 1, "\(left)")
            #expect(try host.cachewarden("apply").run().status == 0)
        }

        @Test("126: sixty-four descriptors are enough") func fewDescriptors() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first, pairs: 200)
            var limited = Command("/usr/bin/prlimit", "--nofile=64")
            let apply = host.cachewarden("apply", "--threads", "8")
            limited.arguments += [apply.executable.string] + apply.arguments
            limited.retriedStatus = apply.retriedStatus
            let result = try limited.run()
            #expect(result.status == 0, "\(result)")
            #expect(try host.cachewarden("check").run().status == 0)
        }

        @Test("a signal ends a run between two entries, with a record", arguments: ["TERM", "INT", "HUP"])
        func signals(signal: String) throws {
            let host = try TestHost.make()
            let tree = try host.makeUsedCache(by: host.first)
            let entries = tree.actions + tree.outputs
            let before = try entries.map { try host.folder.state($0) }
            let apply = try host.cachewarden("apply", "--threads", "1").injecting("fchownat:signal=\(signal):when=5")
                .run()
            #expect([1, 3].contains(apply.status), "\(apply)")
            let after = try entries.map { try host.folder.state($0) }
            let log = String(decoding: try host.folder.read("log/audit.jsonl"), as: UTF8.self)
            #expect(log.contains("\"event\":\"run-ended\""), "\(log.suffix(900))")
            let verified = try Command(Installation.binary, "audit", "verify", "--log", host.auditLog.string).run()
            #expect(verified.status == 0, "\(verified)")
            #expect(try host.cachewarden("apply").run().status == 0)
            let done = try entries.map { try host.folder.state($0) }
            let half = entries.indices.filter { after[$0] != before[$0] && after[$0] != done[$0] }
            #expect(half.isEmpty, "\(half.map { entries[$0] })")
            let changed = entries.indices.filter { after[$0] != before[$0] }
            #expect(!changed.isEmpty && changed.count < entries.count, "void: \(changed.count) were repaired")
        }

        @Test("a reader who goes away ends nothing") func brokenPipe() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let apply = try host.cachewarden("apply", "--threads", "1").injecting("fchownat:signal=PIPE:when=5").run()
            #expect(apply.status == 0, "\(apply)")
        }
    }
}
