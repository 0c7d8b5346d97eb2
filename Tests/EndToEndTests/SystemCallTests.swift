import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// What the kernel is really asked to do, seen by strace.
    @Suite("System calls", .enabled(if: Installation.canTrace, "needs root, useradd, setpriv, acl and strace"))
    struct SystemCallTests {
        @Test(arguments: ["check", "plan"])
        func areReadingOnesWhileNothingIsToBeChanged(command: String) throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let calls = try host.trace(host.cachewarden(command), expecting: [2])
            #expect(calls.contains { $0.name == "getdents64" }, "the trace must show the walk")
            let writing = calls.filter(\.isWriting).map(\.line)
            #expect(writing.isEmpty, "\(writing.prefix(9).joined(separator: "\n"))")
        }

        /// A path can be swapped between two calls, a descriptor cannot.
        @Test func changeNothingByItsPath() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let calls = try host.trace(host.cachewarden("apply"), expecting: [0]).filter(\.isWriting)
            #expect(calls.count > 200, "the trace must show the repair")
            // The agent's own files stand in folders that only root can change.
            let own = [host.folder.path("log").string, "/run/cachewarden"]
            let loose = calls.filter { call in call.isByPath && !own.contains { call.line.contains("\"" + $0) } }
            #expect(loose.isEmpty, "\(loose.prefix(9).map(\.line).joined(separator: "\n"))")
        }

        /// A timer's run leaves the disks to the builds; whoever sits before it waits no longer than needed.
        @Test func yieldTheDisksUnderTheTimer() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            for (isTimer, before, count) in [(true, [], 1), (false, [], 0), (true, ["ionice", "-c", "2"], 0)] {
                var traced = Command("/usr/bin/env")
                let check = host.cachewarden("check")
                let file = host.folder.path("trace").string
                traced.arguments =
                    (isTimer ? ["INVOCATION_ID=0123456789abcdef0123456789abcdef"] : []) + before
                    + ["strace", "-f", "-qq", "-e", "trace=ioprio_set,clone,clone3", "-o", file]
                    + [check.executable.string] + check.arguments
                let result = try traced.run()
                #expect(result.status == 2, "\(result)")
                let lines = String(decoding: try host.folder.read("trace"), as: UTF8.self).split(separator: "\n")
                let set = lines.indices.filter { lines[$0].contains("ioprio_set(IOPRIO_WHO_PROCESS, 0, ") }
                #expect(set.count == count, "\(lines)")
                guard let first = set.first else { continue }
                #expect(lines[first].contains("IOPRIO_CLASS_IDLE") && lines[first].hasSuffix("= 0"), "\(lines[first])")
                #expect(!lines[..<first].contains { $0.contains("clone") }, "before any thread is started: \(lines)")
            }
        }
    }
}
