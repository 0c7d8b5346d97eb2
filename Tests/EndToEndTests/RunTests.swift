import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Modes, locks, signals and the audit log of whole runs.
    @Suite("A run", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct RunTests {
        @Test func changesNothingUnderAnAuditPolicy() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try host.writePolicy(try TestHost.sharedPolicy(group: host.group, cache: host.cache, mode: "audit"))
            let before = try TreeSnapshot(of: host.cache)
            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 2, "\(apply)")
            #expect(apply.output.contains("audit"), "the report says why nothing was done: \(apply)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        /// Every format says the same of one run.
        @Test func writesEveryReportOfOneRun() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let formats = ["text", "json", "junit", "sarif", "html", "prometheus"]
            let files = formats.map { host.folder.path(FilePath("report.\($0)")).string }
            let pairs = zip(formats, files).flatMap { ["--format", $0, "--output", $1] }
            var check = host.cachewarden("check")
            check.arguments += pairs
            let result = try check.run()
            #expect(result.status == 2 && result.output.isEmpty, "\(result)")
            for (format, file) in zip(formats, files) {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                #expect(text.contains("root-mode"), "\(format)")
                #expect(try host.folder.status(FilePath("report.\(format)")).mode == ModeBits(0o644))
            }
        }

        @Test func isRefusedToUsersWithoutTheRight() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let before = try TreeSnapshot(of: host.cache)
            var command = try host.cachewarden(as: host.outsider, "apply", "--policy", host.policy.string)
            command.environment["HOME"] = host.folder.path("home").appending(host.outsider).string
            let apply = try command.run()
            #expect(apply.status == 1, "\(apply)")
            #expect(apply.errors.contains("CAP_"), "names the missing right: \(apply)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        @Test func leavesALogThatProvesItself() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            #expect(try host.cachewarden("apply").run().status == 0)
            let settings = ["--settings", host.settings.string]
            let verify = Command(Installation.binary, arguments: ["audit", "verify"] + settings)
            let whole = try verify.run()
            #expect(whole.status == 0, "\(whole)")
            let show = try Command(Installation.binary, arguments: ["audit", "show"] + settings).run()
            #expect(show.status == 0, "\(show)")
            #expect(show.output.contains("go-build"), "\(show)")

            var log = try host.folder.read("log/audit.jsonl")
            let lines = log.split(separator: UInt8(ascii: "\n"))
            try #require(lines.count >= 3)
            // One byte of the second record: a digit becomes another digit, so the line is still JSON.
            let start = lines[1].startIndex
            let digit = try #require(log[start...].firstIndex { (0x30...0x38).contains($0) })
            log[digit] += 1
            try host.folder.write("log/audit.jsonl", log, mode: ModeBits(0o600))
            let broken = try verify.run()
            #expect([1, 2].contains(broken.status), "\(broken)")
            #expect((broken.output + broken.errors).contains("2"), "names the first bad record: \(broken)")
        }

        @Test(.timeLimit(.minutes(2)))
        func reportsWhatWasDoneWhenInterrupted() throws {
            let host = try TestHost.make()
            let entries = try makeLargeCache(host, count: 30_000)
            let run = try host.cachewarden("apply").start()
            // The first repaired entry shows that the run is at work; there is no other sign to wait for.
            while run.isRunning, try entries.allSatisfy({ try FileStatus(of: $0).mode == ModeBits(0o644) }) {}
            run.interrupt()
            let result = try run.finish()
            #expect(result.status == 3, "\(result)")
            #expect(result.output.contains("ended before their turn"), "\(result)")
            let check = try host.cachewarden("check").run()
            #expect(check.status == 2, "the run must have been ended half-way: \(check)")
            #expect(try host.cachewarden("apply").run().status == 0)
            #expect(try host.cachewarden("check").run().status == 0)
            let verify = try Command(Installation.binary, "audit", "verify", "--settings", host.settings.string).run()
            #expect(verify.status == 0, "\(verify)")
        }

        @Test(.timeLimit(.minutes(2)))
        func yieldsToTheOneThatHoldsTheLock() throws {
            let host = try TestHost.make()
            let entries = try makeLargeCache(host, count: 30_000)
            let first = try host.cachewarden("apply").start()
            while first.isRunning, try entries.allSatisfy({ try FileStatus(of: $0).mode == ModeBits(0o644) }) {}
            let second = try host.cachewarden("apply").start().finish()
            #expect(second.status == 75, "\(second)")
            let result = try first.finish()
            #expect(result.status == 0, "\(result)")
            #expect(try host.cachewarden("check").run().status == 0)
        }

        /// Makes many empty outputs in one go, and returns some of them.
        private func makeLargeCache(_ host: borrowing TestHost, count: Int) throws -> [FilePath] {
            _ = try host.makeUsedCache(by: host.first, pairs: 2)
            let shards = ["00", "01", "02", "03"]
            for shard in shards {
                let directory = host.cache.appending(shard).string
                let script = """
                    mkdir -p \(directory) && cd \(directory) \
                    && seq -f '\(shard)%062.0f-d' 1 \(count / shards.count) | xargs touch
                    """
                try Command("/bin/sh", "-c", script).runSuccessfully()
            }
            try Command("/bin/chown", "-R", host.first, host.cache.string).runSuccessfully()
            return shards.map { shard in
                host.cache.appending(shard).appending(shard + String(repeating: "0", count: 61) + "1-d")
            }
        }
    }
}
