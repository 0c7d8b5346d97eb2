import Foundation
import SystemPackage
import Testing
import WardenGoCache
import WardenTestSupport

/// Compares the location with what the Go toolchain on this machine answers.
@Suite(.enabled(if: GoCommand.path != nil, "needs $CACHEWARDEN_TEST_TOOLCHAINS/go-*/bin/go, or 'go' on the PATH"))
struct GoAgreementTests {
    /// One environment; `@` stands for the test's own directory.
    struct Setting: Sendable, CustomTestStringConvertible {
        let environment: [String: String]
        /// The file at `@/home/.config/go/env`.
        var homeFile: String?
        /// The file at `@/other`.
        var otherFile: String?

        var testDescription: String {
            let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "\(variables) \(homeFile ?? "-") \(otherFile ?? "-")"
        }
    }

    @Test(arguments: [
        Setting(environment: ["GOCACHE": "@/c"]),
        Setting(environment: ["GOCACHE": "@/c", "HOME": "@/home"], homeFile: "GOCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home", "XDG_CACHE_HOME": "@/x"], homeFile: "GOCACHE=@/f"),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOCACHE=@/1\nGOCACHE=@/2\n"),
        Setting(environment: ["HOME": "@/home"], homeFile: "# GOCACHE=@/1\n GOCACHE=@/2\ngocache=@/3\nGOCACHE @/4\n"),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOCACHE=\n"),
        Setting(environment: ["HOME": "@/home", "GOENV": "off"], homeFile: "GOCACHE=@/f\n"),
        Setting(
            environment: ["HOME": "@/home", "GOENV": "@/other"], homeFile: "GOCACHE=@/f", otherFile: "GOCACHE=@/o"),
        Setting(environment: ["HOME": "@/home", "GOENV": "@/missing"], homeFile: "GOCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home", "XDG_CONFIG_HOME": "@/none"], homeFile: "GOCACHE=@/f\n"),
        Setting(
            environment: ["XDG_CONFIG_HOME": "@/home/.config", "XDG_CACHE_HOME": "@/x"], homeFile: "GOCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home", "GOENV": ""], homeFile: "GOCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home", "GOCACHE": ""]),
        Setting(environment: ["HOME": "@/home", "XDG_CACHE_HOME": "@/x//y/../z/"]),
        Setting(environment: ["HOME": "@/home/", "XDG_CACHE_HOME": ""]),
        Setting(environment: ["XDG_CACHE_HOME": "@/x"]),
        Setting(environment: ["GOCACHE": "off", "HOME": "@/home"]),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOCACHE=off\n"),
        Setting(environment: ["GOCACHE": "relative", "HOME": "@/home"]),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOCACHE=./relative\n"),
        Setting(environment: ["GOFLAGS": ""]),
    ])
    func findsTheCacheWhereGoDoes(setting: Setting) throws {
        let (location, answer) = try compared(setting, "GOCACHE") { environment, read in
            Result { try CacheLocation.find(in: environment, reading: read) }
        }
        switch location {
        case .success(let location): #expect(FilePath(answer) == location.path)
        // Go 1.19 prints the relative value itself and fails with the first build; newer ones print "off".
        case .failure(let error): #expect(!FilePath(answer).isAbsolute, "\(error)")
        }
    }

    @Test(arguments: [
        Setting(environment: ["GOMODCACHE": "@/m", "HOME": "@/home"]),
        Setting(environment: ["GOMODCACHE": "@/m", "GOPATH": "@/p"], homeFile: "GOMODCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOMODCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOMODCACHE=@/f\nGOPATH=@/p\n"),
        Setting(environment: ["HOME": "@/home", "GOPATH": "@/q"], homeFile: "GOMODCACHE=@/f\n"),
        Setting(environment: ["HOME": "@/home"], homeFile: "GOPATH=@/p\n"),
        Setting(environment: ["HOME": "@/home", "GOENV": "off"], homeFile: "GOPATH=@/p\n"),
        Setting(
            environment: ["HOME": "@/home", "GOENV": "@/other"], homeFile: "GOMODCACHE=@/f", otherFile: "GOPATH=@/o"),
        Setting(environment: ["GOPATH": "@/a/../b:@/c"]), Setting(environment: ["GOPATH": "@/a//"]),
        Setting(environment: ["GOPATH": ":@/c", "HOME": "@/home"]),
        Setting(environment: ["GOPATH": "", "HOME": "@/home"]),
        Setting(environment: ["HOME": "@/home/"]), Setting(environment: ["GOMODCACHE": "relative", "HOME": "@/home"]),
        Setting(environment: ["GOCACHE": "@/c"]),
    ])
    func findsTheModuleCacheWhereGoDoes(setting: Setting) throws {
        let (location, answer) = try compared(setting, "GOMODCACHE") { environment, read in
            ModuleCacheLocation.find(in: environment, reading: read)
        }
        if let location {
            #expect(FilePath(answer) == location)
        } else {
            #expect(!FilePath(answer).isAbsolute)
        }
    }

    /// Returns what we find in a setting, and what Go prints of one of its variables there.
    private func compared<Location>(
        _ setting: Setting, _ variable: String, _ find: ([String: String], (FilePath) -> [UInt8]?) -> Location
    ) throws -> (Location, String) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "cachewarden-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }  // Left behind, it harms no other test.
        func filled(_ text: String) -> String { text.replacingOccurrences(of: "@", with: directory.path) }
        try FileManager.default.createDirectory(
            at: directory.appending(path: "home/.config/go"), withIntermediateDirectories: true)
        for (name, text) in [("home/.config/go/env", setting.homeFile), ("other", setting.otherFile)] {
            try text.map { try Data(filled($0).utf8).write(to: directory.appending(path: name)) }
        }
        let environment = setting.environment.mapValues(filled)

        let ours = find(environment) { path in
            FileManager.default.contents(atPath: path.string).map(Array.init)
        }
        return (ours, try GoCommand.answer(to: ["env", variable], environment: environment))
    }
}

/// The toolchain that the tests compare with.
enum GoCommand {
    static let path: String? = (GoToolchain.all.map(\.go.string) + onThePath).first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private static var onThePath: [String] {
        (TestProcess.environment("PATH") ?? "").split(separator: ":").map { "\($0)/go" }
    }

    /// Returns the standard output of a go command, without the line break.
    static func answer(to arguments: [String], environment: [String: String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = arguments
        // This version shall answer, and not one it would fetch.
        process.environment = environment.merging(["GOTOOLCHAIN": "local"]) { given, _ in given }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
