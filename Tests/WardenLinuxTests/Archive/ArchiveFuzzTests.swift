import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct ArchiveFuzzTests {
    /// Damaged archives end in an error or in files below the directory, never in a crash and never elsewhere.
    @Test func staysInItsDirectory() throws {
        let folder = try ArchiveFolder()
        let calls = """
            add('go/', type=DIRTYPE); add('go/bin/go', b'x' * 700, mode=0o755)
            add('go/' + 'n' * 150 + '/b', b'y', format=PAX_FORMAT); add('go/' + 'm' * 120, b'z', format=GNU_FORMAT); end()
            """
        let good = try folder.archive(byPython: calls)
        // The end of the archive is zeros: fewer of them make more of the mutations hit something.
        let originals = [Array(good.prefix(good.count - 9_216)), Array(good.prefix(1_536))]
        var read = 0
        try Fuzzing(originals, words: ["go/", "../", "./", "/", "path=", "size=", "ustar\u{0}00", "0000644\u{0}"]).run {
            bytes in
            try folder.directory.removeTree("around/root")
            try folder.directory.makeDirectory("around/root", mode: ModeBits(0o700))
            if try folder.complaint(Self.repaired(bytes), step: 300) == nil { read += 1 }
            #expect(try !folder.hasStrangers())
        }
        #expect(read > 0)
    }

    /// Corrects the checksum of every second block that has room for one, so that damage behind it is seen at all.
    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count - 511, by: 512) where bytes[start + 257] == UInt8(ascii: "u") {
            guard bytes[start + 9] & 1 == 0 else { continue }
            for index in 148..<156 { bytes[start + index] = 0x20 }
            let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
            bytes.replaceSubrange(start + 148..<start + 156, with: text.utf8)
        }
        return bytes
    }
}
