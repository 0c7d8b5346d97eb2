import Foundation
import SystemPackage
import Testing
import WardenAudit

/// Whatever is done to a log afterwards, `AuditVerification` finds the first place.
struct AuditDamageTests {
    /// Fifty records, some with an intention and its conclusion.
    private func fillLog(_ folder: borrowing LogFolder) throws -> AuditHead {
        let log = try folder.open()
        for _ in 0..<12 {
            try log.append(Sample.start)
            let intended = try log.append(Sample.intention(["00", "01"]))
            try log.append(Sample.conclusion(of: intended))
            try log.append(Sample.end)
        }
        try log.append(Sample.end)
        return log.head
    }

    /// All bits of a record and of the line break behind it; of all others enough to meet every column.
    @Test("104: every flipped bit is found, and its line named") func findsEveryFlippedBit() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        for _ in 0..<49 { try log.append(Sample.end) }
        let whole = try folder.bytes()
        #expect(try folder.verify().records == 50)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: folder.log.string))
        var line = 1
        var mistakes: [String] = []
        for (index, byte) in whole.enumerated() {
            let isLineBreak = byte == UInt8(ascii: "\n")
            let bits = line == 2 ? 0..<8 : isLineBreak || index.isMultiple(of: 101) ? index % 8..<index % 8 + 1 : 0..<0
            for bit in bits {
                try handle.seek(toOffset: UInt64(index))
                try handle.write(contentsOf: [byte ^ 1 << bit])
                let defect = try folder.verify().defect
                if defect?.line != line { mistakes.append("byte \(index) bit \(bit): \(String(describing: defect))") }
            }
            try handle.seek(toOffset: UInt64(index))
            try handle.write(contentsOf: [byte])
            line += isLineBreak ? 1 : 0
        }
        #expect(mistakes.prefix(5) == [])
        #expect(try folder.verify().isWhole)
    }

    @Test(
        "106: records that are deleted, swapped or doubled",
        arguments: [
            (Tampering.delete, 20, AuditProblem.sequence(expected: 20, found: 21)),
            (.swap, 20, .sequence(expected: 20, found: 21)),
            (.duplicate, 21, .sequence(expected: 21, found: 20)),
        ])
    func findsRecordsOutOfPlace(tampering: Tampering, line: Int, problem: AuditProblem) throws {
        let folder = try LogFolder()
        _ = try fillLog(folder)
        try folder.write(lines: tampering.applied(to: try folder.lines(), at: 19))
        #expect(try folder.verify().defect == AuditVerification.Defect(line: line, problem: problem))
    }

    enum Tampering: Sendable {
        case delete, swap, duplicate

        func applied(to lines: [[UInt8]], at index: Int) -> [[UInt8]] {
            var lines = lines
            switch self {
            case .delete: lines.remove(at: index)
            case .swap: lines.swapAt(index, index + 1)
            case .duplicate: lines.insert(lines[index], at: index)
            }
            return lines
        }
    }

    @Test func findsARecordOfAnotherLogInTheMiddle() throws {
        let folder = try LogFolder()
        let other = try LogFolder()
        _ = try fillLog(folder)
        let foreign = try openLog(other.log, run: "another")
        for _ in 0..<30 { try foreign.append(Sample.start) }
        var lines = try folder.lines()
        lines[19] = try other.lines()[19]
        try folder.write(lines: lines)
        #expect(try folder.verify().defect == AuditVerification.Defect(line: 20, problem: .chain))
    }

    @Test("107: cut off records are found by the head alone", arguments: [1, 7, 49])
    func findsCutOffRecordsByTheHeadAlone(cut: Int) throws {
        let folder = try LogFolder()
        let head = try fillLog(folder)
        try folder.write(lines: try folder.lines().dropLast(cut))
        let alone = try folder.verify()
        #expect(alone.isWhole)
        #expect(alone.caveats.count == 1 && alone.caveats[0].hasPrefix("cannot rule out truncation"))
        let proved = try folder.verify(expecting: head)
        let found = UInt64(50 - cut)
        let expected = AuditVerification.Defect(line: 51 - cut, problem: .truncated(expected: 50, found: found))
        #expect(proved.defect == expected)
        #expect(proved.caveats == [])
    }

    @Test("108: a log that was made anew is found by the head") func findsALogThatWasMadeAnew() throws {
        let folder = try LogFolder()
        let other = try LogFolder()
        let head = try fillLog(folder)
        let forged = try openLog(other.log, run: "another")
        for _ in 0..<60 { try forged.append(Sample.start) }
        #expect(try AuditVerification.verify(other.log).isWhole)
        let defect = try AuditVerification.verify(other.log, expecting: head).defect
        #expect(defect == AuditVerification.Defect(line: 50, problem: .otherHead))
    }

    @Test func seesThatAnEmptyLogIsCutOff() throws {
        let folder = try LogFolder()
        let head = try fillLog(folder)
        try folder.write([])
        #expect(try folder.verify(expecting: head).defect?.problem == .truncated(expected: 50, found: 0))
    }

    @Test func doesNotTakeAnythingElseForALog() throws {
        let folder = try LogFolder()
        for text in ["{}\n", "hello\n", "\n", "{\"schema\":\"other\"}\n"] {
            try folder.write(Array(text.utf8))
            #expect(try folder.verify().defect == AuditVerification.Defect(line: 1, problem: .notARecord))
            let error = #expect(throws: AuditError.self) { try openLog(folder.log) }
            #expect(error?.reason == .damaged(line: 1, .notARecord))
            #expect(try folder.bytes() == Array(text.utf8))
        }
    }

    @Test func doesNotGoOnInALogWithoutItsBeginning() throws {
        let folder = try LogFolder()
        _ = try fillLog(folder)
        let cut = try folder.lines().dropFirst(10)
        try folder.write(lines: Array(cut))
        let error = #expect(throws: AuditError.self) { try openLog(folder.log) }
        #expect(error?.reason == .damaged(line: 1, .noStart))
        #expect(try folder.lines() == Array(cut))
    }

    @Test func namesIntentionsWithoutAConclusion() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        let first = try log.append(Sample.intention(["00"]))
        let second = try log.append(Sample.intention(["01"]))
        try log.append(Sample.conclusion(of: first))
        #expect(try folder.verify().unconcluded == [second])
    }

    @Test func carriesKindsThatALaterVersionWrites() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        try log.append(Sample.start)
        // A record of an unknown kind, sealed as any other.
        let line = sealed(
            #"{"schema":"cachewarden.audit/1","sequence":3,"time":"2026-11-23T04:01:10.005Z","run":"x","#
                + #""event":"sealed","next":"audit.2","previous":"\#(log.head.hash)""#)
        try folder.write(try folder.bytes() + line)
        let verification = try folder.verify()
        #expect(verification.isWhole)
        #expect(verification.records == 3)
        let record = try #require(try folder.records().last)
        #expect(record.kind == AuditEventKind(rawValue: "sealed"))
        #expect(record.event == nil)
        #expect(record.summary == "2026-11-23 04:01:10Z run x wrote a record of kind 'sealed'")
    }

    @Test func refusesASchemaItDoesNotKnow() throws {
        let folder = try LogFolder()
        let zeros = String(repeating: "0", count: 64)
        try folder.write(
            sealed(
                #"{"schema":"cachewarden.audit/2","sequence":1,"time":"t","run":"x","event":"log-started","#
                    + #""algorithm":"sha256","previous":"\#(zeros)""#))
        #expect(try folder.verify().defect?.problem == .unknownSchema("cachewarden.audit/2"))
    }

    @Test func refusesAnAlgorithmItDoesNotKnow() throws {
        let folder = try LogFolder()
        let zeros = String(repeating: "0", count: 64)
        try folder.write(
            sealed(
                #"{"schema":"cachewarden.audit/1","sequence":1,"time":"t","run":"x","event":"log-started","#
                    + #""algorithm":"md5","previous":"\#(zeros)""#))
        #expect(try folder.verify().defect?.problem == .unknownAlgorithm("md5"))
    }

    private func sealed(_ body: String) -> [UInt8] {
        Array("\(body),\"hash\":\"\(digest(Array(body.utf8)))\"}\n".utf8)
    }
}
