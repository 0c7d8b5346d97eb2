import Foundation
import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd {
    /// Outputs of a Go that nobody wants any more, beside those of one that builds go on with.
    @Suite("Dropping toolchains", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct DropToolchainsTests {
        /// How many archives and executables of each Go version the cache holds.
        private func versions(_ host: borrowing TestHost) throws -> [String: Int] {
            struct Report: Decodable {
                struct Variant: Decodable {
                    let version: String?
                    let entries: Int
                }
                let variants: [Variant]
            }
            let output = try host.cachewarden("analyze", "--format", "json").runSuccessfully().output
            let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
            return Dictionary(report.variants.map { ($0.version ?? "none", $0.entries) }, uniquingKeysWith: +)
        }

        /// Lets two toolchains fill the cache, and makes it two days old.
        private func fill(
            _ host: borrowing TestHost
        ) throws -> (old: GoToolchain, new: GoToolchain, program: FilePath) {
            try host.limit("{max-size: 10GiB}")
            try host.cachewarden("apply").runSuccessfully()
            let toolchains = Installation.toolchains.suffix(2)
            let (old, new) = (try #require(toolchains.first), try #require(toolchains.last))
            let program = try host.makeProgram("kept")
            for toolchain in toolchains {
                try host.goBuild(toolchain, in: program, as: host.first, umask: "022").runSuccessfully()
            }
            try host.age(hours: 60)
            return (old, new, program)
        }

        @Test(.timeLimit(.minutes(10))) func takesOneAndLeavesTheOther() throws {
            let host = try TestHost.make()
            let (old, new, program) = try fill(host)
            let before = try versions(host)
            #expect(before.count == 2)
            let name = "go" + old.version.map(String.init).joined(separator: ".")
            try host.limit("{drop-toolchains: [\(name)]}")
            let check = try host.cachewarden("check").run()
            #expect(check.status == 2 && check.output.contains("toolchain-dropped"), "\(check)")
            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 0 && apply.output.contains("toolchain-dropped"), "\(apply)")
            let after = try versions(host)
            #expect(after.count == 1 && after.keys.allSatisfy { before[$0] == after[$0] }, "\(after)")
            #expect(try host.cachewarden("check").run().status == 0)
            // Counting pairs reads every action, which is a use.
            #expect(try host.pairs().dangling == 0)
            // Both go on: the one from the cache, the other by compiling again.
            for toolchain in [new, old] {
                try host.goBuild(toolchain, in: program, as: host.second, umask: "077").runSuccessfully()
            }
        }

        @Test(.timeLimit(.minutes(10))) func takesWhatTheHostDoesNotHave() throws {
            let host = try TestHost.make()
            let (_, new, _) = try fill(host)
            try host.limit("{drop-toolchains: uninstalled}")
            // Found where it stands for whoever has it in the search path.
            func run(_ command: String) throws -> CommandResult {
                var command = host.cachewarden(command)
                command.environment["PATH"] = "\(new.root)/bin:/usr/bin:/bin"
                return try command.run()
            }
            let apply = try run("apply")
            #expect(apply.status == 0 && apply.output.contains("toolchain-dropped"), "\(apply)")
            let left = try versions(host)
            #expect(left.count == 1, "\(left)")
            #expect(try run("check").status == 0)
        }
    }
}
