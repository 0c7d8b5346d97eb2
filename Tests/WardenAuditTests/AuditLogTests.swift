import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenAudit
import WardenDigest
import WardenModel

struct AuditLogTests {
    @Test func givesBackEveryEventAsItWasWritten() throws {
        let folder = try LogFolder()
        let hostile: [RelativePath] = [
            "0a", "with \"quotes\" and \\", "line\nbreak", "\u{1b}[31m", "\u{9b}31m", "\u{202e}gpj", "é", "e\u{301}",
            RelativePath(bytes: [0x66, 0xff, 0xfe]), RelativePath(bytes: [UInt8](repeating: 0x25, count: 255)),
        ]
        let events = [
            Sample.start, Sample.intention(hostile, directory: "fuzz/x"), Sample.conclusion(of: 3),
            Sample.evictionIntention, Sample.timesIntention, Sample.retentionConclusion(of: 5), Sample.cacheMeasured,
            Sample.hostMeasured, Sample.end,
        ]
        let log = try folder.open()
        for event in events { try log.append(event) }
        try log.sync()

        let records = try folder.records()
        #expect(records.dropFirst().map(\.event) == events)
        #expect(records.map(\.sequence) == Array(1...10))
        #expect(records.map(\.run) == Array(repeating: "7f3a0c12", count: 10))
        #expect(
            records.map(\.kind) == [
                .logStarted, .runStarted, .changesIntended, .changesConcluded, .retentionIntended, .retentionIntended,
                .retentionConcluded, .cacheMeasured, .hostMeasured, .runEnded,
            ])
        #expect(records.last?.head == log.head)
        let lines = try folder.lines()
        #expect(lines.count == 10)
        #expect(lines.joined().allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != 0x9b })
        let text = String(decoding: lines[2], as: UTF8.self)
        #expect(text.contains(#""\u009b31m","\u202egpj","é""#))
        #expect(text.contains(#"{"hex":"66fffe"}"#))
        #expect(
            text.contains(#""steps":["create-directory","narrow-mode 0700","set-ownership :100","set-ownership 0:","#))
        #expect(text.contains(#""mode":"2770""#))
        #expect(text.contains("u::rwx,u:1000:r--,g::rw-,g:50:rwx,m::rwx,o::---"))
    }

    @Test func hashesEveryByteBeforeTheHashMember() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        try log.append(Sample.start)
        let lines = try folder.lines()
        var previous = String(repeating: "0", count: 64)
        for (index, line) in lines.enumerated() {
            let text = String(decoding: line, as: UTF8.self)
            let hash = SHA256Digest(of: Array(line.dropLast(75))).description
            #expect(text.hasPrefix(#"{"schema":"cachewarden.audit/1","sequence":\#(index + 1),"time":"2026-"#))
            #expect(text.hasSuffix(#","previous":"\#(previous)","hash":"\#(hash)"}"#))
            previous = hash
        }
        #expect(log.head == AuditHead(sequence: 2, hash: previous))
    }

    @Test func goesOnWhereTheLastRunEnded() throws {
        let folder = try LogFolder()
        for run in 1...3 {
            let log = try folder.open(run: "run-\(run)")
            try log.append(Sample.start)
            try log.append(Sample.end)
        }
        let verification = try folder.verify()
        #expect(verification.isWhole)
        #expect(verification.records == 7)
        #expect(verification.runs == 3)
        #expect(try folder.records(run: "run-2").map(\.sequence) == [4, 5])
    }

    @Test func findsTheEndBehindALongRecord() throws {
        let folder = try LogFolder()
        let names = (0..<512).map { RelativePath(String(repeating: "\u{1}", count: 200) + String($0)) }
        try folder.open().append(Sample.intention(names))
        #expect(try folder.bytes().count > 600_000)
        #expect(try folder.open().append(Sample.end) == 3)
        #expect(try folder.verify().isWhole)
    }

    @Test func numbersTenThousandRecordsWithoutAGap() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        let numbers = try (0..<10_000).map { _ in try log.append(Sample.end) }
        #expect(numbers == Array(2...10_001))
        #expect(try folder.verify(expecting: log.head).records == 10_001)
    }

    @Test("115: many threads, one sequence") func keepsRecordsOfManyThreadsApart() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        let numbers = Mutex<[UInt64]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<200 {
                // A failed append is a number that is missing from the count below.
                guard let number = try? log.append(Sample.start) else { return }
                numbers.withLock { $0.append(number) }
            }
        }
        #expect(numbers.withLock { $0.sorted() } == Array(2...1_601))
        #expect(try folder.verify().records == 1_601)
    }

    @Test("115: a second writer is refused") func lendsTheLogToOneWriterAlone() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        let error = #expect(throws: AuditError.self) { try openLog(folder.log) }
        #expect(error?.reason == .busy)
        #expect(error?.description == "cannot open the audit log '\(folder.log)': another run is writing to it")
        try log.append(Sample.end)
    }

    @Test func isFreeAgainWhenTheWriterIsGone() throws {
        let folder = try LogFolder()
        _ = try folder.open()
        _ = try folder.open()
    }

    @Test func makesTheLogForItsOwnerAlone() throws {
        let folder = try LogFolder()
        let path = folder.path.appending("state").appending("cachewarden").appending("audit.jsonl")
        _ = try openLog(path)
        for (place, mode) in [(path, 0o600), (path.removingLastComponent(), 0o700)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: place.string)
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
    }
}
