import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenAudit
import WardenModel
import WardenTestSupport

/// What becomes of records for which the disk has no room.
@Suite(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
struct FullDiskTests {
    private func fillDisk(_ folder: borrowing LogFolder) throws {
        let path = folder.path.appending("ballast").string
        try Data().write(to: URL(fileURLWithPath: path))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        // The error is the end: the disk is full.
        while (try? handle.write(contentsOf: Data(count: 4_096))) != nil {}
    }

    private func freeDisk(_ folder: borrowing LogFolder) throws {
        try FileManager.default.removeItem(atPath: folder.path.appending("ballast").string)
    }

    private static let names = (0..<400).map { RelativePath("name-\($0)") }

    @Test("111: the reserve is really taken, and its owner's alone") func takesTheReserve() throws {
        let folder = try LogFolder()
        _ = try folder.open()
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(".reserve").string)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.size] as? Int == 64 << 10)
        #expect(try FileStatus(of: folder.file(".reserve")).allocated >= ByteCount(64 << 10))
    }

    @Test("111: a full disk takes the reserve, and the record is written") func usesTheReserve() throws {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 256)
        let log = try folder.open()
        try log.append(Sample.start)
        try fillDisk(folder)
        while try !folder.records().contains(where: { $0.kind == .reserveUsed }) {
            try log.commit(Sample.intention(Self.names))
        }
        #expect(try folder.names() == ["audit.jsonl", "ballast"])
        let verification = try folder.verify(expecting: log.head)
        #expect(verification.isWhole)
        let kinds = try folder.records().suffix(2).map(\.kind)
        #expect(kinds == [.reserveUsed, .changesIntended])
        let use = ReserveUsed(bytes: 64 << 10, cause: "No space left on device")
        #expect(try folder.records().dropLast().last?.event == .reserveUsed(use))

        try freeDisk(folder)
        try log.append(Sample.end)
        #expect(try log.finish().notes == ["the disk of the audit log was full: its reserve of 64.0 KiB was used"])
        #expect(try folder.names() == ["audit.jsonl", "audit.jsonl.reserve"])
        withExtendedLifetime(log) {}
        _ = mount
    }

    @Test("111: a reserve that cannot be made again is made by the next run") func makesTheReserveInTheNextRun() throws
    {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 256)
        do {
            let log = try folder.open()
            try fillDisk(folder)
            while try folder.names().contains("audit.jsonl.reserve") { try log.append(Sample.intention(Self.names)) }
            try fillDisk(folder)
            // Whether there is room for one more byte or not, the log must come to its end.
            let notes = try log.finish().notes
            #expect(notes.count == 2 && notes[1].hasPrefix("the audit log has no reserve for a full disk: "))
        }
        try freeDisk(folder)
        _ = try folder.open()
        #expect(try folder.names() == ["audit.jsonl", "audit.jsonl.reserve"])
        _ = mount
    }

    @Test("111: a disk that is full when the run begins takes the reserve of an earlier run")
    func usesTheReserveOfAnEarlierRun() throws {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 256)
        _ = try folder.open()
        // To the last byte of the log's last page.
        try fillDisk(folder)
        var log: AuditLog? = try folder.open(run: "second")
        while try folder.names().contains("audit.jsonl.reserve") { try log?.append(Sample.start) }
        let head = try #require(log?.head)
        log = nil
        #expect(try folder.verify(expecting: head).isWhole)
        _ = mount
    }

    @Test("112: without a reserve the run ends before the change") func stopsWithoutAReserve() throws {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 64)
        var options = AuditOptions.small
        options.reserve = .zero
        let log = try folder.open(options)
        try fillDisk(folder)
        let error = #expect(throws: AuditError.self) {
            while true { try log.commit(Sample.evictionIntention) }
        }
        #expect(error?.reason == .system(.noSpace))
        #expect(try folder.verify(expecting: log.head).isWhole)
        _ = mount
    }

    @Test("112: with 'journal' evictions go on, rights and times do not") func sendsEvictionsToTheJournal() throws {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 64)
        let journal = Journal()
        let log = try folder.open(journal.options())
        try fillDisk(folder)
        while journal.lines.withLock({ $0.isEmpty }) { try log.commit(Sample.evictionIntention) }
        let first = try #require(journal.lines.withLock { $0.first?.head })
        try log.append(Sample.retentionConclusion(of: first.sequence))
        #expect(throws: AuditError.self) { try log.commit(Sample.intention(["00"])) }
        #expect(throws: AuditError.self) { try log.commit(Sample.timesIntention) }
        #expect(journal.lines.withLock { $0.map(\.head.sequence) } == [first.sequence, first.sequence + 1])
        #expect(try folder.verify().records == Int(first.sequence) - 1)

        try freeDisk(folder)
        try log.commit(Sample.intention(["00"]))
        let ending = try log.finish()
        #expect(ending.notes == ["the disk of the audit log was full: 2 records stand in systemd's journal alone"])
        let verification = try folder.verify(expecting: ending.head)
        #expect(verification.isWhole, "\(String(describing: verification.defect))")
        #expect(verification.elsewhere == 2)
        #expect(verification.text(folder.log).contains("2 more in systemd's journal alone"))
        #expect(ending.head.sequence == first.sequence + 3)
        // Both together are one chain: what was sent fits between what stands in the file.
        let last = try #require(journal.lines.withLock { $0.last })
        #expect(
            try folder.records().contains {
                String(decoding: $0.json, as: UTF8.self).contains(#""previous":"\#(last.head.hash)""#)
            })
        #expect(String(decoding: last.line, as: UTF8.self).hasSuffix(#","hash":"\#(last.head.hash)"}"#))
        withExtendedLifetime(log) {}
        _ = mount
    }

    @Test func findsAGapThatTheJournalDoesNotExplain() throws {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 64)
        let journal = Journal()
        let log = try folder.open(journal.options())
        // Whether a further record fits into the last page or not, the one that goes below must not be the first.
        for _ in 0..<3 { try log.append(Sample.start) }
        try fillDisk(folder)
        while journal.lines.withLock({ $0.isEmpty }) { try log.commit(Sample.evictionIntention) }
        try freeDisk(folder)
        try log.append(Sample.end)
        #expect(try folder.verify().isWhole)
        var lines = try folder.lines()
        lines.remove(at: lines.count - 3)
        try folder.write(lines: lines)
        #expect(try folder.verify().defect?.problem == .chain)
        withExtendedLifetime(log) {}
        _ = mount
    }

    @Test func stopsWhereTheJournalDoesNotTakeIt() throws {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 64)
        var options = Journal().options()
        options.substitute = { _, _ in throw Errno.connectionRefused }
        let log = try folder.open(options)
        try fillDisk(folder)
        let error = #expect(throws: AuditError.self) { while true { try log.commit(Sample.evictionIntention) } }
        #expect(error?.reason == .nowhere(.noSpace, "Connection refused"))
        #expect(try folder.verify(expecting: log.head).isWhole)
        _ = mount
    }
}

/// Takes what the disk does not.
private final class Journal: Sendable {
    let lines = Mutex<[(head: AuditHead, line: [UInt8])]>([])

    func options() -> AuditOptions {
        var options = AuditOptions.small
        options.reserve = .zero
        options.substitute = { [self] head, line in lines.withLock { $0.append((head, line)) } }
        return options
    }
}
