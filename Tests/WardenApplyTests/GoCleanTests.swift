import Foundation
import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

/// What Go's own command does to real caches.
@Suite(.enabled(if: GoToolchain.canRunAsOthers, "\(GoToolchain.rootReason)"), .timeLimit(.minutes(30)))
struct GoCleanTests {
    @Test(arguments: GoToolchain.all) func emptiesARealCache(toolchain: GoToolchain) throws {
        let folder = try GoFolder()
        try toolchain.fill(folder)
        try folder.directory.write("cache/stranger", "kept")
        let outcome = toolchain.command.clean(cache: folder.cache, as: GoFolder.owner, limit: .seconds(120))
        let result = try #require(outcome.result, "\(outcome)")
        #expect(result.end == .exited(status: 0), "\(result.text)")
        #expect(result.output.isEmpty)
        #expect(try folder.entries().isEmpty)
        #expect(try folder.directory.exists("cache/stranger"))
        #expect(try folder.directory.status("cache").owner == GoFolder.owner.user)
        #expect(try folder.directory.status("cache/trim.txt").owner == GoFolder.owner.user)
    }

    @Test(arguments: GoToolchain.all) func reportsAnOwnerWhoMayNotEnter(toolchain: GoToolchain) throws {
        let folder = try GoFolder()
        try toolchain.fill(folder)
        try folder.directory.makeDirectory("closed", mode: ModeBits(0o700))
        try folder.directory.rename("cache", to: "closed/cache")
        let cache = folder.directory.path("closed/cache")
        let before = try TreeSnapshot(of: cache)
        let outcome = toolchain.command.clean(cache: cache, as: GoFolder.owner, limit: .seconds(120))
        let result = try #require(outcome.result, "\(outcome)")
        #expect(result.text.contains("permission denied"))
        #expect(result.end != .exited(status: 0))
        #expect(try TreeSnapshot(of: cache) == before)
    }

    /// What steers `go` when it is run without care (threat model, E8), in a process with all of it.
    @Test func isNotSteeredByDirectoriesFilesOrVariables() async throws {
        let folder = try GoFolder()
        let toolchain = try #require(GoToolchain.all.last)
        try toolchain.fill(folder)
        let trap = try Trap(in: folder, toolchain)
        try trap.fire()
        let (cache, directory, go) = (folder.cache.string, folder.directory.path.string, toolchain.go.string)
        await #expect(processExitsWith: .success) {
            [cache = cache as String, directory = directory as String, go = go as String] in
            #expect(FileManager.default.changeCurrentDirectoryPath(directory + "/work"))
            for (name, value) in Trap.environment(in: directory) { unsafe setenv(name, value, 1) }
            let outcome = GoCommand(at: [FilePath(go)]).clean(
                cache: FilePath(cache), as: GoFolder.owner, limit: .seconds(120))
            #expect(outcome.result?.end == .exited(status: 0))
        }
        #expect(try folder.entries().isEmpty)
        #expect(try !folder.directory.exists("world/mark"))
        #expect(try folder.directory.exists("other/00/entry"))
    }
}

/// A working directory, a home and variables that lead `go` astray.
private struct Trap {
    private let toolchain: GoToolchain
    private let path: FilePath

    init(in folder: borrowing GoFolder, _ toolchain: GoToolchain) throws {
        self.toolchain = toolchain
        path = folder.directory.path
        let directories: [FilePath] = ["work", "home", "home/.config", "home/.config/go", "path", "other", "other/00"]
        for name in directories { try folder.directory.makeDirectory(name, mode: ModeBits(0o777)) }
        try folder.directory.makeDirectory("world", mode: ModeBits(0o777))
        let line = "go 1.99.1\n"
        try folder.directory.write("work/go.mod", "module example.com/trap\n\n\(line)\ntoolchain go1.99.1\n")
        try folder.directory.write("work/go.work", "\(line)\nuse .\n")
        try folder.directory.write("home/.config/go/env", "GOCACHE=\(path.appending("other"))\n")
        let script = "#!/bin/sh\n: >'\(path)/world/mark'\n"
        try folder.directory.write("path/go1.99.1", script, mode: ModeBits(0o755))
        try folder.directory.write("other/00/entry", "", mode: ModeBits(0o666))
    }

    static func environment(in directory: String) -> [String: String] {
        [
            "PATH": "\(directory)/path:/usr/bin:/bin", "HOME": "\(directory)/home", "GOTOOLCHAIN": "path",
            "GOENV": "\(directory)/home/.config/go/env", "GOFLAGS": "-toolexec=\(directory)/path/go1.99.1",
            "GOCACHE": "\(directory)/other", "XDG_CONFIG_HOME": "\(directory)/home/.config",
        ]
    }

    /// Runs `go` carelessly; where that runs nothing of the trap, the test proves nothing.
    func fire() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: toolchain.go.string)
        process.arguments = ["clean", "-cache"]
        process.currentDirectoryURL = URL(fileURLWithPath: path.string + "/work")
        process.environment = Self.environment(in: path.string)
        try process.run()
        process.waitUntilExit()
        let mark = path.string + "/world/mark"
        try #require(FileManager.default.fileExists(atPath: mark), "the trap catches nobody")
        try FileManager.default.removeItem(atPath: mark)
    }
}

extension GoToolchain {
    static let rootReason = "needs root and Go toolchains as $CACHEWARDEN_TEST_TOOLCHAINS/go-*/bin/go"
    static var canRunAsOthers: Bool { TestProcess.isRoot && !all.isEmpty }

    var command: GoCommand { GoCommand(at: [go]) }

    /// Has the owner build something small into the cache.
    func fill(_ folder: borrowing GoFolder) throws {
        let environment = [
            "PATH=/usr/bin:/bin", "HOME=/nonexistent", "GOENV=off", "GOTOOLCHAIN=local", "GOFLAGS=",
            "GOCACHE=\(folder.cache)", "CGO_ENABLED=0",
        ]
        let build = ChildCommand(
            go, arguments: ["go", "build", "unicode/utf8"].map { Array($0.utf8) },
            environment: environment.map { Array($0.utf8) })
        let result = try ChildProcess.run(build, as: GoFolder.owner, limit: .seconds(240))
        try #require(result.end == .exited(status: 0), "\(result.text)")
        try #require(try !folder.entries().isEmpty)
    }
}

extension GoFolder {
    /// The paths below the cache that are shards or stand in them.
    func entries() throws -> [RelativePath] {
        try TreeSnapshot(of: cache).paths.filter { path in
            path.bytes.prefix { $0 != UInt8(ascii: "/") }.count == 2
        }
    }
}
