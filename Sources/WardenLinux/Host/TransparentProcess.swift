internal import CLinux
internal import Glibc
package import SystemPackage

/// A program that runs as if it had been started in this process's place, while this process reads along.
///
/// It has this process's directory, environment, standard input, descriptors, process group, and the signal actions and
/// mask that this process was started with. What it writes to standard error goes through a pipe, and so does standard
/// output unless that is a terminal; where both are one file they share the pipe, so that their order stays.
///
/// Until it ends this process outlives SIGINT and SIGQUIT, which a terminal sends to the program too, and passes
/// SIGTERM and SIGHUP on. What it leaves running may hold the pipes: what is in them when it ends is copied, no more.
package enum TransparentProcess {
    /// How a program ended, and what it said.
    package struct Result: Hashable, Sendable {
        package let end: ChildResult.End
        /// What it wrote to standard error, and to standard output where both are one file.
        package let errors: OutputExcerpt
        /// What it wrote to standard output; empty where nobody read along.
        package let output: OutputExcerpt
        /// Whether a signal asked it to stop: SIGINT, SIGQUIT, SIGTERM or SIGHUP came to this process.
        package let wasInterrupted: Bool
    }

    /// Runs a program to its end. Blocks the calling thread; the process must have no other that starts programs.
    ///
    /// Throws what kept the program from running, as `execve(2)` says it. `PATH` is searched: `execvp(3)`.
    ///
    /// - Parameter words: The program's name first. No bytes may be NUL.
    package static func run(_ words: [[UInt8]]) throws(Errno) -> Result {
        guard !words.isEmpty else { throw .invalidArgument }
        let isShared = clinux_exec_same_file(1, 2) == 1 && !TerminalDevice.isTerminal(.standardOutput)
        let errors = try Pipe.inFront(of: .standardError)
        // Left alone where it is a terminal: programs write otherwise to those.
        let output =
            isShared || TerminalDevice.isTerminal(.standardOutput) ? Pipe.none : try Pipe.inFront(of: .standardOutput)
        var program = clinux_program()
        let (outputEnd, errorsEnd) = (isShared ? errors.end : output.end, errors.end)
        let code = try unsafe withCStrings(words) { words in
            unsafe clinux_exec_start(words, outputEnd, errorsEnd, &program)
        }
        guard code >= 0 else { throw Errno(rawValue: -code) }
        let running = Running(
            process: program.process, signals: OwnedDescriptor(adopting: FileDescriptor(rawValue: program.signals)))
        return try running.finish(errors.takeCopy(), output.takeCopy())
    }

    /// Ends this process as a signal ended the program: by the same signal. Returns only where that is impossible.
    package static func die(of signal: CInt) { clinux_exec_die(signal) }
}

/// A pipe in front of a standard descriptor, or none.
private struct Pipe: ~Copyable {
    private let writing: OwnedDescriptor?
    /// The writing end's number; -1 where there is none.
    let end: CInt
    private let copy: StreamCopy?

    private init(_ writing: consuming OwnedDescriptor?, _ end: CInt, _ copy: StreamCopy?) {
        self.writing = consume writing
        self.end = end
        self.copy = copy
    }

    static var none: Pipe { Pipe(nil, -1, nil) }

    /// Makes none where the descriptor is closed: the program finds it closed too.
    static func inFront(of target: FileDescriptor) throws(Errno) -> Pipe {
        guard clinux_exec_same_file(target.rawValue, target.rawValue) == 1 else { return .none }
        var ends: [CInt] = [-1, -1]
        _ = try retrying { unsafe clinux_exec_pipe(&ends) }
        let reading = OwnedDescriptor(adopting: FileDescriptor(rawValue: ends[0]))
        let writing = OwnedDescriptor(adopting: FileDescriptor(rawValue: ends[1]))
        return Pipe(writing, ends[1], try StreamCopy(from: reading, to: target))
    }

    /// Closes this process's writing end, so that the pipe ends with the program's.
    consuming func takeCopy() -> StreamCopy? { copy }
}

/// A program that has been started.
private struct Running: ~Copyable {
    let process: pid_t
    let signals: OwnedDescriptor

    consuming func finish(_ errors: StreamCopy?, _ output: StreamCopy?) throws(Errno) -> TransparentProcess.Result {
        var (status, wasInterrupted): (CInt?, Bool) = (nil, false)
        while status == nil {
            let hasSignals = try wait(errors, output)
            guard hasSignals else { continue }
            var isKernels: CInt = 0
            var signal = unsafe clinux_exec_signal(signals.number, &isKernels)
            while signal > 0 {
                switch signal {
                case SIGCHLD: break
                case SIGINT, SIGQUIT: wasInterrupted = true
                default:
                    wasInterrupted = true
                    // What the kernel sends when a terminal hangs up has reached the program too.
                    if isKernels == 0 { _ = clinux_exec_pass(process, signal) }
                }
                signal = unsafe clinux_exec_signal(signals.number, &isKernels)
            }
            status = try reap()
        }
        _ = clinux_exec_finish()
        try drain(errors, output)
        let signal = (status ?? 0) & 0x7f
        return TransparentProcess.Result(
            end: signal == 0 ? .exited(status: ((status ?? 0) >> 8) & 0xff) : .killed(signal: signal),
            errors: errors?.excerpt ?? OutputExcerpt(), output: output?.excerpt ?? OutputExcerpt(),
            wasInterrupted: wasInterrupted)
    }

    /// Waits once and lets both streams do what they can. Returns whether a signal has come.
    private func wait(_ errors: StreamCopy?, _ output: StreamCopy?) throws(Errno) -> Bool {
        var streams = [errors?.question ?? Self.none, output?.question ?? Self.none]
        let number = signals.number
        let result = try retrying { unsafe clinux_exec_wait(number, &streams, streams.count) }
        errors?.proceed(streams[0])
        output?.proceed(streams[1])
        return result == 1
    }

    private static let none = clinux_stream(input: -1, output: -1, wants_room: 0, is_ready: 0, is_gone: 0)

    private func reap() throws(Errno) -> CInt? {
        var status: CInt = 0
        let process = process
        return try retrying { unsafe clinux_exec_reap(process, &status) } == 1 ? status : nil
    }

    /// Copies what was in the pipes when the program ended, however much others go on writing.
    private func drain(_ errors: StreamCopy?, _ output: StreamCopy?) throws(Errno) {
        var (errorsLeft, outputLeft) = (errors?.left ?? 0, output?.left ?? 0)
        while true {
            if errors?.hasPending != true, errorsLeft > 0 { errorsLeft = Self.takeNext(errors, errorsLeft) }
            if output?.hasPending != true, outputLeft > 0 { outputLeft = Self.takeNext(output, outputLeft) }
            guard errors?.hasPending == true || output?.hasPending == true else { return }
            var streams = [
                errors?.hasPending == true ? errors?.question ?? Self.none : Self.none,
                output?.hasPending == true ? output?.question ?? Self.none : Self.none,
            ]
            _ = try retrying { unsafe clinux_exec_wait(-1, &streams, streams.count) }
            errors?.proceed(streams[0])
            output?.proceed(streams[1])
        }
    }

    private static func takeNext(_ copy: StreamCopy?, _ left: Int) -> Int {
        let count = copy?.read(left) ?? 0
        return count > 0 ? left - count : 0
    }
}
