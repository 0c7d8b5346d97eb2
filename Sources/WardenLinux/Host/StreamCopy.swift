internal import CLinux
internal import SystemPackage

/// A pipe that a program writes to, and the descriptor that its bytes go on to, at once and as they are.
///
/// One piece is under way at a time: as long as the reader has no room nothing more is taken from the program, which
/// then waits as it would without a copier. A reader that went away, or any other error, closes the pipe, so that the
/// program gets SIGPIPE or EPIPE.
final class StreamCopy {
    private static let size = 64 << 10

    private(set) var excerpt = OutputExcerpt()
    private var input: OwnedDescriptor?
    /// The input's; -1 once it is closed.
    private var number: CInt
    private let output: CInt
    /// As many bytes as `write(2)` takes without waiting where there is room.
    private let room: Int
    private var buffer = [UInt8](repeating: 0, count: size)
    private var pending = 0..<0

    init(from input: consuming OwnedDescriptor, to output: FileDescriptor) throws(Errno) {
        let target = output.rawValue
        room = Int(try retrying { clinux_exec_room(target) })
        self.output = target
        number = input.number
        self.input = consume input
    }

    /// Whether nothing will be copied any more.
    var isClosed: Bool { number < 0 }

    /// What the next wait is for.
    var question: clinux_stream {
        clinux_stream(
            input: number, output: isClosed ? -1 : output, wants_room: pending.isEmpty ? 0 : 1,
            is_ready: 0, is_gone: 0)
    }

    /// Does what the answer allows: one read, or one write.
    func proceed(_ answer: clinux_stream) {
        guard !isClosed else { return }
        if answer.is_gone != 0 { return close() }
        guard answer.is_ready != 0 else { return }
        if pending.isEmpty { read(Self.size) } else { write() }
    }

    /// Reads up to `limit` bytes; returns how many there were.
    @discardableResult
    func read(_ limit: Int) -> Int {
        guard !isClosed else { return 0 }
        let number = number
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe clinux_read(number, $0.baseAddress, min(limit, $0.count))
        }
        guard count > 0 else {
            if count != -Int(Errno.resourceTemporarilyUnavailable.rawValue), count != -Int(Errno.interrupted.rawValue) {
                close()
            }
            return 0
        }
        excerpt.append(buffer[..<count])
        pending = 0..<count
        return count
    }

    private func write() {
        let (output, range) = (output, pending.prefix(room))
        let done = unsafe buffer.withUnsafeBytes { bytes in
            unsafe clinux_exec_write(output, bytes.baseAddress.map { unsafe $0 + range.lowerBound }, range.count)
        }
        switch done {
        case 0...: pending = pending.lowerBound + done..<pending.upperBound
        // A descriptor that others made so that it does not wait; poll(2) tells when to try again.
        case -Int(Errno.resourceTemporarilyUnavailable.rawValue), -Int(Errno.interrupted.rawValue): return
        default: close()
        }
    }

    /// How many bytes of the program are still to be copied: those in the pipe now.
    var left: Int {
        isClosed ? 0 : Int(max(0, clinux_exec_pending(number)))
    }

    var hasPending: Bool { !isClosed && !pending.isEmpty }

    func close() {
        input = nil
        number = -1
        pending = 0..<0
    }
}
