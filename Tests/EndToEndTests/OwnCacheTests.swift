import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// No policy at all: the caller's own cache, found as Go finds it. Needs no rights.
    @Suite("The caller's own cache") struct OwnCacheTests {
        /// Each way in which Go learns where its cache is.
        enum Source: CaseIterable {
            case variable, environmentFile, cacheHome, home
        }

        @Test(arguments: Source.allCases)
        func isFoundAsGoFindsIt(_ source: Source) throws {
            let directory = try TemporaryDirectory()
            let (environment, cache) = try prepare(source, in: directory)
            let tree = try GoCacheTree(in: directory, at: cache, pairs: 30)
            let before = try TreeSnapshot(of: directory.path)
            let check = try check(environment)
            #expect(check.status == 0, "\(check)")
            #expect(check.output.contains(directory.path(cache).string), "\(check)")
            #expect(check.output.contains("\(tree.actions.count + tree.outputs.count)"), "\(check)")
            #expect(check.output.contains("KiB"), "\(check)")
            #expect(try TreeSnapshot(of: directory.path).differences(from: before).isEmpty)
        }

        /// Returns the environment, and where the cache is, below the directory.
        private func prepare(
            _ source: Source, in directory: borrowing TemporaryDirectory
        ) throws -> (environment: [String: String], cache: FilePath) {
            for name in ["home", "home/.cache", "home/.config", "home/.config/go", "xdg"] {
                try directory.makeDirectory(FilePath(name), mode: ModeBits(0o700))
            }
            var environment = ["HOME": directory.path("home").string]
            let cache: FilePath
            switch source {
            case .variable:
                cache = "chosen"
                environment["GOCACHE"] = directory.path(cache).string
            case .environmentFile:
                cache = "named"
                try directory.write("home/.config/go/env", "GOCACHE=\(directory.path(cache))\n")
            case .cacheHome:
                cache = "xdg/go-build"
                environment["XDG_CACHE_HOME"] = directory.path("xdg").string
            case .home:
                cache = "home/.cache/go-build"
            }
            try directory.makeDirectory(cache)
            return (environment, cache)
        }

        @Test(arguments: [("off", "off"), ("relative/cache", "relative")])
        func isExplainedWhereGoCannotUseIt(value: String, word: String) throws {
            let directory = try TemporaryDirectory()
            let check = try check(["HOME": directory.path.string, "GOCACHE": value])
            #expect(check.status != 0, "\(check)")
            #expect((check.output + check.errors).contains(word), "\(check)")
            #expect((check.output + check.errors).contains("GOCACHE"), "\(check)")
        }

        @Test func isExplainedWhereThereIsNoHome() throws {
            let check = try check([:])
            #expect(check.status != 0, "\(check)")
            #expect((check.output + check.errors).contains("HOME"), "\(check)")
        }

        @Test(.enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
        func isReportedToAPlainUser() throws {
            let host = try TestHost.make()
            let home = FilePath("home").appending(host.outsider)
            let cache = home.appending("cache")
            try host.folder.makeDirectory(cache)
            _ = try GoCacheTree(in: host.folder, at: cache, pairs: 30)
            try Command("/bin/chown", "-R", host.outsider, host.folder.path(home).string).runSuccessfully()
            var command = try host.cachewarden(as: host.outsider, "check")
            command.environment["GOCACHE"] = host.folder.path(cache).string
            command.environment["HOME"] = host.folder.path(home).string
            let check = try command.run()
            #expect(check.status == 0, "\(check)")
            #expect(check.output.contains(host.folder.path(cache).string), "\(check)")
            #expect(check.output.contains(host.outsider), "the owner's name is worth reading: \(check)")
        }

        private func check(_ environment: [String: String]) throws -> CommandResult {
            var command = Command(Installation.binary, "check")
            command.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { given, _ in given }
            return try command.run()
        }
    }
}
