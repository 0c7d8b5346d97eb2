import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Entries that one user made and only another uses: Go cannot refresh them, and takes them for unused.
    @Suite(
        "Last use of shared entries", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct SharedLastUseTests {
        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func isLostWithoutTheAgent(with toolchain: Installation.Toolchain) throws {
            let host = try TestHost.make()
            let program = try fill(host, with: toolchain)
            let made = try host.entries()
            try host.goBuild(toolchain, in: program, as: host.second, umask: "022").runSuccessfully()
            let left = try host.entries().intersection(made)
            #expect(left.count * 5 < made.count, "void: Go's own trim left \(left.count) of \(made.count)")
        }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func isKeptByTheAgent(with toolchain: Installation.Toolchain) throws {
            let host = try TestHost.make()
            let program = try fill(host, with: toolchain)
            let made = try host.entries()
            try host.cachewarden("apply").runSuccessfully()
            for _ in 1...2 {
                try host.goBuild(toolchain, in: program, as: host.second, umask: "022").runSuccessfully()
                #expect(try host.entries().isSuperset(of: made))
                try host.cachewarden("apply").runSuccessfully()
            }
            try expectHits(host, toolchain, program)
            #expect(try host.entries().isSuperset(of: made))
        }

        /// What the agent writes is what Go reads: a trim that nobody holds back keeps what was used, too.
        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func isShownToGo(with toolchain: Installation.Toolchain) throws {
            let host = try TestHost.make()
            let program = try fill(host, with: toolchain)
            let made = try host.entries()
            try host.cachewarden("apply").runSuccessfully()
            try host.goBuild(toolchain, in: program, as: host.second, umask: "022").runSuccessfully()
            try host.cachewarden("apply").runSuccessfully()
            let used = try made.filter { isYoung(try FileStatus(of: host.cache.appending($0.description)).modified) }
            // The rest is lists of a package's sources, which are read when it is compiled.
            #expect(used.count * 10 > made.count * 6, "void: the build used \(used.count) of \(made.count)")
            try writeTrim(host, hoursAgo: 48)
            try host.goBuild(toolchain, in: program, as: host.second, umask: "022").runSuccessfully()
            #expect(try trim(host) > now - 3_600, "void: Go did not trim")
            #expect(try used.subtracting(host.entries()).isEmpty)
            try expectHits(host, toolchain, program)
        }

        /// Lets the first user fill the cache, six days ago; Go trimmed last two days ago.
        private func fill(_ host: borrowing TestHost, with toolchain: Installation.Toolchain) throws -> FilePath {
            try host.limit("{max-size: 10GiB, own-trim: true}")
            try host.cachewarden("apply").runSuccessfully()
            let program = try host.makeProgram("shared")
            try host.goBuild(toolchain, in: program, as: host.first, umask: "022").runSuccessfully()
            try host.age(hours: 6 * 24)
            try writeTrim(host, hoursAgo: 48)
            return program
        }

        /// Expects that nothing is compiled.
        private func expectHits(
            _ host: borrowing TestHost, _ toolchain: Installation.Toolchain, _ program: FilePath
        ) throws {
            let steps = try host.go(toolchain, "build", "-x", "./lib", in: program, as: host.second, umask: "022")
                .runSuccessfully()
            #expect(!steps.errors.contains("/compile"), "\(steps)")
        }

        private var now: Int { Int(Date().timeIntervalSince1970) }

        private func isYoung(_ moment: Timestamp) -> Bool { Int(moment.seconds) > now - 86_400 }

        private func trimFile(_ host: borrowing TestHost) -> URL {
            URL(fileURLWithPath: host.cache.appending("trim.txt").string)
        }

        private func writeTrim(_ host: borrowing TestHost, hoursAgo hours: Int) throws {
            try Data("\(now - hours * 3_600)".utf8).write(to: trimFile(host))
        }

        private func trim(_ host: borrowing TestHost) throws -> Int {
            try #require(Int(try String(contentsOf: trimFile(host), encoding: .utf8)))
        }
    }
}
