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
            let calls = try trace(host, command, expecting: 2)
            #expect(calls.contains { $0.name == "getdents64" }, "the trace must show the walk")
            let writing = calls.filter(\.isWriting).map(\.line)
            #expect(writing.isEmpty, "\(writing.prefix(9).joined(separator: "\n"))")
        }

        /// A path can be swapped between two calls, a descriptor cannot.
        @Test func changeNothingByItsPath() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let calls = try trace(host, "apply", expecting: 0).filter(\.isWriting)
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

        private func trace(
            _ host: borrowing TestHost, _ command: String, expecting status: Int32
        ) throws -> [SystemCall] {
            let file = host.folder.path("trace")
            let command = host.cachewarden(command)
            let arguments =
                ["-f", "-qq", "-s", "300", "-o", file.string, command.executable.string] + command.arguments
            let result = try Command("/usr/bin/strace", arguments: arguments).run()
            #expect(result.status == status, "\(result)")
            return String(decoding: try host.folder.read("trace"), as: UTF8.self)
                .split(separator: "\n").compactMap { SystemCall(line: String($0)) }
        }
    }
}

/// One line of a trace.
private struct SystemCall {
    let name: String
    let line: String

    /// Returns `nil` for a line that begins no call.
    init?(line: String) {
        guard let match = line.firstMatch(of: /^\d+ +([a-z0-9_]+)\(/) else { return nil }
        name = String(match.output.1)
        self.line = line
    }

    /// Whether the call asks for a change of something that has a name.
    var isWriting: Bool {
        if name.hasPrefix("open") {
            // Writing into the null device is how standard input and output may have been set up.
            return line.contains(/O_CREAT|O_WRONLY|O_RDWR|O_TRUNC|O_TMPFILE/) && !line.contains("\"/dev/")
        }
        // strace 6.1 knows fchmodat2 and setxattrat by their numbers alone.
        let words = #/chmod|chown|rename|unlink|rmdir|mkdir|mknod|link|truncate|setxattr|removexattr|utime/#
        return name.contains(words) && name != "readlink" && name != "readlinkat"
            || ["syscall_0x1c4", "syscall_0x1cf", "syscall_0x1d2"].contains(name)
    }

    /// Whether the change goes to a path and neither to a descriptor nor to a single name below one.
    var isByPath: Bool {
        let onDescriptor = line.contains("\"/proc/self/fd/") || line.contains(#/\(\d+, (""|[^"])/#)
        // fchmodat2 as strace 6.1 shows it: the fourth argument is AT_EMPTY_PATH.
        guard !line.contains(#/syscall_0x1c4\((0x\w+, ){3}0x1000,/#) else { return false }
        return !onDescriptor && !line.contains(#/\(\d+, "[^/"]+"/#)
    }
}
