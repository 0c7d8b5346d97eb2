import Foundation
import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// Real Go, replaced while real builds use it.
@Suite(.enabled(if: ToolchainArchive.isPossible, "\(ToolchainArchive.reason)"), .timeLimit(.minutes(30)), .serialized)
struct RealToolchainTests {
    /// Builds one small program again and again by the toolchain's path, until a file `stop` stands there; leaves the
    /// complaints of builds that failed, and a line for each that did not.
    private struct BuildLoop: ~Copyable {
        let process = Process()

        init(_ name: String, in host: borrowing ToolchainHost) throws {
            let folder = host.directory.path(FilePath(name))
            let script = """
                mkdir -p \(folder)/cache; cd \(folder)
                printf 'module loop\\n\\ngo 1.21\\n' >go.mod
                number=0
                while [ ! -e ../stop ]; do
                    number=$((number + 1))
                    printf 'package main\\n\\nimport "strconv"\\n\\nfunc main() { println(strconv.Itoa(%d)) }\\n' $number >main.go
                    if \(host.path)/bin/go build -o program . >out 2>&1 && ./program 2>said && [ "$(cat said)" = $number ]
                    then echo built >>done; else { echo "$number:"; cat out; } >>failed; fi
                    sleep 0.1
                done
                """
            // Other tests run beside it.
            process.executableURL = URL(fileURLWithPath: "/usr/bin/nice")
            process.arguments = ["-n", "19", "/bin/sh", "-c", script]
            process.environment = [
                "PATH": "/usr/bin:/bin", "HOME": folder.string, "GOCACHE": folder.appending("cache").string,
                "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOTELEMETRY": "off",
            ]
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }

        deinit {
            process.terminate()
            process.waitUntilExit()
        }
    }

    private func lines(_ name: FilePath, in host: borrowing ToolchainHost) throws -> Int {
        try host.directory.exists(name) ? host.directory.read(name).filter { $0 == UInt8(ascii: "\n") }.count : 0
    }

    private func wait(for name: FilePath, toHave count: Int, in host: borrowing ToolchainHost) throws {
        while try lines(name, in: host) < count { usleep(10_000) }
    }

    private func goVersion(_ host: borrowing ToolchainHost) throws -> String {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: host.path.appending("bin/go").string)
        process.arguments = ["version"]
        process.environment = ["GOTOOLCHAIN": "local", "GOENV": "off"]
        process.standardOutput = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self)
    }

    @Test func noBuildFailsWhileItIsReplaced() throws {
        let host = try ToolchainHost()
        try host.packBoth()
        let (old, new) = try #require(ToolchainArchive.pair)
        let versions = [old, new].map { "go" + $0.version.map(String.init).joined(separator: ".") }
        #expect(try host.install("old.tar.gz") == .installed(try version(versions[0])))
        #expect(try goVersion(host).contains(" \(versions[0]) "))
        let loops = ["loop-1", "loop-2"]
        let first = try BuildLoop(loops[0], in: host)
        let second = try BuildLoop(loops[1], in: host)
        for loop in loops { try wait(for: FilePath(loop).appending("done"), toHave: 1, in: host) }
        let installation = try host.installation(of: "new.tar.gz")
        let outcome = host.installer(grace: .seconds(1)).install(installation)
        #expect(try outcome == .installed(WardenApplyTests.version(versions[1])))
        for loop in loops {
            let file = FilePath(loop).appending("done")
            try wait(for: file, toHave: lines(file, in: host) + 1, in: host)
        }
        try host.directory.write("stop", "")
        first.process.waitUntilExit()
        second.process.waitUntilExit()
        for loop in loops {
            let failures = FilePath(loop).appending("failed")
            let complaints = try host.directory.exists(failures) ? host.directory.read(failures) : []
            #expect(String(decoding: complaints, as: UTF8.self) == "")
        }
        #expect(try goVersion(host).contains(" \(versions[1]) "))
        while host.installer().sweep(host.path) == .inUse { usleep(10_000) }
        #expect(try host.names() == ["go"])
        _ = consume first
        _ = consume second
    }
}
