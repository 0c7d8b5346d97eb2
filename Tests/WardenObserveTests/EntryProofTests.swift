import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// Go's own files are told from others by what they hold.
struct EntryProofTests {
    private func holds(
        _ path: FilePath, _ role: EntryRole, as name: String? = nil, in directory: String? = nil
    ) throws -> Bool {
        let file = OwnedDescriptor(adopting: try FileDescriptor.open(path, .readOnly))
        let name = name ?? path.lastComponent?.string ?? ""
        let parent = directory ?? path.removingLastComponent().lastComponent?.string ?? ""
        return try EntryProof().holds(
            for: file, role: role, name: Array(name.utf8)[...], in: RelativePath("00/\(parent)"))
    }

    @Test func aSignalEndsTheReadingOfALargeFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(try HashedCache.add(Array(repeating: 7, count: 2 << 20), in: directory))
        let file = OwnedDescriptor(adopting: try FileDescriptor.open(path, .readOnly))
        let name = Array((path.lastComponent?.string ?? "").utf8)[...]
        for isInterrupted in [false, true] {
            let proof = EntryProof(isInterrupted: { isInterrupted })
            let answer = Result { () throws(Errno) in
                try proof.holds(for: file, role: .output, name: name, in: RelativePath("00"))
            }
            #expect(answer == (isInterrupted ? .failure(.interrupted) : .success(true)))
        }
    }

    @Test func ofFilesMadeByHand() throws {
        let directory = try TemporaryDirectory()
        let output = directory.path(try HashedCache.add(Array("output".utf8), in: directory))
        let executable = directory.path(try HashedCache.addExecutable(Array("program".utf8), in: directory))
        #expect(try holds(output, .output))
        #expect(try !holds(output, .output, as: String(repeating: "0", count: 64) + "-d"))
        #expect(try holds(executable, .executable))
        #expect(try !holds(executable, .executable, in: output.lastComponent?.string))
        let secret = try directory.write("secret", "-----BEGIN OPENSSH PRIVATE KEY-----\n")
        let name = String(repeating: "a", count: 64)
        for (role, name) in [
            (EntryRole.output, "\(name)-d"), (.action, "\(name)-a"), (.executable, "tool"), (.bookkeeping, "README"),
            (.bookkeeping, "trim.txt"), (.fuzz, "0123456789abcdef"), (.stranger, "x"),
        ] {
            #expect(try !holds(secret, role, as: name), "\(role)")
        }
        let line = "v1 \(name) \(name) \(String(repeating: " ", count: 19))1 \(String(repeating: " ", count: 19))2\n"
        #expect(try holds(try directory.write(FilePath("\(name)-a"), line), .action))
        #expect(try !holds(try directory.write(FilePath("\(name)-a"), line + "secret"), .action))
        #expect(try holds(try directory.write("corpus", "go test fuzz v1\n[]byte(\"\")\n"), .fuzz))
        let long = String(repeating: "1", count: 33)
        #expect(try !holds(try directory.write("trim.txt", long), .bookkeeping))
        #expect(try holds(try directory.write("trim.txt", "1795406400\n"), .bookkeeping))
    }

    @Test(
        .enabled(if: !GoToolchain.all.isEmpty, "\(GoToolchain.reason)"), .timeLimit(.minutes(30)),
        arguments: GoToolchain.all)
    func ofWhatARealBuildMakes(toolchain: GoToolchain) throws {
        let directory = try TemporaryDirectory()
        for name in ["src", "cache"] { try directory.makeDirectory(FilePath(name)) }
        try directory.write("src/go.mod", "module example.com/proof\n\ngo 1.18\n")
        try directory.write("src/main.go", "package main\n\nfunc main() { println(1) }\n")
        try directory.write(
            "src/main_test.go",
            """
            package main

            import "testing"

            func FuzzNothing(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { if len(b) > 3 { _ = b[3] } }) }

            """)
        let environment = [
            "PATH": "/usr/bin:/bin", "HOME": directory.path("src").string, "GOPROXY": "off", "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0", "GOTELEMETRY": "off", "GOCACHE": directory.path("cache").string,
        ]
        for arguments in [["run", "."], ["vet", "."], ["test", "-fuzz=.", "-fuzztime=20x", "."]] {
            let go = Process()
            go.executableURL = URL(filePath: toolchain.go.string)
            go.arguments = arguments
            go.environment = environment
            go.currentDirectoryURL = URL(filePath: directory.path("src").string)
            try go.run()
            go.waitUntilExit()
            #expect(go.terminationStatus == 0, "\(arguments)")
        }
        var seen: [EntryRole: Int] = [:]
        for (path, status) in try TreeSnapshot(of: directory.path("cache")).nodes where status.kind == .file {
            let role = self.role(of: path)
            #expect(try holds(directory.path("cache").appending("\(path)"), role), "\(path)")
            seen[role, default: 0] += 1
        }
        #expect(seen[.action, default: 0] > 20 && seen[.output, default: 0] > 20, "void: \(seen)")
        #expect(seen[.bookkeeping, default: 0] > 1, "void: \(seen)")
    }

    private func role(of path: RelativePath) -> EntryRole {
        let parts = "\(path)".split(separator: "/").map(String.init)
        guard parts.first != "fuzz" else { return .fuzz }
        switch parts.count {
        case 1: return .bookkeeping
        case 2: return parts[1].hasSuffix("-a") ? .action : .output
        case 3: return .executable
        default: return .stranger
        }
    }
}
