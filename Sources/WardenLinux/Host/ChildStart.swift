internal import CLinux
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// What of a program this process holds the other ends of.
enum ChildStreams {
    /// Its standard output and error together; its input is `/dev/null`.
    case output
    /// Its input, its output and its standard error, each by itself.
    case filter
}

/// Starts a program under a keeper of its own; see `clinux_spawn.h`.
///
/// Root becomes the wanted user; everybody else must be that user already, and keeps its groups. The descriptors in the
/// answer are the caller's to close.
func startChild(
    _ command: ChildCommand, as identity: ChildIdentity, _ streams: ChildStreams
) throws(Errno) -> clinux_child {
    guard command.executable.isAbsolute, !command.arguments.isEmpty else { throw .invalidArgument }
    let own = try ProcessIdentity.current()
    let changesIdentity = own.effectiveUser == .root || own.effectiveUser != identity.user
    let groups = identity.supplementaryGroups.map(\.rawValue)
    var child = clinux_child()
    let code = try unsafe withCString(command.executable.kernelBytes) { executable throws(Errno) in
        try unsafe withCStrings(command.arguments) { arguments throws(Errno) in
            try unsafe withCStrings(command.environment) { environment throws(Errno) in
                unsafe groups.withUnsafeBufferPointer { groups in
                    var request = unsafe clinux_command(
                        executable: executable, arguments: arguments, environment: environment,
                        groups: groups.baseAddress, group_count: groups.count, user: identity.user.rawValue,
                        group: identity.group.rawValue, changes_identity: changesIdentity ? 1 : 0,
                        is_filter: streams == .filter ? 1 : 0)
                    return unsafe clinux_spawn(&request, &child)
                }
            }
        }
    }
    guard code >= 0 else { throw Errno(rawValue: -code) }
    return child
}

/// As long as this end is open the program lives; a process that dies lets go of it too.
struct Lifeline: ~Copyable {
    private var end: OwnedDescriptor?

    init(_ end: consuming OwnedDescriptor) { self.end = consume end }

    mutating func cut() { end = nil }
}

/// What the keeper of a program has reported so far.
struct ChildReports {
    /// Whether nothing more will come: the keeper has ended.
    private(set) var isComplete = false
    private var last: clinux_report?
    private var failure: Errno?

    mutating func readOnce(from descriptor: borrowing OwnedDescriptor) {
        var report = clinux_report()
        switch unsafe clinux_read_report(descriptor.number, &report) {
        case 1:
            last = report
            // The program's own complaint comes first, and the keeper's, about the end of that process, second.
            if report.failure != 0, failure == nil { failure = Errno(rawValue: report.failure) }
        case -EAGAIN, -EINTR: return
        default: isComplete = true
        }
    }

    /// Returns the result; throws what kept the program from running.
    func result(
        stop: ChildResult.Stop?, output: [UInt8], isOutputCut: Bool
    ) throws(Errno) -> ChildResult {
        if let failure { throw failure }
        // A keeper without a last word was killed, by the kernel for want of memory or by force; the program dies
        // with it, and what it has started is out of reach.
        guard last != nil || stop != nil else { throw .noChildProcess }
        let status = last?.status ?? SIGKILL
        let signal = status & 0x7f
        return ChildResult(
            end: signal == 0 ? .exited(status: (status >> 8) & 0xff) : .killed(signal: signal), stop: stop,
            output: output, isOutputCut: isOutputCut, survivors: last.map { Int($0.survivors) } ?? 1)
    }
}
