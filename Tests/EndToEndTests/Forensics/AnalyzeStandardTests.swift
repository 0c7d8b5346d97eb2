import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// Releases that differ in how they write objects and in what they keep in the cache.
enum StandardReleases {
    private static let all = [[1, 22], [1, 24], [1, 27]]

    /// One toolchain of each, as far as they are prepared.
    static let toolchains = all.compactMap { release in
        GoToolchain.all.last { $0.version.starts(with: release) }
    }
    static let arePrepared = Installation.canBuild && toolchains.count == all.count
    static let reason = "\(Installation.buildsReason), of which one is of Go 1.22, one of 1.24 and one of 1.27"
}

extension EndToEnd {
    /// The standard library, with cgo, and what its own toolchain says of every archive of it.
    @Suite("What the standard library is", .enabled(if: StandardReleases.arePrepared, "\(StandardReleases.reason)"))
    struct AnalyzeStandardTests {
        /// Returns what a go command of the first user prints.
        private func go(
            _ host: borrowing TestHost, _ toolchain: GoToolchain, _ arguments: [String], in program: FilePath
        ) throws -> String {
            var command = host.go(toolchain, arguments, in: program, as: host.first, umask: "022")
            command.environment["CGO_ENABLED"] = "1"
            command.limit = 1_200
            return try command.runSuccessfully().output
        }

        /// All of it is built once: what differs between releases is in any large program's part of it.
        @Test(.timeLimit(.minutes(40)), arguments: StandardReleases.toolchains)
        func isNamedAsGoNamesIt(toolchain: GoToolchain) throws {
            let isWhole = toolchain == StandardReleases.toolchains.last
            let packages = isWhole ? "std" : "net/http"
            let host = try TestHost.make()
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o777))
            let program = try host.makeProgram("standard")
            let version = try go(host, toolchain, ["env", "GOVERSION"], in: program)
                .trimmingCharacters(in: .newlines)
            _ = try go(host, toolchain, ["build", packages], in: program)
            let format = "{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}"
            let list = try go(host, toolchain, ["list", "-export", "-deps", "-f", format, packages], in: program)
            expectNames(list, version, in: try AnalysisOutput(of: host), atLeast: isWhole ? 200 : 80)

            // What else is in the cache of somebody who works on a program.
            for arguments in [["vet", "errors", "net/url"], ["test", "errors", "sort"], ["run", "."]] {
                _ = try go(host, toolchain, arguments, in: program)
            }
            expectShares(of: try AnalysisOutput(of: host), version)
        }

        /// - Parameter list: An import path and the archive of it on each line.
        private func expectNames(_ list: String, _ version: String, in report: AnalysisOutput, atLeast count: Int) {
            let entries = Dictionary(report.largest.map { ($0.path, $0) }) { $1 }
            var packages: Set<String> = []
            var differences: [String] = []
            for line in list.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                guard words.count == 2 else {
                    differences.append("not understood: \(line)")
                    continue
                }
                packages.insert(words[0])
                let path = words[1].split(separator: "/").suffix(2).joined(separator: "/")
                guard let entry = entries[path] else {
                    differences.append("\(words[0]) is missing: \(path)")
                    continue
                }
                if entry.package != words[0] || entry.version != version || entry.kind != "archive" {
                    differences.append("\(words[0]) is \(entry)")
                }
                // A package that consists of constants may name no file.
                if let origin = entry.origin, origin.kind != "std" { differences.append("\(words[0]): \(origin)") }
            }
            #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(10))")
            #expect(packages.count >= count, "void: \(packages.count) packages")
            #expect(packages.isSuperset(of: ["runtime", "runtime/cgo", "net/http", "internal/abi", "errors"]))
            #expect(packages.contains { $0.hasPrefix("vendor/") })
        }

        private func expectShares(of report: AnalysisOutput, _ version: String) {
            func share(_ part: [UInt64], of whole: [UInt64]) -> Double {
                Double(part.reduce(0, +)) / Double(whole.reduce(0, +))
            }
            let known = report.kinds.filter { $0.kind != "other" }
            #expect(share(known.map(\.bytes), of: report.kinds.map(\.bytes)) >= 0.99)
            let made = report.variants.filter { $0.version == version }
            #expect(share(made.map(\.bytes), of: [report.compiled.bytes]) >= 0.99)
            let archives = report.largest.filter { $0.kind == "archive" }
            let named = archives.filter { $0.package != nil }
            #expect(share(named.map(\.bytes), of: archives.map(\.bytes)) >= 0.95)
            let kinds = Set(report.kinds.map(\.kind))
            #expect(kinds.isSuperset(of: ["archive", "vet-facts", "cgo", "test-result"]), "void: \(kinds)")
        }
    }
}
