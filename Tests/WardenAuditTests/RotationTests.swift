import Foundation
import SystemPackage
import Testing
import WardenAudit
import WardenModel

/// Files follow each other without a gap, wherever a run is killed.
struct RotationTests {
    /// Three files with ten records of events each, the last of them the log.
    private func fill(_ folder: borrowing LogFolder, files: Int = 3, keep: Int = 12) throws -> AuditLog {
        let log = try folder.open(.rotating(keep: keep))
        for file in 1...files {
            for _ in 0..<10 { try log.append(Sample.start) }
            if file < files { try log.rotate() }
        }
        return log
    }

    @Test func beginsANewFileAtTheSize() throws {
        let folder = try LogFolder()
        let log = try folder.open(.rotating(at: 8_000))
        for _ in 0..<40 { try log.append(Sample.start) }
        let names = try folder.names()
        #expect(names.count > 3)
        #expect(names.contains("audit.jsonl.000000000001"))
        let sizes = try names.filter { $0.hasPrefix("audit.jsonl.0") }.map {
            try FileManager.default.attributesOfItem(atPath: folder.path.appending($0).string)[.size] as? Int ?? 0
        }
        #expect(sizes.allSatisfy { (8_000..<9_500).contains($0) }, "\(sizes)")
        let verification = try folder.verify(expecting: log.head)
        #expect(verification.isWhole, "\(String(describing: verification.defect))")
        #expect(verification.files == names.count - 1)  // The reserve is none.
        #expect(verification.runs == 40)
        #expect(verification.caveats == [])
        #expect(try folder.records().map(\.sequence) == Array(1...log.head.sequence))
    }

    @Test func namesThePreviousFilesEndInTheFirstRecord() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        try log.append(Sample.start)
        let end = log.head
        try log.rotate()
        let first = try #require(try folder.records().last)
        #expect(first.sequence == 3)
        guard case .logStarted(let start) = first.event else { throw AuditProblem.noStart }
        #expect(start == LogStarted(algorithm: "sha256", key: nil, continues: 2, oldest: 1))
        #expect(String(decoding: first.json, as: UTF8.self).contains(#""previous":"\#(end.hash)""#))
        #expect(first.summary.hasSuffix("began a new file behind record 2 (sha256)"))
    }

    /// As a crash after each step would leave it: a reader finds it whole, and the next run brings it to its end.
    @Test(arguments: 0...5) func survivesACrashAfterEveryStep(steps: Int) throws {
        let folder = try LogFolder()
        let log = try fill(folder, keep: 2)
        try log.rotate(steps: steps)
        withExtendedLifetime(log) {}
        let before = try folder.verify(expecting: log.head)
        #expect(before.isWhole, "\(String(describing: before.defect))")
        #expect(before.first == (steps < 4 ? 1 : 12))
        #expect(before.records == (steps < 4 ? 33 : 22) + (steps > 1 ? 1 : 0))
        _ = consume log

        let next = try folder.open(.rotating(keep: 2))
        try next.append(Sample.end)
        let after = try folder.verify(expecting: next.head)
        #expect(after.isWhole, "\(String(describing: after.defect))")
        #expect(next.head.sequence == (steps > 1 ? 35 : 34))
        #expect(after.first == (steps > 1 ? 12 : 1))
        #expect(try folder.names().contains("audit.jsonl.next") == false)
        let files =
            steps > 1
            ? ["audit.jsonl", "audit.jsonl.000000000012", "audit.jsonl.000000000023", "audit.jsonl.reserve"]
            : ["audit.jsonl", "audit.jsonl.000000000001", "audit.jsonl.000000000012", "audit.jsonl.reserve"]
        #expect(try folder.names() == files)
    }

    @Test(arguments: [0, 1, 100, 300]) func discardsANextFileThatWasCutShort(length: Int) throws {
        let folder = try LogFolder()
        do {
            let log = try fill(folder)
            try log.rotate(steps: 1)
        }
        let next = URL(fileURLWithPath: folder.file(".next").string)
        try Data(try Data(contentsOf: next).prefix(length)).write(to: next)
        #expect(try folder.verify().isWhole)
        try folder.open().append(Sample.end)
        #expect(try folder.verify().records == 34)
        #expect(try folder.names().contains("audit.jsonl.next") == false)
    }

    @Test func stopsAtANextFileThatIsNone() throws {
        let folder = try LogFolder()
        _ = try fill(folder)
        try Data("hello\n".utf8).write(to: URL(fileURLWithPath: folder.file(".next").string))
        let error = #expect(throws: AuditError.self) { try openLog(folder.log) }
        #expect(error?.reason == .foreign(folder.file(".next")))
        #expect(try folder.names().contains("audit.jsonl.next"))
    }

    @Test func neverOverwritesAnOlderFile() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        try log.append(Sample.start)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.file(".000000000001").string))
        #expect(throws: AuditError.self) { try log.rotate() }
        #expect(try String(contentsOfFile: folder.file(".000000000001").string, encoding: .utf8) == "mine")
        #expect(try folder.names().contains("audit.jsonl.next"))
    }

    @Test(arguments: [0, 1, 3]) func keepsSoManyOlderFiles(keep: Int) throws {
        let folder = try LogFolder()
        let log = try fill(folder, files: 6, keep: keep)
        let older = try folder.names().filter { $0.hasPrefix("audit.jsonl.0") }
        #expect(older == (0..<keep).map { "audit.jsonl.0000000000\(11 * (5 - keep + $0) + 1)" })
        let verification = try folder.verify(expecting: log.head)
        #expect(verification.isWhole)
        let first = UInt64(11 * (5 - keep) + 1)
        #expect(verification.first == first)
        #expect(
            verification.text(folder.log).contains(
                "beginning with record \(first); those before record \(first) were removed, as 'audit.keep' says"))
    }

    @Test("106: a missing file is named, in the middle and at the beginning", arguments: [1, 12, 23])
    func findsAMissingFile(first: UInt64) throws {
        let folder = try LogFolder()
        let log = try fill(folder, files: 4)
        try FileManager.default.removeItem(
            atPath: folder.file(".0000000000" + (first < 10 ? "0" : "") + "\(first)").string)
        let verification = try folder.verify(expecting: log.head)
        #expect(verification.defect?.problem == .missingFile(first: first))
        #expect(verification.defect?.line == 1)
        #expect(
            verification.defect?.file
                == (first == 23 ? nil : folder.file(first == 1 ? ".000000000012" : ".000000000023")))
        // The next rotation does not make it good.
        try log.rotate()
        #expect(try folder.verify(expecting: log.head).defect?.problem == .missingFile(first: first))
    }

    @Test("108: an older copy in the log's place is no log any more") func findsAnOlderCopy() throws {
        let folder = try LogFolder()
        let log = try fill(folder)
        let early = try folder.bytes()
        try log.rotate()
        let head = log.head
        _ = consume log
        try folder.write(early)
        #expect(try folder.verify(expecting: head).isWhole == false)
    }

    @Test func stopsWhereTheLogIsTakenAway() throws {
        let folder = try LogFolder()
        _ = try fill(folder)
        try FileManager.default.removeItem(atPath: folder.log.string)
        let error = #expect(throws: AuditError.self) { try openLog(folder.log) }
        #expect(error?.reason == .missing(beside: folder.file(".000000000001")))
        #expect(error?.description.contains("put the log back") == true)
    }

    @Test("104: a changed byte is found in every file, and its place is named")
    func findsChangedBytesInEveryFile() throws {
        let folder = try LogFolder()
        _ = try fill(folder)
        for suffix in [".000000000001", ".000000000012", ""] {
            let url = URL(fileURLWithPath: folder.file(suffix).string)
            let whole = try Data(contentsOf: url)
            var line = 1
            var mistakes: [String] = []
            for (index, byte) in whole.enumerated() {
                let isLineBreak = byte == UInt8(ascii: "\n")
                if isLineBreak || index.isMultiple(of: 101) {
                    var changed = whole
                    changed[index] = byte ^ (1 << (index % 8))
                    try changed.write(to: url)
                    let defect = try folder.verify().defect
                    if defect?.line != line || defect?.file != (suffix.isEmpty ? nil : folder.file(suffix)) {
                        mistakes.append("\(suffix) \(index): \(String(describing: defect))")
                    }
                }
                line += isLineBreak ? 1 : 0
            }
            try whole.write(to: url)
            #expect(mistakes.prefix(5) == [])
        }
        #expect(try folder.verify().isWhole)
    }

    @Test func isReadWholeWhileARunRotates() async throws {
        let folder = try LogFolder()
        let path = folder.log
        let log = try folder.open(.rotating(at: 4_000, keep: 3))
        try log.append(Sample.start)
        let writer = Task.detached { for _ in 0..<200 { try log.append(Sample.start) } }
        var looks = 0
        repeat {
            let verification = try AuditVerification.verify(path)
            // A record that is being written may look torn; nothing else may be wrong.
            if let problem = verification.defect?.problem, case .tornTail = problem {
            } else {
                #expect(verification.isWhole, "\(String(describing: verification.defect))")
            }
            looks += 1
        } while looks < 40
        try await writer.value
        #expect(try folder.verify(expecting: log.head).isWhole)
    }

    @Test(
        "117: a log that may only be added to works, and says why it is not rotated",
        .enabled(if: getuid() == 0, "chattr +a needs root"))
    func leavesAnAppendOnlyLogAsItIs() throws {
        let folder = try LogFolder()
        let log = try folder.open(.rotating(at: 2_000))
        try log.append(Sample.start)
        try run("/usr/bin/chattr", "+a", folder.log.string)
        // Without this the folder cannot be removed; the test's verdict stands without it.
        defer { try? run("/usr/bin/chattr", "-a", folder.log.string) }
        for _ in 0..<10 { try log.append(Sample.start) }
        let ending = try log.finish()
        #expect(ending.notes.count == 1)
        #expect(ending.notes[0].hasPrefix("the audit log is not rotated: "))
        #expect(ending.notes[0].contains("chattr -a"))
        #expect(try folder.names() == ["audit.jsonl", "audit.jsonl.reserve"])
        #expect(try folder.verify(expecting: ending.head).records == 12)
    }
}

/// The steps alone.
struct RotationStepTests {
    static let pictures: [Rotation] = {
        let nexts: [Rotation.Next] = [.none, .unfinished, .ready, .former(first: 30)]
        let older: [Set<UInt64>] = [[], [10], [1, 10, 20]]
        return nexts.flatMap { next in
            older.flatMap { older in
                [1, 10, 30].flatMap { oldest in
                    [true, false].map { Rotation(next: next, older: older, oldest: oldest, isWanted: $0) }
                }
            }
        }
    }()

    @Test(arguments: pictures) func comeToAnEnd(picture: Rotation) {
        var rotation = picture
        var steps: [Rotation.Step] = []
        while let step = rotation.step, steps.count < 20 {
            steps.append(step)
            rotation = rotation.after(step, logFirst: 40, keep: 2, following: 50)
        }
        #expect(rotation.step == nil)
        #expect(rotation.next == .none)
        #expect(steps.contains(.exchange) == picture.isWanted)
        // Nothing is removed before the file that says so is the log.
        if let exchange = steps.firstIndex(of: .exchange) {
            for case .remove(let first) in steps[..<exchange] { #expect(first < picture.oldest) }
        }
        #expect(rotation.older.allSatisfy { $0 >= rotation.oldest })
    }

    /// With two older files or fewer, from 10 on, and a log that begins at 30: what the next file's record says.
    struct Case: Sendable {
        let keep: Int
        let older: Set<UInt64>
        let stays: UInt64
    }

    @Test(arguments: [
        Case(keep: 0, older: [10, 20], stays: 40), Case(keep: 1, older: [10, 20], stays: 30),
        Case(keep: 2, older: [10, 20], stays: 20), Case(keep: 3, older: [10, 20], stays: 10),
        Case(keep: 12, older: [20], stays: 10), Case(keep: 12, older: [], stays: 10),
        Case(keep: 1, older: [], stays: 10),
    ])
    func letNoFileGoThatNobodyAskedFor(example: Case) {
        let rotation = Rotation(next: .none, older: example.older, oldest: 10, isWanted: true)
        #expect(rotation.oldestToStay(logFirst: 30, keep: example.keep, following: 40) == example.stays)
    }
}
