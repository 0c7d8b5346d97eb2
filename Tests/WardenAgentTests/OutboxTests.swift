import Foundation
import SystemPackage
import Testing
import WardenAgent
import WardenLinux
import WardenModel
import WardenTestSupport

/// What runs leave for those who are told of them.
@Suite("The outbox") struct OutboxTests {
    private static let folder: FilePath = "state/cachewarden/outbox"
    private static let settings = "version: 1\nnotify: [{syslog: {}, at-least: low}]\n"

    /// A caller's own, also for root: the system's places are for the whole binary.
    private static let caller = TestProcess.isRoot ? UserID(4_711) : TestProcess.user

    private func makeHost(_ settings: String = settings, mode: String = "audit") throws -> TestHost {
        let host = try TestHost()
        try host.writePolicy(TestHost.policy(mode: mode))
        try host.directory.write("agent.yaml", settings, mode: ModeBits(0o644))
        return host
    }

    @discardableResult
    private func run(_ host: borrowing TestHost, _ command: RunReport.Command = .apply) throws -> RunReport {
        var request = RunRequest(command: command, threads: 2)
        request.policies = [host.directory.path(TestHost.policyPath)]
        request.settings = host.directory.path("agent.yaml")
        return try AgentRun(request, in: host.surroundings(caller: Self.caller)).run().report
    }

    private func names(_ host: borrowing TestHost) throws -> [String] {
        guard try host.directory.exists(Self.folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: host.directory.path(Self.folder).string).sorted()
    }

    @Test func getsAFileForEachRunThatChanges() throws {
        let host = try makeHost()
        for _ in 0..<3 { try run(host) }
        #expect(try names(host) == (1...3).map { "00000000000\($0)-run-1.json" })
        let file = Self.folder.appending("000000000001-run-1.json")
        #expect(try host.directory.status(file).mode == ModeBits(0o640))
        #expect(try host.directory.status(Self.folder).mode == ModeBits(0o2750))
        let object = try JSONSerialization.jsonObject(with: Data(try host.directory.read(file)))
        let snapshot = try #require(object as? [String: Any])
        #expect(snapshot["schema"] as? String == "cachewarden.outbox/1")
        let rules = (snapshot["alerts"] as? [[String: Any]])?.compactMap { $0["rule"] as? String }
        #expect(rules?.contains("root-mode") == true)
    }

    @Test("Looking alone leaves nothing", arguments: [RunReport.Command.check, .plan]) func isNotForLooks(
        command: RunReport.Command
    ) throws {
        let host = try makeHost()
        try run(host, command)
        #expect(try names(host) == [])
    }

    @Test func isNotWrittenForNobody() throws {
        let host = try makeHost("version: 1\n")
        try run(host)
        #expect(try !host.directory.exists(Self.folder))
    }

    @Test("146: it holds the last 64 runs and 16 MiB, whatever comes") func isBounded() throws {
        let host = try makeHost()
        try run(host)
        for number in 2...70 {
            let digits = String(number)
            let name = String(repeating: "0", count: 12 - digits.count) + digits + "-run-1.json"
            try host.directory.write(Self.folder.appending(name), "{}", mode: ModeBits(0o640))
        }
        try host.directory.write(Self.folder.appending("README"), "not ours")
        try run(host)
        let after = try names(host).filter { $0 != "README" }
        #expect(
            after.count == 64 && after.last == "000000000071-run-1.json" && after.first == "000000000008-run-1.json")
        try host.directory.makeSparseFile(Self.folder.appending("000000000050-run-1.json"), size: ByteCount(16 << 20))
        try run(host)
        #expect(try names(host).first == "000000000051-run-1.json")
    }

    @Test("A place that cannot be written to ends no run") func saysWhereNobodyIsTold() throws {
        let host = try makeHost(mode: "enforce")
        try host.directory.makeDirectory("state/cachewarden")
        try host.directory.makeDirectory("elsewhere")
        try host.directory.makeDirectory(Self.folder, mode: ModeBits(0o777))
        let report = try run(host)
        #expect(report.verdict == .drift)
        #expect(report.notes.contains { $0.hasPrefix("nobody is told of this run: cannot make '") }, "\(report.notes)")
        #expect(try names(host) == [])
    }
}
