import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Hosts, mounts and sandboxes that take something from the agent: it says what, and changes nothing halfway.
    @Suite(
        "A host that takes something away", .enabled(if: Installation.canTrace, "needs root, useradd, acl and strace"))
    struct HostSafetyTests {
        /// Runs a command in a mount namespace of its own, after these lines of shell.
        private func isolated(_ command: Command, _ preparation: String) -> Command {
            var outer = Command("/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec")
            outer.arguments += [preparation + "\nexec \"$@\"", "sh", command.executable.string] + command.arguments
            outer.environment = command.environment
            return outer
        }

        @Test("164: without CAP_LEASE outputs of others wait for a later run, and the report says why")
        func withoutLeases() throws {
            let host = try TestHost.make()
            try host.limit("{max-size: 1B}")
            _ = try host.makeUsedCache(by: host.first)
            try host.age(hours: 48)
            let apply = host.cachewarden("apply")
            var bounded = Command(
                "/usr/bin/setpriv", arguments: ["--bounding-set=-lease", apply.executable.string] + apply.arguments)
            bounded.retriedStatus = apply.retriedStatus
            let result = try bounded.run()
            #expect(result.status == 3 && result.output.contains("without CAP_LEASE"), "\(result)")
            let pairs = try host.pairs()
            #expect(pairs.actions == 0 && pairs.outputs == 50, "\(pairs)")
            let whole = try apply.run()
            #expect(whole.status == 2 && !whole.output.contains("CAP_LEASE"), "\(whole)")
            #expect(try host.pairs().outputs == 0)
        }

        @Test("164: a user with four capabilities repairs what root would") func dedicatedUser() throws {
            let host = try TestHost.make()
            let tree = try host.makeUsedCache(by: host.first, pairs: 3)
            try host.cachewarden("apply").runSuccessfully()
            let before = try TreeSnapshot(of: host.cache).nodes.keys.map {
                try host.folder.state(FilePath("go-build/\($0)"))
            }
            for entry in [tree.actions[0], tree.outputs[1]] {
                let path = host.folder.path(entry).string
                try Command("/bin/chgrp", "root", path).runSuccessfully()
                try Command("/usr/bin/setfacl", "-m", "u:\(host.outsider):r", path).runSuccessfully()
            }
            let home = host.folder.path("home").appending(host.outsider)
            try host.folder.write("etc/agent.yaml", "version: 1\naudit: {path: \(home)/audit.jsonl}\n")
            let apply = host.cachewarden("apply")
            let capabilities = "+chown,+fowner,+dac_override,+fsetid"
            var command = Command(
                "/usr/bin/setpriv",
                arguments: [
                    "--reuid=\(host.outsider)", "--regid=\(host.outsider)", "--clear-groups",
                    "--inh-caps=\(capabilities)", "--ambient-caps=\(capabilities)", apply.executable.string,
                ] + apply.arguments)
            command.environment["HOME"] = home.string
            let result = try command.run()
            #expect(result.status == 0 && result.output.hasPrefix("REPAIRED"), "\(result)")
            let after = try TreeSnapshot(of: host.cache).nodes.keys.map {
                try host.folder.state(FilePath("go-build/\($0)"))
            }
            #expect(Set(after.map { "\($0)" }) == Set(before.map { "\($0)" }))
            #expect(try host.cachewarden("check").run().status == 0)
        }

        @Test("18: with unprotected hard links only looks are allowed") func unprotectedHardLinks() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let zero = try host.folder.write("zero", "0\n")
            let hidden = "mount --bind '\(zero)' /proc/sys/fs/protected_hardlinks"
            let before = try TreeSnapshot(of: host.cache)
            let apply = try isolated(host.cachewarden("apply"), hidden).run()
            #expect(apply.status == 1 && apply.output.contains("host-links-unprotected"), "\(apply)")
            #expect(apply.output.contains("sysctl -w fs.protected_hardlinks=1"), "\(apply)")
            let clean = try isolated(host.cachewarden("clean", "go-build"), hidden).run()
            #expect(clean.status == 1 && clean.errors.contains("host-links-unprotected"), "\(clean)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
            let check = try isolated(host.cachewarden("check"), hidden).run()
            #expect(check.status == 2, "\(check)")
            for part in ["host-links-unprotected", "entry-mode"] { #expect(check.output.contains(part), "\(check)") }
            #expect(try host.cachewarden("apply").run().status == 0, "with the kernel's own setting")
        }

        @Test func stickyDirectoriesWantTheKernelsGuard() throws {
            let host = try TestHost.make()
            try host.writePolicy(
                try TestHost.sharedPolicy(group: host.group, cache: host.cache)
                    .replacing("mode: \"2770\"", with: "mode: \"3770\""))
            #expect(try host.cachewarden("apply").run().status == 0)
            for (value, isFound) in [("0", true), ("1", false), ("2", false)] {
                let file = try host.folder.write("value", value + "\n")
                let names = ["protected_symlinks", "protected_regular"]
                let hidden = names.map { "mount --bind '\(file)' /proc/sys/fs/\($0)" }.joined(separator: "\n")
                let check = try isolated(host.cachewarden("check"), hidden).run()
                #expect(check.status == 0, "advice is no drift: \(check)")
                #expect(check.output.contains("host-sticky-unprotected") == isFound, "\(check)")
            }
        }

        @Test("46, 164: a filter of set-ID bits is named before the first change") func setIDFilter() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let before = try TreeSnapshot(of: host.cache)
            let apply = try host.cachewarden("apply").injecting("fchmod:error=EPERM").run()
            #expect(apply.status == 1 && apply.errors.contains("RestrictSUIDSGID"), "\(apply)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        @Test(
            "8: whatever error a filter answers openat2 with, the repair is the same", arguments: ["ENOSYS", "EPERM"])
        func openat2Filter(error: String) throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let apply = try host.cachewarden("apply").injecting("openat2:error=" + error).run()
            #expect(apply.status == 0, "\(apply)")
            let again = try host.cachewarden("check").run()
            #expect(again.status == 0, "\(again)")
        }

        @Test("11: without /proc nothing is changed") func noProc() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let before = try TreeSnapshot(of: host.cache)
            let hidden = "mount -t tmpfs none /proc"
            let apply = try isolated(host.cachewarden("apply"), hidden).run()
            #expect(apply.status == 1, "\(apply)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
            let check = try isolated(host.cachewarden("check"), hidden).run()
            #expect(check.status == 2 && check.output.contains("entry-mode"), "\(check)")
        }

        @Test func aMountThatForbidsExecutionIsAdvice() throws {
            let host = try TestHost.make()
            let mount = try MountedCache(for: host, options: "noexec,mode=0755,size=30m")
            _ = try host.cachewarden("apply").run()
            let check = try host.cachewarden("check").run()
            #expect(check.status == 0, "advice is no drift: \(check)")
            #expect(check.output.contains("noexec") && check.output.contains("without nosuid,nodev"), "\(check)")
            withExtendedLifetime(mount.path) {}
        }

        @Test("122: a second run under the timer says so and is no failure") func secondRun() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try Command("/bin/mkdir", "-p", "-m", "0700", "/run/cachewarden").runSuccessfully()
            for (variables, status) in [([], 75), (["INVOCATION_ID=0123456789abcdef0123456789abcdef"], 0)] {
                var outer = Command("/usr/bin/flock", "/run/cachewarden/run.lock", "/usr/bin/env")
                let apply = host.cachewarden("apply")
                outer.arguments += variables + [apply.executable.string] + apply.arguments
                let result = try outer.run()
                #expect(result.status == status, "\(result)")
                #expect(result.errors.contains("another run"), "\(result)")
            }
        }
    }
}
