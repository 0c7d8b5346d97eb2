import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// The log is never behind what was done to the cache.
    @Suite(
        "Audit logs on the disk", .enabled(if: Installation.canTrace, "needs root, useradd, setpriv, acl and strace"))
    struct AuditDurabilityTests {
        /// A power cut may come between any two calls: what is written and not synced would be gone.
        @Test("125: nothing is changed before what announces it is on the disk", arguments: ["repair", "evict"])
        func isOnTheDiskBeforeEveryChange(work: String) throws {
            let host = try TestHost.make()
            if work == "evict" { try host.limit("{max-size: 1B}") }
            _ = try host.makeUsedCache(by: host.first, pairs: 20)
            if work == "evict" {
                try Command("/bin/chown", "-R", "root:\(host.group)", host.cache.string).runSuccessfully()
                try host.age(hours: 48, matching: "*-[ad]")
            }
            let only = work == "evict" ? ["size-exceeded"] : ["entry-group", "entry-mode", "entry-acl"]
            let lines = try trace(host, ["--only"] + only, "0", "write,fdatasync,unlinkat,fchownat,fchmodat,setxattr")
            // Per thread no order is known; on one thread every change must find the log synced since its last intention.
            var (isWritten, isSynced, changes) = (false, false, 0)
            for line in lines {
                if line.contains("-intended") { (isWritten, isSynced) = (true, false) }
                if line.contains("fdatasync(") { isSynced = true }
                let isChange = line.contains("unlinkat(") && line.contains("-a\"") || line.contains("fchownat(")
                if isChange {
                    changes += 1
                    #expect(isWritten && isSynced, "\(line)")
                }
            }
            #expect(changes >= 20)
        }

        @Test("113: an I/O error of fdatasync ends the run, and is never tried again")
        func endsAtAFailedSync() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first, pairs: 20)
            // A first run begins the log and its reserve.
            try host.cachewarden("apply", "--only", "size-exceeded").run()
            let before = try TreeSnapshot(of: host.cache)
            let lines = try trace(host, [], "1", "fdatasync", inject: "fdatasync:error=EIO")
            #expect(lines.filter { $0.contains("fdatasync(") }.count == 1, "\(lines)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
        }

        @Test("111: a disk that is full only when it is asked to sync takes the reserve")
        func usesTheReserveForAFailedSync() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first, pairs: 20)
            try host.cachewarden("apply", "--only", "size-exceeded").run()
            _ = try trace(host, [], "0", "fdatasync", inject: "fdatasync:error=ENOSPC:when=2")
            let show = try audit(host, "show")
            #expect(show.output.contains("gave up the log's reserve of 16.0 MiB: No space left on device"), "\(show)")
            #expect(try audit(host, "verify").status == 0)
            #expect(try host.folder.exists("log/audit.jsonl.reserve"))
        }

        @Test("111: on a full disk that cache and log share, the reserve lets the evictions begin")
        func makesRoomOnASharedDisk() throws {
            let host = try TestHost.make()
            let disk = try host.folder.makeDirectory("disk")
            try Command("/bin/mount", "-t", "tmpfs", "-o", "size=32m,mode=0755", "tmpfs", disk.string).runSuccessfully()
            // What stays mounted costs memory; the test's verdict stands without it.
            defer { _ = try? Command("/bin/umount", "-l", disk.string).run() }
            let (cache, log) = (disk.appending("cache"), disk.appending("log/audit.jsonl"))
            try host.folder.makeDirectory("disk/cache")
            try host.folder.makeDirectory("disk/log", mode: ModeBits(0o700))
            try host.folder.write("etc/agent.yaml", "version: 1\naudit: {path: \(log)}\n")
            try host.writePolicy(
                """
                version: 1
                policy: full
                mode: enforce
                caches: [{name: files, path: \(cache), layout: directory, retention: {max-entries: 10}}]
                """)
            #expect(try host.cachewarden("apply").run().status == 0)
            for index in 0..<200 {
                let name = "disk/cache/\(String(repeating: "x", count: 200))\(index)"
                try host.folder.write(FilePath(name), "x")
            }
            try Command(
                "/usr/bin/find", cache.string, "-type", "f", "-exec", "/usr/bin/touch", "-d", "48 hours ago", "{}", "+"
            )
            .runSuccessfully()
            _ = try Command("/bin/dd", "if=/dev/zero", "of=\(disk.appending("ballast"))", "bs=4k").run()

            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 0, "\(apply)")
            #expect(
                apply.output.contains("the disk of the audit log was full: its reserve of 16.0 MiB was used"),
                "\(apply)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache.string).count <= 10)
            let show = try Command(Installation.binary, "audit", "show", "--log", log.string).run()
            #expect(show.output.contains("gave up the log's reserve"), "\(show)")
            #expect(try Command(Installation.binary, "audit", "verify", "--log", log.string).run().status == 0)
        }

        @Test("107: 'audit verify --head' finds what was cut off") func checksTheHead() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first, pairs: 2)
            try host.cachewarden("apply").run()
            let verify = try audit(host, "verify")
            #expect(verify.output.contains("cannot rule out truncation"))
            let match = try #require(verify.output.firstMatch(of: /record (\d+), hash ([0-9a-f]{64})/))
            let head = "\(match.output.1):\(match.output.2)"
            let proved = try audit(host, "verify", "--head", head)
            #expect(proved.status == 0 && !proved.output.contains("cannot rule out"), "\(proved)")
            let lines = try host.folder.read("log/audit.jsonl").split(separator: UInt8(ascii: "\n"))
            try host.folder.write(
                "log/audit.jsonl", Array(lines.dropLast().map { Array($0) + [UInt8(ascii: "\n")] }.joined()))
            #expect(try audit(host, "verify").status == 0)
            let cut = try audit(host, "verify", "--head", head)
            #expect(cut.status == 2 && cut.output.contains("records were cut off"), "\(cut)")
            #expect(try audit(host, "verify", "--head", "7").status == 64)
        }

        @Test("118, 141: a key by CREDENTIALS_DIRECTORY and '--key', shown nowhere") func takesAKey() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first, pairs: 2)
            try host.folder.makeDirectory("credentials", mode: ModeBits(0o700))
            let canary = "canary-2b9a61d0-0123456789abcdef"
            try host.folder.write("credentials/audit-key", canary + "\n", mode: ModeBits(0o400))
            var apply = host.cachewarden("apply", "-vv")
            apply.environment["CREDENTIALS_DIRECTORY"] = host.folder.path("credentials").string
            let applied = try apply.run()
            #expect(applied.status == 0, "\(applied)")
            let key = host.folder.path("credentials/audit-key").string
            let with = try audit(host, "verify", "--key", key)
            #expect(with.status == 0 && with.output.contains("proved by MAC"), "\(with)")
            let without = try audit(host, "verify")
            #expect(without.status == 0 && without.output.contains("cannot say who wrote the records"), "\(without)")
            let unkeyed = try host.cachewarden("apply").run()
            #expect(unkeyed.status == 1 && unkeyed.errors.contains("LoadCredential=audit-key:FILE"), "\(unkeyed)")
            try Command("/bin/chmod", "644", key).runSuccessfully()
            let open = try apply.run()
            #expect(open.status == 1 && open.errors.contains("everybody can read it"), "\(open)")
            for result in [applied, with, without, unkeyed, open] { #expect(!"\(result)".contains("canary")) }
            #expect(!String(decoding: try host.folder.read("log/audit.jsonl"), as: UTF8.self).contains("canary"))
        }

        private func audit(_ host: borrowing TestHost, _ arguments: String...) throws -> CommandResult {
            try Command(Installation.binary, arguments: ["audit"] + arguments + ["--log", host.auditLog.string]).run()
        }

        /// Runs `apply` on one thread and returns the calls of interest, in their order.
        private func trace(
            _ host: borrowing TestHost, _ arguments: [String], _ status: String, _ calls: String, inject: String? = nil
        ) throws -> [String] {
            var command = host.cachewarden("apply", "--threads", "1")
            command.arguments += arguments
            var traced = Command(
                "/usr/bin/strace",
                arguments: ["-f", "-qq", "-s", "200", "-o", host.folder.path("trace").string, "-e", "trace=\(calls)"]
                    + (inject.map { ["-e", "inject=\($0)"] } ?? []) + [command.executable.string] + command.arguments)
            traced.retriedStatus = 75
            let result = try traced.run()
            #expect("\(result.status)" == status || status == "0" && result.status == 2, "\(result)")
            return String(decoding: try host.folder.read("trace"), as: UTF8.self).split(separator: "\n").map(
                String.init)
        }
    }
}
