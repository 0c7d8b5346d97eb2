import SystemPackage
import Testing
import WardenTestSupport

/// One line of a trace by `strace -f`; with `-y` it also tells where descriptors lead.
struct SystemCall {
    /// The thread's number.
    let thread: String
    let name: String
    private(set) var arguments: [String]
    let line: String

    /// Returns `nil` for a line that begins no call.
    init?(line: String) {
        guard let match = line.firstMatch(of: /^(\d+) +([a-z0-9_]+)\(/) else { return nil }
        thread = String(match.output.1)
        name = String(match.output.2)
        arguments = Self.split(line[match.range.upperBound...])
        self.line = line
    }

    /// Returns what stands between the commas of the call itself, not of strings and structures in it.
    private static func split(_ text: Substring) -> [String] {
        var arguments = [""]
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isQuoted {
                (isQuoted, isEscaped) = (character != "\"" || isEscaped, character == "\\" && !isEscaped)
            } else if depth == 0, character == ")" {
                break
            } else if depth == 0, character == "," {
                arguments.append("")
                continue
            } else {
                isQuoted = character == "\""
                // strace escapes both signs in the path of a descriptor; an unfinished call ends in such a pair too.
                if "{[(<".contains(character) { depth += 1 }
                if "}])>".contains(character) { depth -= 1 }
            }
            arguments[arguments.count - 1].append(character)
        }
        return arguments.map { argument in
            // So strace marks a descriptor whose file has no name, or none any more.
            let argument = argument.drop { $0 == " " }
            return String(argument.hasSuffix(">(deleted)") ? argument.dropLast("(deleted)".count) : argument)
        }
    }

    /// Returns the calls that a trace's lines begin.
    ///
    /// Calls that strace does not know show their descriptor as a bare number; where it leads stands in lines before.
    static func calls(in trace: String) -> [SystemCall] {
        var descriptors: [Int: Substring] = [:]
        var calls: [SystemCall] = []
        for line in trace.split(separator: "\n").map(String.init) {
            for match in line.matches(of: /(\d+)<(\/[^>]*)>/) {
                if let number = Int(match.output.1) { descriptors[number] = match.output.2 }
            }
            guard var call = SystemCall(line: line) else { continue }
            if names[call.name] != nil, let number = call.argument(0).flatMap({ Int($0.dropFirst(2), radix: 16) }),
                let path = descriptors[number]
            {
                call.arguments[0] += "<\(path)>"
            }
            calls.append(call)
        }
        return calls
    }

    // MARK: - What it does

    // strace 6.1 knows fchmodat2, setxattrat and removexattrat by their numbers alone.
    private static let names = [
        "syscall_0x1c4": "fchmodat2", "syscall_0x1cf": "setxattrat", "syscall_0x1d2": "removexattrat",
    ]

    var isOpening: Bool { ["open", "openat", "openat2", "creat"].contains(name) }

    /// Whether the call asks for a change of something that has a name.
    var isWriting: Bool {
        if isOpening {
            // Writing into the null device is how standard input and output may have been set up.
            return name == "creat"
                || line.contains(/O_CREAT|O_WRONLY|O_RDWR|O_TRUNC|O_TMPFILE/) && !line.contains("\"/dev/")
        }
        // Nothing has this descriptor: it is how the agent asks whether a filter forbids the call.
        guard argument(0) != "-1" else { return false }
        let words = #/chmod|chown|rename|unlink|rmdir|mkdir|mknod|link|truncate|setxattr|removexattr|utime|fallocate/#
        return (Self.names[name] ?? name).contains(words) && name != "readlink" && name != "readlinkat"
    }

    /// Whether the change goes to a path and neither to a descriptor nor to a single name below one.
    var isByPath: Bool { !targets.allSatisfy { isPinned($0.directory, $0.name) } }

    /// Whether the call writes content, wherever its descriptor leads.
    var isWritingContent: Bool { ["write", "writev", "pwrite64", "pwritev", "pwritev2"].contains(name) }

    /// Names that the call resolves, each with the descriptor below which it does; `nil` stands for none.
    private var targets: [(directory: String?, name: String)] {
        let name = Self.names[name] ?? name
        func pair(_ index: Int) -> (directory: String?, name: String) {
            (argument(index), argument(index + 1) ?? "?")
        }
        switch name {
        case "renameat", "renameat2", "linkat": return [pair(0), pair(2)]
        case "symlinkat": return [pair(1)]
        case "rename", "link": return [(nil, argument(0) ?? "?"), (nil, argument(1) ?? "?")]
        case "symlink": return [(nil, argument(1) ?? "?")]
        // What strace does not know, it shows as numbers: only the flag tells that the name is empty.
        case "fchmodat2" where name != self.name: return [(argument(0), argument(3) == "0x1000" ? "\"\"" : "?")]
        case "openat2": return [pair(0)]
        // `futimens(3)`.
        case "utimensat" where argument(1) == "NULL": return [(argument(0), "\"\"")]
        case let name where name.contains(/at2?$/): return [pair(0)]
        case let name where name.hasPrefix("f"): return [(argument(0), "\"\"")]
        default: return [(nil, argument(0) ?? "?")]
        }
    }

    private func argument(_ index: Int) -> String? { arguments.indices.contains(index) ? arguments[index] : nil }

    private func isPinned(_ directory: String?, _ name: String) -> Bool {
        // The link is the kernel's own, to a descriptor.
        if name.wholeMatch(of: #/"/proc/self/fd/\d+"/#) != nil { return true }
        guard let directory, directory.wholeMatch(of: /(0x)?[0-9a-f]+(<.*>)?/) != nil else { return false }
        return name.wholeMatch(of: #/"[^/]*"/#) != nil && name != "\"..\""
    }

    // MARK: - Where it does it; takes `-y`

    /// The absolute paths that the call names or whose descriptors it is given.
    var places: [FilePath] {
        targets.map { target in
            let name = target.name.hasPrefix("\"") ? String(target.name.dropFirst().dropLast()) : ""
            if let match = name.firstMatch(of: #/^/proc/self/fd/(\d+)/#) {
                return FilePath("/proc/fd/\(match.output.1)")
            }
            guard let directory = target.directory?.firstMatch(of: /<(.*)>$/) else { return FilePath(name) }
            return FilePath(String(directory.output.1)).pushing(FilePath(name))
        }
    }

    /// Whether an open follows no symbolic link: at the end of a single name, or anywhere by `openat2(2)`.
    var followsNoLink: Bool {
        switch name {
        case "openat2": line.contains("RESOLVE_NO_SYMLINKS")
        case "openat": line.contains("O_NOFOLLOW") && targets.allSatisfy { isPinned($0.directory, $0.name) }
        default: false
        }
    }
}

extension TestHost {
    /// Runs a command under strace and returns the calls that it began.
    func trace(
        _ command: Command, _ options: String..., expecting status: Set<Int32>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [SystemCall] {
        let standing = ["-f", "-qq", "-s", "300", "-o", folder.path("trace").string]
        var traced = Command("/usr/bin/strace", arguments: standing + options)
        traced.arguments += [command.executable.string] + command.arguments
        traced.environment = command.environment
        traced.retriedStatus = command.retriedStatus
        let result = try traced.run()
        #expect(status.contains(result.status), "\(command): \(result)", sourceLocation: sourceLocation)
        return SystemCall.calls(in: String(decoding: try folder.read("trace"), as: UTF8.self))
    }
}
