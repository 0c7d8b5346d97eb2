import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A run that is killed in the middle of the log's own work leaves a log that verifies, and the next run goes on.
    @Suite(
        "Audit logs that are killed",
        .enabled(if: Installation.canTrace, "needs root, useradd, setpriv, acl and strace"))
    struct AuditCrashTests {
        /// The calls of a rotation, and of what surrounds it.
        private static let calls = ["renameat2", "unlinkat", "fsync", "fdatasync", "write", "openat", "fallocate"]

        @Test("120: SIGKILL at every call of a rotation", .timeLimit(.minutes(20))) func verifyAfterEveryCall() throws {
            let host = try TestHost.make()
            try prepare(host)
            var killed: [String: Int] = [:]
            for call in Self.calls {
                var number = 1
                while try isKilled(host, at: number, of: call) {
                    killed[call, default: 0] += 1
                    number += 1
                }
            }
            // An exchange and a name of its own; one file that goes.
            #expect(killed["renameat2"] == 2 && killed["unlinkat", default: 0] >= 1, "\(killed)")
            #expect(killed["fsync", default: 0] >= 3 && killed["fdatasync", default: 0] >= 2, "\(killed)")
        }

        /// A host whose log is rotated by every run, and keeps two older files.
        private func prepare(_ host: borrowing TestHost) throws {
            try host.folder.write(
                "etc/agent.yaml", "version: 1\naudit: {path: \(host.auditLog), rotate-size: 1KiB, keep: 2}\n")
            _ = try host.makeUsedCache(by: host.first, pairs: 2)
            for _ in 0..<4 { #expect([0, 2].contains(try host.cachewarden("apply").run().status)) }
        }

        private func isKilled(_ host: borrowing TestHost, at number: Int, of call: String) throws -> Bool {
            let command = host.cachewarden("apply", "--threads", "1")
            // What the log's own files are touched by, and not what the loader and the policy's files are.
            let paths =
                ["-P", host.folder.path("log").string, "-P", host.auditLog.string]
                + [".next", ".reserve"].flatMap { ["-P", "\(host.auditLog)\($0)"] }
            let inject = "inject=\(call):signal=KILL:when=\(number)"
            var traced = Command(
                "/usr/bin/strace",
                arguments: ["-f", "-qq", "-o", "/dev/null"] + (call == "openat" || call == "write" ? paths : [])
                    + ["-e", "trace=\(call)", "-e", inject, command.executable.string] + command.arguments)
            traced.retriedStatus = 75
            let apply = try traced.run()
            let left = try verify(host)
            let isTorn = left.status == 2 && left.output.contains("no whole record")
            #expect(left.status == 0 || isTorn, "\(call) \(number): \(left)")
            guard apply.status == 128 + 9 else {
                #expect([0, 2].contains(apply.status), "\(call) \(number): \(apply)")
                return false
            }
            let again = try host.cachewarden("apply").run()
            #expect([0, 2].contains(again.status), "\(call) \(number): \(again)")
            let log = try verify(host)
            #expect(log.status == 0, "\(call) \(number): \(log)")
            #expect(!(try host.folder.exists("log/audit.jsonl.next")), "\(call) \(number)")
            #expect(try host.folder.exists("log/audit.jsonl.reserve"), "\(call) \(number)")
            return true
        }

        private func verify(_ host: borrowing TestHost) throws -> CommandResult {
            try Command(Installation.binary, "audit", "verify", "--log", host.auditLog.string).run()
        }
    }
}
