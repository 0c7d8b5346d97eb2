import Testing
import WardenGoCache
import WardenModel

struct ActionEntryTests {
    private static let action = String(repeating: "0a", count: 32)
    private static let output = String(repeating: "f9", count: 32)
    private static let good = "v1 \(action) \(output)                  185  1764000000123456789\n"

    private func parse(_ text: String) throws -> ActionEntry {
        let bytes = Array(text.utf8)
        return try ActionEntry(parsing: bytes.span, named: #require(hash(Self.action)))
    }

    private func hash(_ digits: String) -> EntryHash? {
        let bytes = Array(digits.utf8)
        return EntryHash(hexadecimal: bytes.span)
    }

    private static func replacing(_ old: String, _ new: String) -> String {
        good.replacing(old, with: new, maxReplacements: 1)
    }

    @Test func readsWhatGoWrites() throws {
        let entry = try parse(Self.good)
        #expect(Self.good.utf8.count == ActionEntry.length)
        #expect(entry.action.description == Self.action)
        #expect(entry.output.description == Self.output)
        #expect(entry.size == 185)
        #expect(entry.madeAt == Timestamp(seconds: 1_764_000_000, nanoseconds: 123_456_789))
    }

    @Test(arguments: [
        ("", ActionEntry.Damage.empty), (String(good.dropLast()), .incomplete), (good + "x", .tooLong),
        (replacing("v1", "v2"), .invalidHeader), (good.dropLast() + " ", .invalidHeader),
        (replacing(" " + output, "x" + output), .invalidHeader), (replacing("0a0", "0g0"), .invalidHash),
        (replacing("f9f", "f f"), .invalidHash), (replacing("0a0", "0b0"), .mismatchedAction),
        (replacing("185", "   "), .invalidSize), (replacing("185", "-85"), .invalidSize),
        (replacing("185", "1 5"), .invalidSize), (replacing("185", "0x5"), .invalidSize),
        (replacing(" 1764000000123456789", "99999999999999999999"), .invalidTime),
        (replacing(" 1764000000123456789", "-1764000000123456789"), .invalidTime),
        (replacing("456789\n", "45678 \n"), .invalidTime),
    ])
    func takesForDamageWhatGoTakesForAMiss(line: String, damage: ActionEntry.Damage) {
        #expect(throws: damage) { try parse(line) }
    }

    @Test func acceptsASignAndUpperCaseAsGoDoes() throws {
        #expect(try parse(Self.replacing("185", "+85")).size == 85)
        #expect(try parse(Self.replacing(Self.output, Self.output.uppercased())).output.description == Self.output)
    }

    @Test func ordersAndNamesHashes() throws {
        let zeros = String(repeating: "0", count: 63)
        let one = try #require(hash(zeros + "1"))
        let other = try #require(hash("1" + zeros))
        #expect(one < other)
        #expect(one.description == zeros + "1")
        let name = Array("1\(zeros)-d".utf8)
        let fromName = EntryHash(entryName: name.span)
        let withoutEnding = EntryHash(entryName: name.span.extracting(..<64))
        #expect(fromName == other)
        #expect(withoutEnding == nil)
    }
}

struct TrimFileTests {
    @Test(arguments: [
        ("1764000000", Int64(1_764_000_000)), (" 1764000000\n", 1_764_000_000), ("-5", -5), ("+5", 5),
        ("9223372036854775807", .max), ("-9223372036854775808", .min),
    ])
    func readsUnixSeconds(content: String, seconds: Int64) {
        let bytes = Array(content.utf8)
        #expect(TrimFile.time(bytes.span) == Timestamp(seconds: seconds))
    }

    @Test(arguments: ["", " ", "x", "12x", "1 2", "9223372036854775808", "-", "1.5", "\u{0}"])
    func takesCorruptContentForNoTime(content: String) {
        let bytes = Array(content.utf8)
        #expect(TrimFile.time(bytes.span) == nil)
    }

    @Test(arguments: [
        (Int64(0), false), (86_399, false), (86_400, true), (-3_599, false), (-3_600, true), (.max, true),
    ])
    func knowsWhenGoTrimsAgain(age: Int64, isDue: Bool) {
        let now = Timestamp(seconds: 0)
        #expect(TrimFile.isTrimDue(last: Timestamp(seconds: -age), now: now) == isDue)
        #expect(TrimFile.isTrimDue(last: nil, now: now))
        #expect(TrimFile.isTrimDue(last: Timestamp(seconds: .min), now: now))
    }
}
