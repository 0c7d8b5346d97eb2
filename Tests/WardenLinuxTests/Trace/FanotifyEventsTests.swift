import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

@Suite("Blocks of events") struct FanotifyEventsTests {
    private static let handle: [UInt8] = [1, 0, 0, 0, 0xaa, 0xbb, 0xcc, 0xdd]

    /// Returns a number as the kernel writes it, the lowest byte first.
    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// A record of a directory and a name in it, as the kernel pads it.
    private static func place(_ name: String, type: UInt8 = 2, handleLength: UInt32 = 4) -> [UInt8] {
        var content = [UInt8](repeating: 7, count: 8)
        content += bytes(handleLength)
        content += handle
        if type == 2 {
            content += Array(name.utf8)
            content.append(0)
        }
        while !content.count.isMultiple(of: 4) { content.append(0) }
        var record: [UInt8] = [type, 0]
        record += bytes(UInt16(content.count + 4))
        return record + content
    }

    private static func process(_ descriptor: Int32) -> [UInt8] {
        var record: [UInt8] = [4, 0, 8, 0]
        record += bytes(descriptor)
        return record
    }

    private static let somebody: Int32 = 2_000_000_000

    private static func event(_ mask: UInt64, by process: Int32 = somebody, _ records: [UInt8]...) -> [UInt8] {
        let all = records.flatMap { $0 }
        var event = bytes(UInt32(24 + all.count))
        event += [3, 0, 24, 0]
        event += bytes(mask)
        event += bytes(Int32(-1))
        event += bytes(process)
        return event + all
    }

    @Test func areRead() throws {
        var block = Self.event(0x108, Self.place("ab-a"), Self.process(-1))
        block += Self.event(0x4000_0420, by: 0, Self.place("."), Self.process(-2))
        block += Self.event(0x20, Self.place("", type: 3))
        block += Self.event(0x4000)
        let events = try FanotifyEvents.events(in: block)
        let handle = NameEvent.Directory.handle(Self.handle)
        #expect(events.map(\.directory) == [handle, handle, handle, .handle([])])
        #expect(events.map(\.name) == [Array("ab-a".utf8), Array(".".utf8), [], []])
        #expect(events.map(\.facts) == [[.created, .written], [.end, .directory, .opened], .opened, .lost])
        #expect(events.map(\.process) == [Self.somebody, nil, Self.somebody, Self.somebody])
        #expect(events.map(\.isGone) == [true, false, false, false])
    }

    @Test func whatThisProcessDidIsToldApart() throws {
        let block = Self.event(0x8, by: getpid(), Self.place("a"))
        #expect(try FanotifyEvents.events(in: block).map(\.facts) == [[.written, .own]])
    }

    /// Records of kinds that are not known yet say nothing.
    @Test func unknownRecordsAreSkipped() throws {
        let unknown: [UInt8] = [77, 0, 8, 0, 1, 2, 3, 4]
        let block = Self.event(0x8, unknown, Self.place("a"), unknown)
        #expect(try FanotifyEvents.events(in: block).map(\.name) == [Array("a".utf8)])
    }

    @Test(arguments: [false, true]) func descriptorsAreClosed(isDamaged: Bool) throws {
        let directory = try TemporaryDirectory()
        // Of a file, not of a process: it is closed all the same.
        let path = try directory.write("file", "x")
        let file = try FileDescriptor.open(path, .readOnly)
        let place = Self.place("a", handleLength: isDamaged ? 200 : 4)
        let block = Self.event(0x8, place, Self.process(file.rawValue))
        if isDamaged {
            #expect(throws: Errno.badMessage) { _ = try FanotifyEvents.events(in: block) }
        } else {
            #expect(try FanotifyEvents.events(in: block).count == 1)
        }
        // There is none, or another test's by now.
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(file.rawValue)")
        #expect(target != path.string)
    }

    private static let good = event(0x108, place("ab-a"), process(-1))

    @Test(arguments: 1..<good.count) func cutOnesAreRefused(length: Int) {
        #expect(throws: Errno.badMessage) { _ = try FanotifyEvents.events(in: Array(Self.good.prefix(length))) }
    }

    /// A length or a version that no kernel writes: which byte, and what it is.
    @Test(arguments: [
        (0, 23), (0, 0), (1, 1), (4, 2), (6, 23), (6, 255), (26, 3), (26, 255), (36, 12), (36, 255), (39, 128),
    ]) func damagedOnesAreRefused(place: Int, value: Int) {
        var block = Self.good
        block[place] = UInt8(value)
        #expect(throws: Errno.badMessage) { _ = try FanotifyEvents.events(in: block) }
    }

    @Test func noBytesAreNoEvents() throws {
        #expect(try FanotifyEvents.events(in: []).isEmpty)
    }
}
