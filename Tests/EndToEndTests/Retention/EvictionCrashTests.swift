import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A run that is killed anywhere leaves a cache that Go accepts, and the next run comes to the same end.
    @Suite(
        "Evictions that are killed", .enabled(if: Installation.canTrace, "needs root, useradd, setpriv, acl and strace")
    )
    struct EvictionCrashTests {
        /// The calls that change something: entries, times, `trim.txt`, the log.
        private static let calls = ["unlinkat", "write", "utimensat", "ftruncate", "fsync", "fdatasync", "fchownat"]

        @Test(.timeLimit(.minutes(20))) func convergeAfterEveryCall() throws {
            var killed: [String: Int] = [:]
            for call in Self.calls {
                var number = 1
                while try isKilled(at: number, of: call) {
                    killed[call, default: 0] += 1
                    number += 1
                }
            }
            #expect(killed["unlinkat"] == 12 && killed["write", default: 0] > 4, "\(killed)")
        }

        /// Kills a run at one call, and expects that the next one comes to the end; false where it ended before that call.
        private func isKilled(at number: Int, of call: String) throws -> Bool {
            let host = try TestHost.make()
            try host.limit("{max-size: 1B, own-trim: true}")
            _ = try host.makeUsedCache(by: host.first, pairs: 6)
            try Command("/bin/chown", "-R", "root:\(host.group)", host.cache.string).runSuccessfully()
            try host.age(hours: 48, matching: "*-[ad]")
            let apply = try kill(host, at: number, of: call)
            #expect(try host.pairs().dangling == 0, "\(call) \(number): an action without its output")
            guard apply.status == 128 + 9 else {
                #expect([0, 2].contains(apply.status), "\(apply)")
                return false
            }
            // Counting pairs has read every action, which is a use.
            try host.age(hours: 48, matching: "*-[ad]")
            let again = try host.cachewarden("apply", "--only", "size-exceeded", "trim-not-owned").run()
            #expect([0, 2].contains(again.status), "\(call) \(number): \(again)")
            #expect(try host.entries().isEmpty, "\(call) \(number): \(again)")
            let log = try Command(Installation.binary, "audit", "verify", "--log", host.auditLog.string).run()
            #expect(log.status == 0, "\(call) \(number): \(log)")
            return true
        }

        private func kill(_ host: borrowing TestHost, at number: Int, of call: String) throws -> CommandResult {
            let command = host.cachewarden("apply", "--only", "size-exceeded", "trim-not-owned", "--threads", "1")
            let inject = "inject=\(call):signal=KILL:when=\(number)"
            var traced = Command(
                "/usr/bin/strace",
                arguments: [
                    "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", inject,
                    command.executable.string,
                ] + command.arguments)
            traced.retriedStatus = 75
            return try traced.run()
        }
    }
}
