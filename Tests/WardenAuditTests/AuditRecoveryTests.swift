import Foundation
import SystemPackage
import Testing
import WardenAudit
import WardenDigest
import WardenModel

func digest(_ bytes: [UInt8]) -> String { SHA256Digest(of: bytes).description }

/// What a crash or a full disk leaves behind.
struct AuditRecoveryTests {
    @Test("110: a torn record is marked with its hash, and the run goes on")
    func goesOnBehindARecordThatWasCutShort() throws {
        let folder = try LogFolder()
        try folder.open().append(Sample.start)
        let whole = try folder.bytes()
        let torn = Array(try #require(try folder.lines().last).dropLast(40))
        try folder.write(whole + torn)
        #expect(try folder.verify().defect?.problem == .tornTail(bytes: torn.count))
        #expect(try folder.verify().defect?.line == 3)

        #expect(try folder.open().append(Sample.end) == 4)
        let verification = try folder.verify()
        #expect(verification.isWhole)
        #expect(verification.records == 4)
        #expect(verification.recoveries == 1)
        let recovered = AuditEvent.recovered(Recovered(tornBytes: torn.count, tornHash: digest(torn)))
        #expect(try folder.records().map(\.event)[2] == recovered)
    }

    @Test func provesThatTornBytesWereLeftAlone() throws {
        let folder = try LogFolder()
        try folder.open().append(Sample.start)
        try folder.write(try folder.bytes() + Array("{\"schema\":\"cache".utf8))
        try folder.open().append(Sample.end)
        let whole = try folder.bytes()
        // The torn bytes end before the line break in front of the last two records.
        let place = whole.count - (try folder.lines().suffix(2).joined().count) - 4
        #expect(try folder.verify().isWhole)
        var forged = whole
        forged[place] ^= 1
        try folder.write(forged)
        #expect(try folder.verify().defect?.line == 3)
    }

    @Test func survivesACrashInTheMiddleOfARecovery() throws {
        let folder = try LogFolder()
        try folder.open().append(Sample.start)
        let before = try folder.bytes() + Array("{\"sche".utf8)
        try folder.write(before)
        _ = try folder.open()
        let after = try folder.bytes()
        let length = after.count - before.count
        #expect(length > 300)
        // A cut right behind the line break of the torn bytes (1) would look like a changed record: that stops.
        for kept in [0, 2, 3, 50, length - 76, length - 2, length - 1] {
            try folder.write(Array(after[..<(before.count + kept)]))
            try folder.open().append(Sample.end)
            let verification = try folder.verify()
            #expect(verification.isWhole, "\(kept): \(String(describing: verification.defect))")
            #expect(verification.records == 4)
            #expect(verification.recoveries == 1)
        }
    }

    @Test func completesARecordThatLacksItsLineBreakAlone() throws {
        let folder = try LogFolder()
        try folder.open().append(Sample.start)
        let whole = try folder.bytes()
        try folder.write(whole.dropLast())
        #expect(try folder.verify().defect?.line == 2)
        #expect(try folder.open().append(Sample.end) == 3)
        #expect(try folder.verify().isWhole)
        #expect(try folder.verify().recoveries == 0)
    }

    @Test(arguments: [1, 20, 100, 250]) func beginsAnewWhereTheFirstRecordWasCutShort(length: Int) throws {
        let folder = try LogFolder()
        _ = try folder.open()
        try folder.write(Array(try folder.bytes().prefix(length)))
        #expect(try folder.open().append(Sample.start) == 2)
        #expect(try folder.verify().isWhole)
    }

    @Test func refusesToGoOnBehindAChangedRecord() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        for _ in 0..<3 { try log.append(Sample.start) }
        var bytes = try folder.bytes()
        bytes[bytes.count - 200] ^= 1
        _ = consume log
        try folder.write(bytes)
        let error = #expect(throws: AuditError.self) { try openLog(folder.log) }
        #expect(error?.reason == .damaged(line: 4, .hash))
        #expect(error?.description.contains("line 4: the content does not match its hash") == true)
        #expect(error?.description.contains("cachewarden audit verify") == true)
        #expect(try folder.bytes() == bytes)
    }

    @Test(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
    func cutsOffWhatAFullDiskCutShort() throws {
        let folder = try LogFolder()
        let mount = try SmallFileSystem(at: folder.path, kibibytes: 64)
        let log = try folder.open()
        let names = (0..<400).map { RelativePath("name-\($0)") }
        var last: UInt64 = 0
        let error = #expect(throws: AuditError.self) {
            while last < 1_000 { last = try log.append(Sample.intention(names)) }
        }
        #expect(error?.reason == .system(.noSpace))
        #expect(error?.description.hasSuffix("No space left on device") == true)
        #expect(log.head.sequence == last)
        #expect(try folder.verify(expecting: log.head).isWhole)
        // There is room for a small record still, and the log is good for it.
        #expect(try log.append(Sample.end) == last + 1)
        try log.sync()
        #expect(try folder.verify(expecting: log.head).isWhole)
        withExtendedLifetime(log) {}
        _ = mount
    }
}

/// A tmpfs of a few pages, unmounted (lazily, so that open files do not matter) when the test ends.
struct SmallFileSystem: ~Copyable {
    private let path: FilePath

    init(at path: FilePath, kibibytes: Int) throws {
        self.path = path
        try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k,mode=0700", "tmpfs", path.string)
    }

    // What stays mounted costs memory; the test's verdict stands without it.
    deinit { try? run("/usr/bin/umount", "-l", path.string) }
}

/// Runs a program and throws unless it succeeds.
func run(_ program: String, _ arguments: String...) throws {
    struct Failure: Error { let arguments: [String] }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(arguments: [program] + arguments) }
}
