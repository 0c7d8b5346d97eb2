import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// A directory with a module, a home, a cache, and a root for the counts.
struct BuildPlace: ~Copyable {
    let folder: TemporaryDirectory

    private init(folder: consuming TemporaryDirectory) { self.folder = folder }

    static func make() throws -> BuildPlace {
        let place = BuildPlace(folder: try TemporaryDirectory(mode: ModeBits(0o755)))
        for name: FilePath in ["home", "top", "tmp"] { try place.folder.makeDirectory(name, mode: ModeBits(0o755)) }
        try place.reset()
        return place
    }

    /// Puts the program back to one that builds.
    func reset() throws {
        if try folder.exists("p") { try folder.removeTree("p") }
        try folder.makeDirectory("p")
        try write("go.mod", "module example.com/p\n\ngo 1.18\n")
        try write("main.go", "package main\n\nfunc main() {}\n")
    }

    func write(_ name: String, _ text: String) throws {
        try folder.write(FilePath("p/\(name)"), text, mode: ModeBits(0o755))
    }

    /// Returns a run of `exec` in the program's directory.
    func exec(_ options: [String] = [], _ words: String...) -> Command {
        exec(options, words: words)
    }

    func exec(_ options: [String] = [], words: [String]) -> Command {
        var command = Command(
            Installation.binary, arguments: ["exec", "--root", folder.path("top").string] + options + ["--"] + words)
        command.environment["HOME"] = folder.path("home").string
        command.directory = folder.path("p")
        return command
    }

    /// Returns `go …` through `exec`, with nothing to download from.
    func go(_ toolchain: GoToolchain, _ words: [String], _ environment: [String: String] = [:]) -> Command {
        var command = exec(words: ["go"] + words)
        command.environment = [
            "PATH": "\(toolchain.root)/bin:/usr/bin:/bin", "HOME": folder.path("home").string,
            "GOCACHE": folder.path("cache").string, "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOSUMDB": "off",
            "CGO_ENABLED": "0", "GOFLAGS": "",
        ].merging(environment) { $1 }
        return command
    }

    /// What was counted.
    func counts() throws -> [String: Any] {
        let name: FilePath =
            TestProcess.isRoot
            ? "top/var/lib/cachewarden/failed-builds.json" : "home/.local/state/cachewarden/failed-builds.json"
        let document = try JSONSerialization.jsonObject(with: Data(try folder.read(name)))
        return try #require(document as? [String: Any])
    }
}
