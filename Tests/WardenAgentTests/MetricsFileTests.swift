import Foundation
import SystemPackage
import Testing
import WardenAgent
import WardenLinux
import WardenModel
import WardenTestSupport

/// Where a run leaves its figures, and what becomes of it where it cannot.
@Suite("The metrics of a run") struct MetricsFileTests {
    private static let path: FilePath = "root/metrics/cachewarden.prom"

    /// Runs `apply` with settings that want metrics.
    private func apply(_ host: borrowing TestHost) throws -> RunReport {
        let settings = try host.directory.write(
            "agent.yaml", "version: 1\nmetrics: {textfile: /metrics/cachewarden.prom}\n", mode: ModeBits(0o644))
        return try host.run(.apply) { $0.settings = settings }.report
    }

    private func clean(_ host: borrowing TestHost) throws -> RunReport {
        var request = RunRequest(command: .clean, threads: 1)
        request.policies = [host.directory.path(TestHost.policyPath)]
        request.settings = host.directory.path("agent.yaml")
        request.target = .cache("go-build")
        return try CleanRun(CleanRequest(builds: .wait(.zero)), request, in: host.surroundings()) { _ in }.run()
    }

    private func text(_ host: borrowing TestHost, _ name: FilePath) throws -> String {
        String(decoding: try host.directory.read(name), as: UTF8.self)
    }

    private func names(_ host: borrowing TestHost, _ folder: FilePath) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: host.directory.path(folder).string)
    }

    private func makeHost(folder: ModeBits? = ModeBits(0o755)) throws -> TestHost {
        let host = try TestHost()
        try host.writePolicy()
        if let folder { try host.directory.makeDirectory("root/metrics", mode: folder) }
        return host
    }

    /// Where a run of this test counts, whoever it is that tests.
    private func state(_ host: borrowing TestHost) throws -> FilePath {
        try #require(try host.surroundings().runTotals)
    }

    @Test func countsFromRunToRun() throws {
        let host = try makeHost()
        for number in 1...3 {
            _ = try apply(host)
            let page = try text(host, Self.path)
            let runs = page.split(separator: "\n").filter { $0.hasPrefix("cachewarden_runs_total{") }
            let sum = runs.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
            #expect(sum == number, "\(page)")
        }
        // What is damaged, or another's, is begun anew, and said.
        for damage in ["{", "{\"schema\":\"cachewarden.totals/2\",\"runs\":{},\"caches\":{}}", ""] {
            try Data(damage.utf8).write(to: URL(filePath: try state(host).string))
            let report = try apply(host)
            #expect(report.notes.contains { $0.contains("counting begins anew") }, "\(report.notes)")
            #expect(try text(host, Self.path).contains("verdict=\"compliant\"} 1\n"))
        }
    }

    @Test("107: the log's end is in the metrics") func exportsTheHead() throws {
        let host = try makeHost()
        for _ in 0..<2 {
            let report = try apply(host)
            let audit = try #require(report.audit)
            #expect(report.verdict.exitCode == 0)
            let page = try text(host, Self.path)
            #expect(page.contains("cachewarden_audit_sequence{command=\"apply\"} \(audit.sequence)\n"))
            #expect(page.contains("' ends at \(audit.sequence):\(audit.hash)\n"))
            let number = try #require(UInt64(audit.hash.prefix(12), radix: 16))
            #expect(page.contains("cachewarden_audit_head{command=\"apply\"} \(number)\n"))
            #expect(Double(exactly: number) != nil, "samples are floating-point numbers")
            #expect(page.contains("verdict=\"\(report.verdict.rawValue)\"} 1\n"))
            #expect(try host.directory.status(Self.path).mode == ModeBits(0o644))
        }
        #expect(try names(host, "root/metrics") == ["cachewarden.prom"])
    }

    @Test func seesThatTheLogWasChanged() throws {
        let host = try makeHost()
        let first = try apply(host)
        #expect(first.audit?.isWhole == true)
        #expect(try text(host, Self.path).contains("cachewarden_audit_whole{command=\"apply\"} 1\n"))
        let log = try #require(first.audit).path
        let check = try #require(try host.surroundings().auditCheck).string
        let record = String(decoding: try Data(contentsOf: URL(filePath: log.string)), as: UTF8.self)
        func rewrite(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: log.string)) }
        func makeDue() throws {
            let state = String(decoding: try Data(contentsOf: URL(filePath: check)), as: UTF8.self)
            try Data(state.replacing(/"checkedAt" *: *[0-9]+/, with: "\"checkedAt\":0").utf8).write(
                to: URL(filePath: check))
        }

        // One digit in the middle: the last record, which every run looks at, is as it was.
        try rewrite(record.replacing("\"uid\":", with: "\"uid\":1", maxReplacements: 1))
        #expect(try apply(host).audit?.isWhole == true, "within an hour nobody looks")
        try makeDue()
        let changed = try apply(host)
        #expect(changed.audit?.isWhole == false && changed.verdict.exitCode == 2)
        #expect(changed.notes.contains { $0.contains("is not what runs wrote: line 2: ") }, "\(changed.notes)")
        #expect(try text(host, Self.path).contains("cachewarden_audit_whole{command=\"apply\"} 0\n"))
        #expect(try apply(host).audit?.isWhole == false, "it is remembered")

        // A new log in its place is whole, and not the one whose end is known.
        try FileManager.default.removeItem(atPath: log.string)
        try makeDue()
        let replaced = try apply(host)
        #expect(replaced.audit?.isWhole == false && replaced.notes.contains { $0.contains(check) })
        try FileManager.default.removeItem(atPath: check)
        #expect(try apply(host).audit?.isWhole == true)
        // Who damages what is known of the log is not the only one to know.
        try Data("{".utf8).write(to: URL(filePath: check))
        #expect(try apply(host).notes.contains { $0.contains(check) })
    }

    @Test func givesOtherCommandsTheirOwnFile() throws {
        let host = try makeHost()
        _ = try apply(host)
        let before = try text(host, Self.path)
        let report = try clean(host)
        #expect(report.audit != nil)
        let page = try text(host, "root/metrics/cachewarden-clean.prom")
        #expect(page.contains("cachewarden_audit_sequence{command=\"clean\"} \(try #require(report.audit).sequence)\n"))
        #expect(!page.contains("cache_"))
        #expect(try text(host, Self.path) == before)
    }

    @Test("153: a place that others may write to, or a link, ends the metrics and not the run")
    func refusesAPlaceThatOthersPrepared() throws {
        let open = try makeHost(folder: ModeBits(0o777))
        let linked = try makeHost()
        try linked.directory.write("root/victim", "precious")
        try linked.directory.makeSymbolicLink("root/metrics/cachewarden.prom", to: "../victim")
        let report = try (apply(open), apply(linked))
        for report in [report.0, report.1] {
            #expect(report.caches.first?.appliedCount ?? 0 > 0)
            #expect(report.verdict == .drift && report.verdict.exitCode == 2)
            #expect(report.notes.contains { $0.hasPrefix("the metrics are those of an earlier run: cannot write '") })
        }
        #expect(try names(open, "root/metrics") == [])
        #expect(try text(linked, "root/victim") == "precious")
    }

    @Test("156: a full disk leaves the earlier metrics", .enabled(if: TestProcess.isRoot, "mounting needs root"))
    func keepsEarlierFiguresOnAFullDisk() throws {
        let host = try makeHost()
        try host.directory.withTemporaryMount(at: "root/metrics") { _ in
            try host.directory.setMode("root/metrics", ModeBits(0o755))
            _ = try apply(host)
            let before = try text(host, Self.path)
            try host.directory.write("root/metrics/ballast", "")
            let handle = try #require(FileHandle(forWritingAtPath: host.directory.path("root/metrics/ballast").string))
            // The error is the end: the disk is full.
            while (try? handle.write(contentsOf: Data(count: 4_096))) != nil {}
            let report = try apply(host)
            #expect(report.notes.contains { $0.contains("No space left on device") })
            #expect(report.verdict.exitCode == 2)
            #expect(try text(host, Self.path) == before)
            #expect(try names(host, "root/metrics").sorted() == ["ballast", "cachewarden.prom"])
        }
    }

    @Test func saysThatTheFolderIsMissing() throws {
        let host = try makeHost(folder: nil)
        let report = try apply(host)
        #expect(report.notes.contains { $0.contains("No such file or directory") })
        #expect(report.verdict.exitCode == 2)
    }

    // A name service without an answer is a machine without the account.
    private static let prometheus = TestProcess.isRoot ? try? Accounts().user(named: "prometheus") : nil

    @Test(.enabled(if: prometheus != nil, "needs root, and the account of Debian's prometheus packages"))
    func believesTheDirectoryOfPrometheusButNotItsLinks() throws {
        let account = try #require(Self.prometheus)
        let host = try makeHost()
        try host.directory.setOwnership("root/metrics", owner: account)
        #expect(try apply(host).verdict.exitCode == 0)
        try host.directory.makeDirectory("root/elsewhere")
        try host.directory.removeTree("root/metrics")
        try host.directory.makeSymbolicLink("root/metrics", to: "elsewhere")
        try host.directory.setOwnership("root/metrics", owner: account)
        #expect(try apply(host).verdict.exitCode == 2)
        #expect(try names(host, "root/elsewhere") == [])
    }
}
