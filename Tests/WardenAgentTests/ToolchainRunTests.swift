import Foundation
import SystemPackage
import Testing
import WardenAgent
import WardenAudit
import WardenLinux
import WardenModel
import WardenReport
import WardenTestSupport

/// How a run brings toolchains to where policies want them. `go` is a script here.
@Suite("Toolchains in a run", .timeLimit(.minutes(30))) struct ToolchainRunTests {
    private static let profile: FilePath = "root/etc/profile.d/cachewarden.sh"

    /// A host on which everybody may enter the folders: `go` is asked for its version as somebody without rights.
    private func makeHost() throws -> TestHost {
        let host = try TestHost()
        try host.directory.setMode("", ModeBits(0o755))
        for folder: FilePath in ["root/usr", "root/dist"] { try host.directory.makeDirectory(folder) }
        return host
    }

    /// Makes an archive below the host's `/dist`, and returns its SHA-256.
    private func pack(_ name: String, _ version: String, on host: borrowing TestHost) throws -> String {
        let script = """
            cd "$1"; umask 022; mkdir -p go/bin go/pkg/tool
            echo "$3" >go/VERSION; echo GOPROXY=off >go/go.env
            printf '#!/bin/sh\\necho "go version %s linux/amd64"\\n' "$3" >go/bin/go; chmod 755 go/bin/go
            tar -czf "$2" go; rm -rf go; sha256sum "$2" | cut -c1-64
            """
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-euc", script, "sh", host.directory.path("root/dist").string, name, version]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(text.prefix(64))
    }

    private func write(
        _ archive: String, _ digest: String, mode: String = "enforce", more: String = "", on host: borrowing TestHost
    ) throws {
        let toolchain = "{path: /usr/go, archive: /dist/\(archive), sha256: \"\(digest)\", path-entry: true}"
        try host.writePolicy(TestHost.policy(mode: mode, more: "toolchains: [\(toolchain)]\n" + more))
    }

    private func text(_ host: borrowing TestHost, _ path: FilePath) throws -> String {
        String(decoding: try host.directory.read(path), as: UTF8.self)
    }

    @Test func installsPutsItOnPathAndThenHasNothingToDo() throws {
        let host = try makeHost()
        let digest = try pack("a.tar.gz", "go1.98", on: host)
        try write(
            "a.tar.gz", digest,
            more: "environment: [{variables: {GOCACHE: /srv/cache}, deliver: [go-env]}]\n", on: host)
        let check = try host.run(.check).report
        #expect(check.verdict == .drift)
        #expect(check.toolchains.flatMap(\.standing).map(\.rule) == [.toolchainDiffers])
        #expect(check.toolchains.flatMap(\.standing).map(\.found) == ["nothing"])
        let applied = try host.run(.apply).report
        #expect(applied.toolchains.map(\.isInstalled) == [true] && applied.toolchains[0].after?.isVerified == true)
        #expect(try text(host, Self.profile).hasSuffix("# policy mine\nexport PATH='/usr/go/bin':\"$PATH\"\n"))
        // Its own go.env came with it, and was written in the same run.
        #expect(try text(host, "root/usr/go/go.env").hasPrefix("GOPROXY=off\n# BEGIN cachewarden"))
        #expect(applied.verdict == .repaired && applied.standing.isEmpty, "\(applied.standing)")
        for command: RunReport.Command in [.check, .apply] {
            #expect(try host.run(command).report.verdict == .compliant)
        }
    }

    @Test func replacesWritesItDownAndKeepsPathWhileItDoes() throws {
        let host = try makeHost()
        try write("a.tar.gz", try pack("a.tar.gz", "go1.98", on: host), on: host)
        _ = try host.run(.apply)
        let digest = try pack("b.tar.gz", "go1.99", on: host)
        try write("b.tar.gz", digest, on: host)
        let plan = try host.run(.plan)
        #expect(plan.plan.toolchains[0].installation?.replaces?.version.text == "go1.98")
        #expect(plan.report.delivery.plan.files.allSatisfy { $0.finding == nil }, "what is on PATH stays there")
        let bytes = try PlanDocument.encode(plan.plan)
        #expect(try PlanDocument.encode(PlanDocument.decode(bytes)) == bytes)
        #expect(try host.apply(plan: bytes).report.verdict == .repaired)
        #expect(try text(host, "root/usr/go/VERSION") == "go1.99\n")
        let records = try host.records()
        let index = try #require(records.lastIndex { $0.kind == .toolchainIntended })
        guard case .toolchainIntended(let intended) = records[index].event,
            case .toolchainConcluded(let concluded) = records[index + 1].event
        else {
            Issue.record("\(records.map(\.summary))")
            return
        }
        #expect(intended.path == "/usr/go" && intended.sha256 == digest && intended.replaces == "go1.98")
        #expect(concluded.intended == records[index].sequence && concluded.version == "go1.99")
        #expect {
            try host.apply(plan: bytes)
        } throws: { error in
            guard case AgentError.stalePlan(let moved) = error else { return false }
            return moved.contains("toolchain '/usr/go' is not to be installed any more")
        }
    }

    @Test func putsNothingOnPathThatIsNotWhatThePolicyWants() throws {
        let host = try makeHost()
        _ = try pack("a.tar.gz", "go1.98", on: host)
        try write("a.tar.gz", String(repeating: "0", count: 64), on: host)
        let report = try host.run(.apply).report
        #expect(report.verdict == .partlyRepaired && report.verdict.exitCode == 3)
        guard case .failed(let reason) = report.toolchains[0].outcome else {
            Issue.record("\(report.toolchains)")
            return
        }
        #expect(reason.contains("has the SHA-256"))
        #expect(try !host.directory.exists(Self.profile) && !host.directory.exists("root/usr/go"))
    }

    @Test func auditsAndInstallsNothing() throws {
        let host = try makeHost()
        try write("a.tar.gz", try pack("a.tar.gz", "go1.98", on: host), mode: "audit", on: host)
        let report = try host.run(.apply).report
        #expect(report.verdict == .drift && report.toolchains[0].outcome == nil)
        #expect(try !host.directory.exists("root/usr/go"))
    }

    @Test func sweepsWhatAKilledRunHasLeft() throws {
        let host = try makeHost()
        try write("a.tar.gz", try pack("a.tar.gz", "go1.98", on: host), on: host)
        _ = try host.run(.apply)
        try host.directory.makeDirectory("root/usr/.go.cachewarden-new", mode: ModeBits(0o700))
        #expect(try host.run(.apply).report.verdict == .compliant)
        #expect(try !host.directory.exists("root/usr/.go.cachewarden-new"))
        let steps = try host.records().compactMap { record -> ToolchainIntended.Step? in
            if case .toolchainIntended(let intended) = record.event { intended.step } else { nil }
        }
        #expect(steps == [.install, .sweep])
    }
}
