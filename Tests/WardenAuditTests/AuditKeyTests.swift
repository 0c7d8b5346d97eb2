import Foundation
import SystemPackage
import Testing
import WardenAudit
import WardenLinux
import WardenModel

/// Records that nobody without the key can make.
struct AuditKeyTests {
    private static let text = "canary-7c0e5f3a-0123456789abcdef\n"

    private func key(_ folder: borrowing LogFolder, _ name: String = "key", _ text: String = text) throws -> AuditKey {
        try AuditKey(reading: try folder.writeKey(name, text))
    }

    private func options(_ key: AuditKey?) -> AuditOptions {
        var options = AuditOptions.small
        options.key = key
        return options
    }

    /// Three files, 50 records.
    private func fill(_ folder: borrowing LogFolder, _ key: AuditKey) throws -> AuditHead {
        let log = try folder.open(options(key))
        for _ in 0..<16 { try log.append(Sample.end) }
        try log.rotate()
        for _ in 0..<16 { try log.append(Sample.end) }
        try log.rotate()
        for _ in 0..<15 { try log.append(Sample.end) }
        return log.head
    }

    @Test func carriesAMACBesideThePlainChain() throws {
        let folder = try LogFolder()
        let key = try key(folder)
        let log = try folder.open(options(key))
        try log.append(Sample.start)
        for line in try folder.lines() {
            let text = String(decoding: line, as: UTF8.self)
            let parts = text.components(separatedBy: ",\"mac\":\"")
            #expect(parts.count == 2 && parts[1].hasPrefix("\(key.id):"))
            #expect(text.hasSuffix(",\"hash\":\"\(digest(Array(line.dropLast(75))))\"}"))
            // The MAC, by another program.
            let tool = Process()
            tool.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            tool.arguments = [
                "dgst", "-sha256", "-mac", "HMAC", "-macopt", "key:\(Self.text.dropLast())", "-r",
                try folder.writeKey("body-\(UUID())", parts[0]).string,
            ]
            let pipe = Pipe()
            tool.standardOutput = pipe
            try tool.run()
            let answer = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            #expect(parts[1].hasPrefix("\(key.id):\(answer.prefix(64))\",\"hash\""))
        }
        #expect(key.id.count == 8)
        #expect(try folder.records().first?.event == .logStarted(LogStarted(algorithm: "sha256", key: key.id)))
    }

    @Test func verifiesWithTheKeyAndTheChainWithout() throws {
        let folder = try LogFolder()
        let key = try key(folder)
        let head = try fill(folder, key)
        let with = try folder.verify(expecting: head, keys: [key])
        #expect(with.isWhole && with.records == 50 && with.authenticated == 50 && with.unauthenticated == 0)
        #expect(with.caveats == [])
        let without = try folder.verify(expecting: head)
        #expect(without.isWhole && without.records == 50 && without.authenticated == 0)
        #expect(
            without.caveats == [
                "cannot say who wrote the records: they carry MACs of key '\(key.id)' (--key)"
            ])
    }

    @Test("104: every flipped bit of 50 records with MACs in three files is found") func findsEveryFlippedBit() throws {
        let folder = try LogFolder()
        let key = try key(folder)
        let head = try fill(folder, key)
        for suffix in [".000000000001", ".000000000018", ""] {
            let path = folder.file(suffix)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path.string))
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path.string))
            var line = 1
            var mistakes: [String] = []
            for (index, byte) in whole.enumerated() {
                let isLineBreak = byte == UInt8(ascii: "\n")
                let bits = line == 2 && suffix == ".000000000001" ? 0..<8 : index.isMultiple(of: 613) ? 3..<4 : 0..<0
                for bit in bits {
                    try handle.seek(toOffset: UInt64(index))
                    try handle.write(contentsOf: [byte ^ 1 << bit])
                    let defect = try folder.verify(keys: [key]).defect
                    if defect?.line != line { mistakes.append("\(index) bit \(bit): \(String(describing: defect))") }
                }
                try handle.seek(toOffset: UInt64(index))
                try handle.write(contentsOf: [byte])
                line += isLineBreak ? 1 : 0
            }
            #expect(mistakes.prefix(5) == [], "\(suffix)")
        }
        #expect(try folder.verify(expecting: head, keys: [key]).isWhole)
    }

    /// Whoever may write to the log can make the hashes right again, but not the MACs.
    @Test func findsAForgedChainByTheKeyAlone() throws {
        let folder = try LogFolder()
        let key = try key(folder)
        let log = try folder.open(options(key))
        for _ in 0..<5 { try log.append(Sample.end) }
        _ = consume log
        var previous = String(repeating: "0", count: 64)
        var forged: [[UInt8]] = []
        for line in try folder.lines() {
            var body = String(decoding: line.dropLast(75), as: UTF8.self)
            let place = try #require(body.range(of: #""previous":""#)?.upperBound)
            body.replaceSubrange(place..<body.index(place, offsetBy: 64), with: previous)
            body = body.replacing(#""failed":1"#, with: #""failed":0"#)
            previous = digest(Array(body.utf8))
            forged.append(Array("\(body),\"hash\":\"\(previous)\"}".utf8))
        }
        try folder.write(lines: forged)
        #expect(try folder.verify().isWhole)
        #expect(try folder.verify(keys: [key]).defect == AuditVerification.Defect(line: 2, problem: .mac))
    }

    @Test func findsALogThatWasMadeAnewWithoutTheKey() throws {
        let folder = try LogFolder()
        let other = try LogFolder()
        let key = try key(folder)
        _ = try other.open().append(Sample.end)
        #expect(try other.verify(keys: [key]).defect?.problem == .unproven(key: nil))
        let foreign = try self.key(other, "key", "another key of 32 bytes, or more")
        let second = try LogFolder()
        _ = try second.open(options(foreign)).append(Sample.end)
        #expect(try second.verify(keys: [key]).defect?.problem == .unproven(key: foreign.id))
    }

    @Test func findsARecordWithoutAMACAmongThoseThatHaveOne() throws {
        let folder = try LogFolder()
        let key = try key(folder)
        let log = try folder.open(options(key))
        let body =
            #"{"schema":"cachewarden.audit/1","sequence":2,"time":"t","run":"x","event":"note","previous":"\#(log.head.hash)""#
        try folder.write(try folder.bytes() + Array("\(body),\"hash\":\"\(digest(Array(body.utf8)))\"}\n".utf8))
        let expected = AuditVerification.Defect(line: 2, problem: .key(expected: key.id, found: nil))
        #expect(try folder.verify().defect == expected)
        #expect(try folder.verify(keys: [key]).defect == expected)
    }

    @Test("118: a log with a key does not go on without one") func stopsWithoutTheKey() throws {
        let folder = try LogFolder()
        let key = try key(folder)
        _ = try folder.open(options(key)).append(Sample.end)
        let before = try folder.bytes()
        let error = #expect(throws: AuditError.self) { try openLog(folder.log) }
        #expect(error?.reason == .keyMissing(id: key.id))
        #expect(error?.description.contains("LoadCredential=audit-key:FILE") == true)
        #expect(try folder.bytes() == before)
    }

    @Test("118: a key that everybody may read is not used", arguments: [0o644, 0o404, 0o604])
    func refusesAReadableKey(mode: Int) throws {
        let folder = try LogFolder()
        let file = try folder.writeKey("key", Self.text, mode: mode)
        let error = #expect(throws: AuditKeyError.self) { _ = try AuditKey(reading: file) }
        #expect(error == .secret(.readable(file, ModeBits(UInt16(mode)))))
        #expect(error?.description.contains("everybody can read it (mode 0\(String(mode, radix: 8)))") == true)
    }

    @Test("118: records verify across a change of the key") func verifiesAcrossAChangeOfTheKey() throws {
        let folder = try LogFolder()
        let first = try key(folder)
        let second = try key(folder, "second", "another key of 32 bytes, or more")
        _ = try folder.open().append(Sample.start)
        _ = try folder.open(options(first)).append(Sample.start)
        let log = try folder.open(options(second))
        try log.append(Sample.end)
        #expect(
            try folder.records().map(\.event) == [
                .logStarted(LogStarted(algorithm: "sha256", key: nil)), Sample.start,
                .keyChanged(KeyChanged(from: nil, to: first.id)), Sample.start,
                .keyChanged(KeyChanged(from: first.id, to: second.id)), Sample.end,
            ])
        let both = try folder.verify(expecting: log.head, keys: [first, second])
        #expect(both.isWhole && both.authenticated == 4 && both.unauthenticated == 2 && both.keyChanges == 2)
        let newest = try folder.verify(expecting: log.head, keys: [second])
        #expect(newest.isWhole && newest.authenticated == 2)
        #expect(try folder.verify(keys: [first]).defect?.problem == .unproven(key: second.id))
        #expect(try folder.verify().isWhole)
    }

    @Test("118: a key that changes over a torn record is told by the record that marks it")
    func changesTheKeyBehindATornRecord() throws {
        let folder = try LogFolder()
        let first = try key(folder)
        let second = try key(folder, "second", "another key of 32 bytes, or more")
        _ = try folder.open(options(first)).append(Sample.start)
        try folder.write(try folder.bytes() + Array("{\"schema\":\"cache".utf8))
        let log = try folder.open(options(second))
        try log.append(Sample.end)
        let verification = try folder.verify(expecting: log.head, keys: [first, second])
        #expect(verification.isWhole, "\(String(describing: verification.defect))")
        #expect(verification.keyChanges == 1 && verification.recoveries == 1 && verification.authenticated == 4)
    }

    @Test("118: a key that changes where a new file is due changes before it")
    func changesTheKeyBeforeANewFile() throws {
        let folder = try LogFolder()
        let first = try key(folder)
        let second = try key(folder, "second", "another key of 32 bytes, or more")
        var options = options(first)
        options.rotateSize = ByteCount(1_000)
        _ = try folder.open(options).append(Sample.start)
        options.key = second
        let log = try folder.open(options)
        try log.append(Sample.end)
        #expect(try folder.records().map(\.kind) == [.logStarted, .runStarted, .keyChanged, .logStarted, .runEnded])
        let verification = try folder.verify(expecting: log.head, keys: [first, second])
        #expect(verification.isWhole, "\(String(describing: verification.defect))")
    }

    @Test("147: a short key is refused") func refusesAShortKey() throws {
        let folder = try LogFolder()
        let file = try folder.writeKey("key", "fifteen bytes..\n")
        let error = #expect(throws: AuditKeyError.self) { _ = try AuditKey(reading: file) }
        #expect(error == .tooShort(file))
    }

    @Test("141: the key shows in no record, answer or error") func showsTheKeyNowhere() throws {
        let folder = try LogFolder()
        let key = try key(folder)
        let head = try fill(folder, key)
        let answer = try folder.verify(expecting: head, keys: [key])
        var texts = ["\(key)", String(reflecting: key), answer.text(folder.log), "\(answer)"]
        dump(key, to: &texts[0])
        texts += try folder.names().filter { $0 != "key" }.map {
            String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: folder.path.appending($0).string)), as: UTF8.self)
        }
        #expect(texts.allSatisfy { !$0.contains("canary") })
        #expect(texts.contains { $0.contains(key.id) })
    }
}
