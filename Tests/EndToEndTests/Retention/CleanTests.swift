import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Emptying a cache: by the agent, and by Go's own command.
    @Suite(
        "Clean",
        .enabled(
            if: Installation.canBuild && FileManager.default.isExecutableFile(atPath: "/usr/bin/go"),
            Comment(rawValue: Installation.buildsReason + ", and /usr/bin/go")))
    struct CleanTests {
        private func filled(_ host: borrowing TestHost, _ retention: String) throws -> FilePath {
            try host.limit(retention)
            try host.cachewarden("apply").runSuccessfully()
            let program = try host.makeProgram("kept")
            let toolchain = try #require(Installation.toolchains.last)
            try host.goBuild(toolchain, in: program, as: host.first, umask: "022").runSuccessfully()
            return program
        }

        /// Starts a build that lasts until it is ended: its tool runs a script that sleeps.
        private func startBuild(_ host: borrowing TestHost, in program: FilePath) throws -> RunningCommand {
            let script = try host.folder.write(
                "slow.sh", "#!/bin/sh\n[ \"$2\" = -V=full ] || sleep 6\nexec \"$@\"\n", mode: ModeBits(0o755))
            let toolchain = try #require(Installation.toolchains.last)
            try host.folder.write(FilePath("src/kept/lib/more.go"), "package lib\n\nvar More = 1\n")
            let build = host.go(
                toolchain, "build", "-toolexec", script.string, "-o",
                host.folder.path(FilePath("home/\(host.second)/p")).string,
                ".",
                in: program, as: host.second, umask: "022")
            let running = try build.start()
            Thread.sleep(forTimeInterval: 2)
            return running
        }

        @Test func emptiesACacheNatively() throws {
            let host = try TestHost.make()
            let program = try filled(host, "{max-size: 10GiB}")
            let root = try Command("/usr/bin/getfacl", "-pc", host.cache.string).runSuccessfully().output
            let clean = try host.cachewarden("clean", "go-build").run()
            #expect(clean.status == 0 && clean.output.hasPrefix("EMPTIED"), "\(clean)")
            #expect(try host.entries().isEmpty)
            #expect(try Command("/usr/bin/getfacl", "-pc", host.cache.string).runSuccessfully().output == root)
            let toolchain = try #require(Installation.toolchains.last)
            try host.goBuild(toolchain, in: program, as: host.second, umask: "077").runSuccessfully()
            #expect(try host.cachewarden("check").run().status == 0)
        }

        /// Actions go at once; outputs wait for the build, which does not fail for it.
        @Test(.timeLimit(.minutes(10))) func aRunningBuildIsNamedAndKept() throws {
            let host = try TestHost.make()
            let program = try filled(host, "{max-size: 10GiB}")
            let build = try startBuild(host, in: program)
            let outputs = try host.pairs().outputs
            let clean = try host.cachewarden("clean", "go-build").run()
            #expect(clean.status == 2 && clean.output.hasPrefix("NOT EMPTY YET"), "\(clean)")
            #expect(clean.output.contains("go build -toolexec"), "\(clean)")
            let between = try host.pairs()
            #expect(between.outputs >= outputs, "outputs must wait: \(between)")
            let result = try build.finish()
            #expect(result.status == 0, "\(result)")
            let again = try host.cachewarden("clean", "go-build", "--wait", "1m").run()
            #expect(again.status == 0, "\(again)")
            #expect(try host.entries().isEmpty)
        }

        @Test func theOwnersGoEmptiesIt() throws {
            let host = try TestHost.make()
            let program = try filled(host, "{max-size: 10GiB}")
            let refused = try host.cachewarden("clean", "go-build", "--with", "go").run()
            #expect(refused.status == 3 && refused.output.contains("belongs to root"), "\(refused)")
            try Command("/bin/chown", host.first, host.cache.string).runSuccessfully()
            let root = try Command("/usr/bin/getfacl", "-pc", host.cache.string).runSuccessfully().output
            let clean = try host.cachewarden("clean", "go-build", "--with", "go").run()
            #expect(clean.status == 0 && clean.output.contains("ran as '\(host.first)'"), "\(clean)")
            #expect(try host.entries().isEmpty)
            #expect(try Command("/usr/bin/getfacl", "-pc", host.cache.string).runSuccessfully().output == root)
            let toolchain = try #require(Installation.toolchains.last)
            try host.goBuild(toolchain, in: program, as: host.second, umask: "077").runSuccessfully()
        }

        @Test func aPolicyMayAskForGoClean() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-size: 1GiB}")
            try host.limit("{max-size: 1MiB, when-exceeded: clean}")
            let shared = try String(contentsOfFile: host.policy.string, encoding: .utf8)
            try host.writePolicy(shared.replacing("owner: root", with: "owner: \(host.first)"))
            let plan = try host.cachewarden("plan").run()
            #expect(plan.output.contains("would be emptied by 'go clean -cache'"), "\(plan)")
            #expect(try host.cachewarden("apply").run().status == 3, "root still owns the cache when go is to run")
            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 0, "\(apply)")
            #expect(try host.entries().isEmpty)
        }

        @Test func anAuditPolicyEmptiesNothing() throws {
            let host = try TestHost.make()
            _ = try filled(host, "{max-size: 1MiB}")
            try host.limit("{max-size: 1MiB}", mode: "audit")
            let entries = try host.entries()
            #expect(try host.cachewarden("clean", "go-build").run().status == 1)
            #expect(try host.cachewarden("apply").run().status == 2)
            #expect(try host.entries() == entries)
        }
    }
}
