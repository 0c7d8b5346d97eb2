import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Real caches of real toolchains, and what the toolchains themselves say of them.
    @Suite("What a cache is made of", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct AnalyzeTests {
        /// Returns import paths by the archive that `go list -export` names.
        private func exports(
            _ host: borrowing TestHost, _ toolchain: GoToolchain, in program: FilePath
        ) throws -> [String: String] {
            let format = "{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}"
            let list = try host.go(
                toolchain, "list", "-export", "-deps", "-f", format, "errors", "strings", "net/url", "./...",
                in: program,
                as: host.first, umask: "022"
            ).runSuccessfully()
            return list.output.split(separator: "\n").reduce(into: [:]) { names, line in
                let words = line.split(separator: " ")
                names[words[1].split(separator: "/").suffix(2).joined(separator: "/")] = String(words[0])
            }
        }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func namesWhatGoNames(toolchain: GoToolchain) throws {
            let host = try TestHost.make()
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o777))
            let program = try host.makeProgram("named")
            try host.goBuild(toolchain, in: program, as: host.first, umask: "022").runSuccessfully()
            let exports = try exports(host, toolchain, in: program)
            #expect(!exports.isEmpty)
            let before = try TreeSnapshot(of: host.cache)
            let report = try AnalysisOutput(of: host)
            #expect(report.schema == "cachewarden.analysis/1")
            let entries = Dictionary(report.largest.map { ($0.path, $0) }) { $1 }
            for (path, package) in exports where path.hasSuffix("-d") {
                // A program is "main" to the compiler.
                let name = try #require(entries[path], "\(package) is missing").package
                #expect(name == package || name == "main", "\(path)")
                #expect(entries[path]?.owner == host.first)
            }
            // All of them are this toolchain's, and every byte of archives has a name.
            #expect(Set(report.variants.compactMap(\.version)).count == 1)
            #expect(report.named.bytes == report.compiled.bytes && report.compiled.entries > 0)
            let known = report.kinds.filter { $0.kind != "other" }.reduce(0) { $0 + $1.bytes }
            #expect(Double(known) >= 0.99 * Double(report.kinds.reduce(0) { $0 + $1.bytes }))
            #expect(report.orphans?.entries == 0)
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        @Test(.timeLimit(.minutes(10))) func tellsVariantsAndWhatIsNotInstalled() throws {
            let host = try TestHost.make()
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o777))
            let toolchain = try #require(Installation.toolchains.last { $0.cachesExecutables })
            let program = try host.makeProgram("twice")
            try host.go(toolchain, "build", "errors", in: program, as: host.first, umask: "022").runSuccessfully()
            var other = host.go(toolchain, "build", "errors", in: program, as: host.first, umask: "022")
            other.environment["GOARCH"] = "arm64"
            try other.runSuccessfully()
            let report = try AnalysisOutput(of: host)
            let variants = report.variants.filter { $0.package == "errors" }
            #expect(Set(variants.compactMap(\.goarch)) == ["amd64", "arm64"])
            #expect(variants.allSatisfy { $0.origin?.kind == "std" })
            // Found where it stands for whoever has it in the search path.
            #expect(try AnalysisOutput(of: host, path: "\(toolchain.root)/bin:/usr/bin:/bin").uninstalled.isEmpty)
            let text = try host.cachewarden("analyze", "--top", "1").runSuccessfully().output
            #expect(text.contains("Compiled more than once") && text.contains("runtime  2 variants"))
            let page = try host.cachewarden("analyze", "--format", "html").runSuccessfully().output
            #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains(">Compiled more than once: "))
        }

        @Test func saysWhatItCannotAnalyze() throws {
            let host = try TestHost.make()
            try host.folder.makeDirectory("other")
            try host.folder.write("other/file", "x")
            let refused = try host.cachewarden("analyze", host.folder.path("other").string).run()
            #expect(refused.status == 1)
            #expect(refused.errors.contains("is no Go build cache"))
        }
    }
}
