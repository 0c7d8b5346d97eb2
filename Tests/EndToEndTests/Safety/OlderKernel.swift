import SystemPackage
import Testing
import WardenTestSupport

/// Calls that older kernels have not got, by the numbers that all architectures share (syscalls(2)).
enum NewerCall: Int {
    case openat2 = 437
    case changeMode = 452
    case readAttribute = 464
}

extension TestHost {
    /// Compiles a C program that stands beside this file into the host's folder.
    func compile(_ name: String) throws {
        let source = FilePath(#filePath).removingLastComponent().appending(name + ".c")
        try Command(
            "/usr/bin/gcc", "-O2", "-Wno-format-truncation", "-o", folder.path(FilePath(name)).string, source.string
        ).runSuccessfully()
    }

    /// The command on a kernel that seems to lack some calls; takes that `without` is compiled.
    func command(_ command: Command, without calls: NewerCall...) -> Command {
        let numbers = calls.map { String($0.rawValue) }.joined(separator: ",")
        var filtered = Command(
            folder.path("without"), arguments: [numbers, command.executable.string] + command.arguments)
        filtered.retriedStatus = command.retriedStatus
        return filtered
    }
}
