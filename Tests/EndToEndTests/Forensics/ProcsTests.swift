import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Real builds by real users, seen while they run.
    @Suite("Go commands that run", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct ProcsTests {
        private struct Report: Decodable {
            struct Command: Decodable {
                struct Step: Decodable, Hashable {
                    let tool: String
                    let package: String?
                }
                struct Cache: Decodable {
                    let path: String?
                    let from: String
                }
                let process: Int32
                let user: String
                let command: String
                let cache: Cache
                let steps: [Step]
                let writtenBytes: UInt64?
                enum CodingKeys: String, CodingKey {
                    case process, user, command, cache, steps
                    case writtenBytes = "written-bytes"
                }
            }
            let schema: String
            let commands: [Command]
        }

        private func look(_ arguments: String...) throws -> Report {
            let looked = try Command(
                Installation.binary, arguments: ["procs", "--format", "json"] + arguments
            ).runSuccessfully()
            return try JSONDecoder().decode(Report.self, from: Data(looked.output.utf8))
        }

        /// Go 1.19 brings the standard library compiled: its builds are over before anybody looks.
        @Test(.timeLimit(.minutes(5)), arguments: Installation.toolchains.filter(\.cachesExecutables))
        func namesWhoBuildsWhatAndWhere(toolchain: GoToolchain) throws {
            let host = try TestHost.make()
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o777))
            let program = try host.makeProgram("seen")
            let list = try host.go(
                toolchain, "list", "-deps", ".", in: program, as: host.second, umask: "022"
            ).runSuccessfully()
            let packages = Set(list.output.split(separator: "\n").map(String.init))
            let build = try host.goBuild(toolchain, in: program, as: host.first, umask: "022").start()
            var steps: Set<Report.Command.Step> = []
            var seen: Report.Command?
            while build.isRunning, steps.count < 5 {
                let report = try look("--user", host.first)
                #expect(report.schema == "cachewarden.procs/1")
                guard let command = report.commands.first else { continue }
                seen = command
                steps.formUnion(command.steps)
            }
            // Nobody else's.
            #expect(try look("--user", host.outsider).commands.isEmpty)
            try #require(try build.finish().status == 0)
            let command = try #require(seen)
            #expect(command.user == host.first && command.command.hasPrefix("\(toolchain.go) build -o "))
            #expect(command.cache.path == host.cache.string && command.cache.from == "set in the environment")
            #expect(command.writtenBytes != nil)
            let named = Set(steps.compactMap(\.package))
            #expect(named.count >= 3 && named.subtracting(["main"]).isSubset(of: packages), "\(steps)")
            #expect(steps.allSatisfy { ["asm", "cgo", "compile", "link", "vet"].contains($0.tool) }, "\(steps)")
        }

        /// A mount namespace of its own is what a container has: its paths are not this host's.
        @Test func doesNotTakeAContainersPathsForThisHosts() throws {
            let host = try TestHost.make()
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o777))
            let toolchain = try #require(Installation.toolchains.last)
            let program = try host.makeProgram("contained")
            var build = Command("/usr/bin/unshare", "--mount", toolchain.go.string, "build", "-o", "contained", ".")
            build.directory = program
            build.environment = ["GOCACHE": host.cache.string, "GOTOOLCHAIN": "local", "PATH": "/usr/bin:/bin"]
            let running = try build.start()
            var cache: Report.Command.Cache?
            while running.isRunning, cache == nil {
                cache = try look("--user", "0").commands.first { $0.command.contains("-o contained") }?.cache
            }
            let result = try running.finish()
            try #require(result.status == 0, "\(result)")
            #expect(cache?.from == "elsewhere" && cache?.path == nil, "\(String(describing: cache))")
        }

        @Test func saysThatThereIsNone() throws {
            let text = try Command(Installation.binary, "procs", "--user", "4294967294").runSuccessfully().output
            #expect(text.hasPrefix("no go command runs on "), "\(text)")
            let unknown = try Command(Installation.binary, "procs", "--user", "no-such-user").run()
            #expect(unknown.status == 1 && unknown.errors.contains("there is no user 'no-such-user'"), "\(unknown)")
        }
    }
}
