internal import CLinux
internal import Glibc
package import SystemPackage
internal import WardenModel

/// A program that is given something to read, such as a mail, and that may have rights of its own.
///
/// Unlike `ChildProcess` it leaves the program the chance to gain rights: mail is queued by programs with set-ID bits.
/// So it runs as this process's user, which should be one without rights.
package enum FedProgram {
    /// How much of what the program says is kept.
    private static let outputLimit = 4_096

    /// Runs a program to its end, or kills it and its session's group at the end of its time. Blocks the calling thread.
    ///
    /// Throws what kept the program from being started. Corresponds to `posix_spawn(3)`.
    package static func run(_ command: ChildCommand, input: [UInt8], limit: Duration) throws(Errno) -> ChildResult {
        var output = [CChar](repeating: 0, count: outputLimit)
        let milliseconds = CInt(clamping: limit.components.seconds * 1_000)
        var feed = unsafe clinux_fed_program()
        let code = try unsafe withCString(command.executable.kernelBytes) { program throws(Errno) in
            try unsafe withCStrings(command.arguments) { arguments throws(Errno) in
                try unsafe withCStrings(command.environment) { environment throws(Errno) in
                    unsafe input.withUnsafeBytes { input in
                        unsafe output.withUnsafeMutableBufferPointer { output in
                            unsafe feed.program = program
                            unsafe feed.arguments = arguments
                            unsafe feed.environment = environment
                            unsafe feed.input = input.baseAddress
                            unsafe feed.input_size = input.count
                            unsafe feed.output = output.baseAddress
                            unsafe feed.output_limit = output.count
                            return unsafe clinux_run_fed(&feed, milliseconds)
                        }
                    }
                }
            }
        }
        guard code >= 0 else { throw Errno(rawValue: -code) }
        let kept = unsafe feed.output_size
        let status = unsafe feed.status
        let signal = status & 0x7f
        let said = output.prefix(kept).map { UInt8(bitPattern: $0) }
        // As `WIFEXITED` and its like take it apart; -1 is a program that was killed here.
        let end: ChildResult.End =
            status == -1
            ? .killed(signal: SIGKILL)
            : signal == 0 ? .exited(status: status >> 8 & 0xff) : .killed(signal: signal)
        return ChildResult(
            end: end, stop: status == -1 ? .timeLimit : nil, output: said, isOutputCut: false, survivors: 0)
    }
}
