import Foundation
import SystemPackage
import Testing
import WardenTestSupport

/// Archives and a program as a real toolchain makes them.
struct RealObjects {
    /// The oldest and the newest: between them the form of objects has changed.
    static let toolchains: [GoToolchain] = {
        guard let first = GoToolchain.all.first, let last = GoToolchain.all.last, first != last else {
            return GoToolchain.all
        }
        return [first, last]
    }()

    /// `go1.27.3`.
    let version: String
    /// A few small ones, with the names that the toolchain gives them.
    let archives: [(package: String, form: ObjectForm)]
    let program: ObjectForm

    init(_ toolchain: GoToolchain) throws {
        let directory = try TemporaryDirectory()
        for name in ["src", "src/lib", "cache"] { try directory.makeDirectory(FilePath(name)) }
        try directory.write("src/go.mod", "module example.com/whole\n\ngo 1.18\n")
        try directory.write("src/lib/lib.go", "package lib\n\nfunc Text() string { return \"text\" }\n")
        try directory.write(
            "src/main.go",
            "package main\n\nimport \"example.com/whole/lib\"\n\nfunc main() { println(lib.Text()) }\n")
        version = try Self.go(toolchain, ["env", "GOVERSION"], in: directory)
        _ = try Self.go(toolchain, ["build", "-o", "program", "."], in: directory)
        program = try ObjectForm.executable("a program of \(version)", try directory.read("src/program"))

        let format = "{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}"
        let list = try Self.go(toolchain, ["list", "-export", "-deps", "-f", format, "./..."], in: directory)
        let cache = directory.path("cache").string
        var found: [(package: String, content: [UInt8])] = []
        for line in list.split(separator: "\n") {
            let words = line.split(separator: " ")
            // Before Go 1.20 the standard library came compiled, by whoever packed the toolchain.
            guard words.count == 2, words[1].hasPrefix(cache) else { continue }
            let content = try directory.read(FilePath(String(words[1])))
            found.append((package: String(words[0]), content: content))
        }
        let own = found.filter { $0.package.hasPrefix("example.com/") }
        let others = found.filter { !$0.package.hasPrefix("example.com/") }
            .sorted { ($0.content.count, $0.package) < ($1.content.count, $1.package) }
        try #require(own.count == 2, "\(list)")
        var archives: [(package: String, form: ObjectForm)] = []
        for archive in own + others.prefix(2) {
            // A program is "main" to the compiler.
            let package = archive.package == "example.com/whole" ? "main" : archive.package
            let form = try ObjectForm.archive("\(package) of \(version)", archive.content)
            archives.append((package: package, form: form))
        }
        self.archives = archives
    }

    /// Returns what a go command prints, without the line break at its end.
    private static func go(
        _ toolchain: GoToolchain, _ arguments: [String], in directory: borrowing TemporaryDirectory
    ) throws -> String {
        let go = Process()
        go.executableURL = URL(filePath: toolchain.go.string)
        go.arguments = arguments
        go.environment = [
            "PATH": "/usr/bin:/bin", "HOME": directory.path("src").string, "GOPROXY": "off", "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0", "GOTELEMETRY": "off", "GOCACHE": directory.path("cache").string,
        ]
        go.currentDirectoryURL = URL(filePath: directory.path("src").string)
        let output = Pipe()
        go.standardOutput = output
        try go.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        go.waitUntilExit()
        try #require(go.terminationStatus == 0, "\(arguments)")
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
