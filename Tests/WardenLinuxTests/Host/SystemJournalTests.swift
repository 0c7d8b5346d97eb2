import SystemPackage
import Testing
import WardenLinux
import WardenTestSupport

struct SystemJournalTests {
    @Test func sendsFieldsAsTheJournalReadsThem() throws {
        let directory = try TemporaryDirectory()
        let journal = try FakeJournal(at: directory.path("socket"))
        let sent: [(name: String, value: [UInt8])] = [
            ("MESSAGE", Array("one line, with = in it".utf8)), ("RECORD", Array("two\nlines\n".utf8)),
            ("BYTES", [0, 0xff, 0x0a, 0x3d]), ("EMPTY", []),
        ]
        try SystemJournal(socket: directory.path("socket")).send(sent)
        let got = try #require(try journal.next())
        #expect(got == Dictionary(uniqueKeysWithValues: sent.map { ($0.name, $0.value) }))
        #expect(try journal.next() == nil)
    }

    @Test func sendsWhatNoDatagramTakesAsASealedFile() throws {
        let directory = try TemporaryDirectory()
        let journal = try FakeJournal(at: directory.path("socket"))
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
        try SystemJournal(socket: directory.path("socket")).send([("MESSAGE", Array("large".utf8)), ("RECORD", large)])
        #expect(try journal.next()?["RECORD"] == large)
    }

    @Test func saysThatNoJournalRuns() throws {
        let directory = try TemporaryDirectory()
        let journal = SystemJournal(socket: directory.path("socket"))
        #expect(throws: Errno.noSuchFileOrDirectory) { try journal.send([("MESSAGE", [])]) }
        do { _ = try FakeJournal(at: directory.path("socket")) }
        #expect(throws: Errno.connectionRefused) { try journal.send([("MESSAGE", [])]) }
    }
}
