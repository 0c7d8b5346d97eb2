internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// A program that runs as somebody else, and of which nothing is left afterwards.
///
/// It starts in a session of its own, in `/`, with umask 077, without capabilities, without the chance to gain rights
/// (`PR_SET_NO_NEW_PRIVS`), with default signals, without core files, and with no descriptors but `/dev/null` as its
/// input and a pipe as its output. When it has ended, everything that it has started is killed too, daemons that left
/// its session included. It dies with this process. Where `/proc` is missing, only its process group is found.
///
/// A program with this process's own user is apart from it only as long as it wants to: it may send it signals.
package struct ChildProcess: ~Copyable {
    /// How long processes that are killed are waited for, with some room for the keeper's own limit of 5 s.
    private static let patience = Duration.seconds(10)
    /// How often an interruption is looked for.
    private static let pause: CInt = 100  // ms

    private let keeper: pid_t
    private let lifeline: Lifeline
    private let report: OwnedDescriptor
    private let output: OwnedDescriptor

    /// Runs a program to its end, or to the end of its time. Blocks the calling thread, a few seconds over `limit` at
    /// most.
    ///
    /// Root becomes the wanted user; everybody else must be that user already, and keeps its groups.
    /// Throws what kept the program from being started: `.notPermitted` for another user, `.noSuchFileOrDirectory`,
    /// `.permissionDenied`; what the program does is no error. Corresponds to `execve(2)`.
    ///
    /// - Parameters:
    ///   - outputLimit: How much of what it says is kept; the rest is read and forgotten.
    ///   - isInterrupted: Whether the run is to end; asked ten times a second.
    package static func run(
        _ command: ChildCommand, as identity: ChildIdentity, limit: Duration,
        outputLimit: ByteCount = ByteCount(64 << 10), isInterrupted: () -> Bool = { Interruption.isPending }
    ) throws(Errno) -> ChildResult {
        let deadline = ContinuousClock.now + limit
        let process = try ChildProcess(starting: command, as: identity)
        return try process.finish(before: deadline, outputLimit: outputLimit, isInterrupted)
    }

    private init(starting command: ChildCommand, as identity: ChildIdentity) throws(Errno) {
        let child = try startChild(command, as: identity, .output)
        keeper = child.keeper
        lifeline = Lifeline(OwnedDescriptor(adopting: FileDescriptor(rawValue: child.lifeline)))
        report = OwnedDescriptor(adopting: FileDescriptor(rawValue: child.report))
        output = OwnedDescriptor(adopting: FileDescriptor(rawValue: child.output))
    }

    /// Reads what the program says until nothing of it is left.
    private consuming func finish(
        before deadline: ContinuousClock.Instant, outputLimit: ByteCount, _ isInterrupted: () -> Bool
    ) throws(Errno) -> ChildResult {
        var said = ChildOutput(limit: outputLimit)
        var end = ChildReports()
        var stop: ChildResult.Stop?
        var lastMoment = deadline
        var lifeline = consume lifeline
        while !end.isComplete {
            let now = ContinuousClock.now
            if stop == nil {
                stop = isInterrupted() ? .interruption : now >= deadline ? .timeLimit : nil
                guard stop == nil else {
                    // The keeper kills the program, and reports once more.
                    lifeline.cut()
                    lastMoment = now + Self.patience
                    continue
                }
            } else if now >= lastMoment {
                break
            }
            let ready = clinux_wait_for_either(report.number, said.isComplete ? -1 : output.number, Self.pause)
            guard ready >= 0 else { break }
            if ready & 2 != 0 { said.readOnce(from: output) }
            if ready & 1 != 0 { end.readOnce(from: report) }
        }
        said.readRest(from: output)
        let (keeper, byForce) = (keeper, end.isComplete ? CInt(0) : 1)
        // The keeper has ended or is killed; that somebody else has reaped it (SIGCHLD ignored) changes nothing.
        _ = try? retrying { clinux_reap(keeper, byForce) }
        return try end.result(stop: stop, output: said.kept, isOutputCut: said.isCut)
    }
}

/// The first bytes of what a program says.
private struct ChildOutput {
    private(set) var kept: [UInt8] = []
    private(set) var isCut = false
    /// Whether nobody can say any more.
    private(set) var isComplete = false
    private let limit: Int
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(limit: ByteCount) { self.limit = Int(clamping: limit.rawValue) }

    /// Returns whether there was something.
    @discardableResult
    mutating func readOnce(from descriptor: borrowing OwnedDescriptor) -> Bool {
        let number = descriptor.number
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe clinux_read(number, $0.baseAddress, $0.count) }
        guard count > 0 else {
            isComplete = count != -Int(EAGAIN) && count != -Int(EINTR)
            return false
        }
        let rest = min(count, limit - kept.count)
        kept += buffer[..<rest]
        isCut = isCut || rest < count
        return true
    }

    /// Reads what is still in the pipe, and no more: a survivor may go on writing.
    mutating func readRest(from descriptor: borrowing OwnedDescriptor) {
        while !isCut, readOnce(from: descriptor) {}
    }
}
