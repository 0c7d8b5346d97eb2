package import SystemPackage
package import WardenModel

/// What one line of `/proc/PID/stat` says of a process. See `proc_pid_stat(5)`.
package struct ProcessStatus: Hashable, Sendable {
    /// The program's name as the kernel keeps it, at most 15 bytes of anything (`comm`, field 2).
    package let name: [UInt8]
    /// One letter (field 3).
    package let state: UInt8
    /// Field 4.
    package let parent: Int32
    /// Field 20.
    package let threads: Int
    /// When it was forked: clock ticks since the boot (field 22).
    package let startTick: UInt64

    /// Reads the line; `nil` for what the kernel does not write.
    ///
    /// The name stands in parentheses, unescaped, and may hold parentheses, blanks and line breaks itself: what comes
    /// after the last closing one is the kernel's own.
    package init?(parsing line: [UInt8]) {
        guard let opening = line.firstIndex(of: UInt8(ascii: "(")),
            let closing = line.lastIndex(of: UInt8(ascii: ")")), opening < closing
        else { return nil }
        let fields = line[(closing + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        // Field 3 is the first of them.
        guard fields.count > 22 - 3, let state = fields[0].first, fields[0].count == 1,
            let parent = Int32(String(decoding: fields[4 - 3], as: UTF8.self)),
            let threads = Int(String(decoding: fields[20 - 3], as: UTF8.self)),
            let startTick = UInt64(String(decoding: fields[22 - 3], as: UTF8.self))
        else { return nil }
        self.name = Array(line[(opening + 1)..<closing])
        self.state = state
        self.parent = parent
        self.threads = threads
        self.startTick = startTick
    }

    /// Whether it has ended, and only waits for its parent to ask how.
    ///
    /// A first thread that ended before the others looks the same but for the number of threads.
    package var isOver: Bool { "ZXx".utf8.contains(state) && threads <= 1 }
}

/// The text of files in `/proc/PID`.
package enum ProcessText {
    /// Returns the variables of `/proc/PID/environ`, whose bytes that are no UTF-8 become U+FFFD.
    ///
    /// Of two for one name the first counts, as it does for Go (`copyenv` in
    /// <https://go.googlesource.com/go/+/refs/heads/master/src/syscall/env_unix.go>).
    package static func environment(_ bytes: [UInt8]) -> [String: String] {
        var variables: [String: String] = [:]
        for variable in bytes.split(separator: 0) {
            guard let equals = variable.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: variable[..<equals], as: UTF8.self)
            guard variables[name] == nil else { continue }
            variables[name] = String(decoding: variable[(equals + 1)...], as: UTF8.self)
        }
        return variables
    }

    /// Returns the words of `/proc/PID/cmdline`.
    package static func words(_ bytes: [UInt8]) -> [[UInt8]] {
        var words = bytes.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
        // Each word ends with a zero, the last too.
        if words.last?.isEmpty == true { words.removeLast() }
        return words
    }

    /// Returns the real user id of `/proc/PID/status`, which escapes the program's name.
    package static func realUser(_ bytes: [UInt8]) -> UserID? {
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "Uid:\t".utf8) }
        let field = line?.split(separator: UInt8(ascii: "\t")).dropFirst().first
        return field.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }.map { UserID($0) }
    }

    /// Returns the unit that `/proc/PID/cgroup` places a process in: the last folder that is a service or a scope, below which
    /// a unit may have groups of its own (`cgroups(7)`, `systemd.resource-control(5)`).
    package static func unit(_ bytes: [UInt8]) -> [UInt8]? {
        // The unified hierarchy, or systemd's own of the older ones.
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        let line = lines.first { $0.starts(with: "0::".utf8) } ?? lines.first { text($0).contains(":name=systemd:") }
        let path = line?.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false).last
        return path?.split(separator: UInt8(ascii: "/")).last { part in
            [".service", ".scope"].contains { part.suffix($0.utf8.count).elementsEqual($0.utf8) }
        }.map(Array.init)
    }

    /// Returns `wchar` of `/proc/PID/io` (`proc_pid_io(5)`).
    package static func written(_ bytes: [UInt8]) -> ByteCount? {
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "wchar: ".utf8) }
        return line.flatMap { UInt64(text($0.dropFirst("wchar: ".utf8.count))) }.map { ByteCount($0) }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Returns the inode that a link like `mnt:[4026531841]` names.
    static func namespace(_ link: [UInt8]) -> UInt64? {
        guard link.starts(with: "mnt:[".utf8), link.last == UInt8(ascii: "]") else { return nil }
        return UInt64(String(decoding: link.dropFirst("mnt:[".utf8.count).dropLast(), as: UTF8.self))
    }
}
