import Foundation
import SystemPackage
import Testing
import WardenGoCache
import WardenModel
import WardenTestSupport

/// Every variable that `doctor` speaks of, beside what the toolchain on this machine prints.
@Suite(.enabled(if: GoCommand.path != nil, "needs $CACHEWARDEN_TEST_TOOLCHAINS/go-*/bin/go, or 'go' on the PATH"))
struct GoEnvironmentTests {
    private static let variables: [GoVariable] = [.cache, .moduleCache, .path, .flags, .environmentFile]

    /// One environment, and what the file of `go env -w` says; `@` stands for the test's own directory.
    private static let settings: [([String: String], String?)] = [
        (["HOME": "@/home"], nil), (["HOME": "@/home"], "GOCACHE=@/f\nGOFLAGS=-mod=mod\n"),
        (["HOME": "@/home", "GOCACHE": "@/c", "GOPATH": "@/p:@/q"], "GOCACHE=@/f\nGOPATH=@/n\nGOMODCACHE=@/m\n"),
        (["HOME": "@/home", "GOCACHE": "", "GOFLAGS": ""], "GOCACHE=@/f\nGOFLAGS=-v\n"),
        (["HOME": "@/home", "GOENV": "off", "XDG_CACHE_HOME": "@/x"], "GOCACHE=@/f\n"),
        (["HOME": "@/home", "GOENV": "@/home/.config/go/env"], "GOPATH=@/n\nGOFLAGS=-tags=a\n"),
        (["HOME": "@/home", "XDG_CONFIG_HOME": "@/none"], "GOCACHE=@/f\n"),
        (["XDG_CONFIG_HOME": "@/home/.config", "XDG_CACHE_HOME": "@/x"], "GOPATH=@/n\n"),
        (["HOME": "@/home"], "GOCACHE=\nGOPATH=\n"), (["HOME": "@/home", "GOPATH": ""], "# GOPATH=@/n\n gopath=@/m\n"),
        (["HOME": "@/home"], "GOCACHE=off\n"), (["HOME": "@/home", "GOFLAGS": "-v"], nil),
    ]

    @Test(arguments: settings.indices) func areWhatGoPrints(index: Int) throws {
        let directory = try TemporaryDirectory()
        func filled(_ text: String) -> String { text.replacing("@", with: directory.path.string) }
        let (environment, text) = Self.settings[index]
        let variables = environment.mapValues(filled)
        let file = directory.path("home/.config/go/env")
        for folder in ["home", "home/.config", "home/.config/go"] { try directory.makeDirectory(FilePath(folder)) }
        if let text { try directory.write("home/.config/go/env", filled(text)) }
        let path = EnvironmentFile.path(in: variables)
        let own = try path == file && text != nil ? Array(Data(contentsOf: URL(fileURLWithPath: file.string))) : nil
        let effective = GoEnvironment(
            environment: variables.mapValues { EffectiveVariable($0, .account) },
            own: own.map { GoEnvironment.Source(path: file, file: EnvironmentFile(parsing: $0)) }, toolchain: nil)
        let answer = try GoCommand.answer(to: ["env"] + Self.variables.map(\.rawValue), environment: variables)
        let printed = answer.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // The last lines are lost where they are empty.
        let lines = printed + Array(repeating: "", count: max(0, Self.variables.count - printed.count))
        for (variable, line) in zip(Self.variables, lines) {
            let ours = effective[variable].value
            // Go prints nothing for GOENV=off, which says less.
            if variable == .environmentFile, ours == "off", line.isEmpty { continue }
            #expect(
                ours == line || FilePath(ours ?? "").lexicallyNormalized() == FilePath(line),
                "\(variable): \(environment)")
        }
        if text?.contains("GOCACHE=@/f") == true, path == file, variables["GOCACHE", default: ""].isEmpty {
            #expect(effective[.cache].origin == .goEnvironmentFile(file, line: 1))
        }
    }

    @Test func theUsersFileHidesTheToolchains() {
        func value(_ own: String?, _ shipped: String) -> EffectiveVariable {
            func source(_ text: String) -> GoEnvironment.Source {
                .init(path: "/f", file: EnvironmentFile(parsing: Array(text.utf8)))
            }
            return GoEnvironment(
                environment: ["HOME": .init("/h", .account)], own: own.map(source), toolchain: source(shipped))[.cache]
        }
        #expect(value(nil, "GOCACHE=/t") == .init("/t", .toolchain("/f", line: 1)))
        #expect(value("GOCACHE=", "GOCACHE=/t") == .init("/h/.cache/go-build", .standard("HOME")))
        #expect(value("GOFLAGS=-v", "GOCACHE=/t").value == "/t")
    }
}
