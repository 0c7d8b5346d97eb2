import Foundation
import InMemoryLogging
import Logging
import SystemPackage
import Testing
import WardenAgent
import WardenAudit
import WardenLinux
import WardenModel
import WardenTestSupport

/// What a run makes of its audit log: the settings, the key, the journal.
struct AuditRunTests {
    static let canary = "canary-19d0b7c4-fedcba9876543210"

    private func writeKey(_ host: borrowing TestHost, mode: ModeBits = ModeBits(0o400), _ text: String = canary) throws
    {
        if try !host.directory.exists("credentials") {
            try host.directory.makeDirectory("credentials", mode: ModeBits(0o700))
        }
        try host.directory.write("credentials/audit-key", text, mode: mode)
    }

    private func log(_ host: borrowing TestHost) throws -> FilePath { try #require(try host.surroundings().auditLog) }

    @Test("107: the log's end is in the report and, under systemd, in the journal") func exportsTheHead() throws {
        var host = try TestHost()
        let journal = try FakeJournal(at: host.directory.path("journal"))
        try host.writePolicy()
        _ = try host.run(.apply)
        #expect(try journal.next() == nil, "nobody asked for it")
        host.environment["INVOCATION_ID"] = "0123456789abcdef0123456789abcdef"
        let audit = try #require(try host.run(.apply).report.audit)
        let entry = try #require(try journal.next()).mapValues { String(decoding: $0, as: UTF8.self) }
        #expect(entry["CACHEWARDEN_AUDIT_SEQUENCE"] == "\(audit.sequence)")
        #expect(entry["CACHEWARDEN_AUDIT_HASH"] == audit.hash)
        #expect(entry["CACHEWARDEN_AUDIT_LOG"] == audit.path.string)
        #expect(entry["CACHEWARDEN_RUN"] == "run-1")
        #expect(entry["SYSLOG_IDENTIFIER"] == "cachewarden")
        #expect(entry["MESSAGE"] == "audit log '\(audit.path)' ends at \(audit.sequence):\(audit.hash)")
        let head = AuditHead(sequence: audit.sequence, hash: audit.hash)
        #expect(try AuditVerification.verify(try log(host), expecting: head).isWhole)
    }

    @Test func exportsTheHeadToTheUnitsErrorsWhereNoJournalRuns() throws {
        var host = try TestHost()
        let handler = InMemoryLogHandler()
        host.logger = Logger(label: "test") { _ in handler }
        host.environment["INVOCATION_ID"] = "0123456789abcdef0123456789abcdef"
        try host.writePolicy()
        let audit = try #require(try host.run(.apply).report.audit)
        let entry = try #require(handler.entries.last)
        #expect(entry.level == .warning)
        #expect(entry.metadata["audit.head"] == "\(audit.sequence):\(audit.hash)")
    }

    @Test("118: the key comes from systemd's credentials") func takesTheKeyFromTheCredentials() throws {
        var host = try TestHost()
        try host.writePolicy()
        try writeKey(host)
        host.environment["CREDENTIALS_DIRECTORY"] = host.directory.path("credentials").string
        _ = try host.run(.apply)
        let key = try AuditKey(reading: host.directory.path("credentials/audit-key"))
        let verification = try AuditVerification.verify(try log(host), keys: [key])
        #expect(verification.isWhole && verification.authenticated == verification.records)
        // Without it the next run changes nothing.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: host.cache.string)
        host.environment["CREDENTIALS_DIRECTORY"] = nil
        let before = try TreeSnapshot(of: host.cache)
        let error = #expect(throws: AuditError.self) { _ = try host.run(.apply) }
        #expect(error?.reason == .keyMissing(id: key.id))
        #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
    }

    @Test(
        "118, 147: a key that must not be used ends the run before any change",
        arguments: [
            (ModeBits(0o644), canary, "everybody can read it"), (ModeBits(0o400), "\n", "the file is empty"),
            (ModeBits(0o400), "short", "fewer than 16 bytes"),
            (ModeBits(0o400), String(repeating: canary, count: 3_000), "larger"),
        ])
    func refusesABadKey(mode: ModeBits, text: String, reason: String) throws {
        var host = try TestHost()
        try host.writePolicy()
        try writeKey(host, mode: mode, text)
        host.environment["CREDENTIALS_DIRECTORY"] = host.directory.path("credentials").string
        let before = try TreeSnapshot(of: host.cache)
        let error = #expect(throws: AuditKeyError.self) { _ = try host.run(.apply) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.description.contains("canary") == false)
        #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
    }

    @Test("141: the key is in no report, log line or journal entry") func showsTheKeyNowhere() throws {
        var host = try TestHost()
        let handler = InMemoryLogHandler()
        host.logger = Logger(label: "test") { _ in handler }
        host.logger.logLevel = .trace
        let journal = try FakeJournal(at: host.directory.path("journal"))
        try host.writePolicy()
        try writeKey(host)
        host.environment["CREDENTIALS_DIRECTORY"] = host.directory.path("credentials").string
        host.environment["INVOCATION_ID"] = "0123456789abcdef0123456789abcdef"
        let result = try host.run(.apply)
        var texts = ["\(result)", handler.entries.map { "\($0)" }.joined()]
        texts += try host.records().map { String(decoding: $0.json, as: UTF8.self) }
        texts.append("\(try #require(try journal.next()).mapValues { String(decoding: $0, as: UTF8.self) })")
        #expect(texts.allSatisfy { !$0.contains("canary") })
    }

    @Test func rotatesAsTheSettingsSay() throws {
        let host = try TestHost()
        try host.writePolicy()
        let settings = try host.directory.write(
            "agent.yaml", "version: 1\naudit: {rotate-size: 2KiB, keep: 2}\n", mode: ModeBits(0o644))
        for _ in 0..<12 { _ = try host.run(.apply) { $0.settings = settings } }
        let path = try log(host)
        let older = try suffixes(of: path).filter { $0.hasPrefix(".0") }
        #expect(older.count == 2)
        let verification = try AuditVerification.verify(path)
        #expect(verification.isWhole && verification.files == 3 && verification.first > 1)
    }

    @Test(
        "112: without room and reserve 'stop' removes nothing, 'journal' goes on with evictions",
        .enabled(if: TestProcess.isRoot, "a small file system for the log needs root"), arguments: ["stop", "journal"])
    func obeysWhenFull(whenFull: String) throws {
        let host = try TestHost(pairs: 0)
        let journal = try FakeJournal(at: host.directory.path("journal"))
        let folder = try host.directory.makeDirectory("root/log", mode: ModeBits(0o700))
        try FixtureCalls.mountTemporary(at: folder)
        // What stays mounted costs memory; the test's verdict stands without it.
        defer { try? FixtureCalls.unmount(folder) }
        try FixtureCalls.setMode(of: folder, to: ModeBits(0o700))
        let settings = try host.directory.write(
            "agent.yaml", "version: 1\naudit: {path: /log/audit.jsonl, when-full: \(whenFull)}\n", mode: ModeBits(0o644)
        )
        try fillCache(host)
        try host.writePolicy(
            """
            version: 1
            policy: mine
            mode: enforce
            caches: [{name: files, path: /srv/cache, layout: directory, retention: {max-entries: 1}}]
            """)
        let log = folder.appending("audit.jsonl")
        _ = try host.run(.apply) { ($0.settings, $0.only) = (settings, [.rootMode]) }  // Begins the log.
        try FileManager.default.removeItem(atPath: "\(log)\(".reserve")")
        try fillDisk(folder)

        if whenFull == "stop" {
            let before = try TreeSnapshot(of: host.cache)
            #expect(throws: (any Error).self) { _ = try host.run(.apply) { $0.settings = settings } }
            #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
            #expect(try journal.next() == nil)
            #expect(try AuditVerification.verify(log).isWhole)
            return
        }
        let report = try host.run(.apply) { $0.settings = settings }.report
        #expect(report.caches.first?.retention?.removed == 301)
        #expect(report.notes.contains { $0.contains("in systemd's journal alone") }, "\(report.notes)")
        let entry = try #require(try journal.next())
        #expect(entry["PRIORITY"] == Array("2".utf8))
        let record = String(decoding: try #require(entry["CACHEWARDEN_AUDIT_RECORD"]), as: UTF8.self)
        #expect(record.contains(#""event":"retention-intended""#) && record.contains("n-299"))
    }

    /// So many files, with names so long, that no page has room for what announces their removal.
    private func fillCache(_ host: borrowing TestHost) throws {
        try host.directory.makeDirectory("root/srv/cache")
        let old = Timestamp(seconds: host.clock.now().seconds - 5 * 86_400)
        for index in 0...300 {
            let path = FilePath("root/srv/cache/\(String(repeating: "x", count: 200))n-\(index)")
            try host.directory.write(path, "x")
            try host.directory.setTimes(path, accessed: old, modified: old)
        }
    }

    private func fillDisk(_ folder: FilePath) throws {
        let ballast = URL(fileURLWithPath: folder.appending("ballast").string)
        try Data().write(to: ballast)
        let handle = try FileHandle(forWritingTo: ballast)
        for size in [1 << 20, 4_096] {
            // The error is the end: the disk is full.
            while (try? handle.write(contentsOf: Data(count: size))) != nil {}
        }
    }
}
