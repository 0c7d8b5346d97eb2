internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// Unpacks a compressed archive: `gzip -dc` stands between the file and the tar reader, as a process of its own.
///
/// The file's bytes go through the hash on their way to `gzip`, so what is unpacked is what was hashed; `gzip` gets
/// neither the file nor the directory, and no capabilities. It runs as this process's own user: whoever else had the
/// same user could change what comes out of it (`ptrace(2)`), and what goes in is pinned by its digest. One thread feeds
/// and reads: neither of the two pipes is ever waited for alone. `ChildProcess` says what else the program gets.
package struct ArchiveDecompression {
    /// Where every distribution has it, and the one place where it is looked for.
    package static let program: FilePath = "/usr/bin/gzip"
    /// How long processes that are killed are waited for, with some room for the keeper's own limit of 5 s.
    private static let patience = Duration.seconds(10)
    /// How often an interruption is looked for.
    private static let pause: CInt = 100  // ms
    private static let bufferSize = 262_144

    /// How long all of it may take.
    package let limit: Duration
    package let isInterrupted: () -> Bool

    package init(limit: Duration, isInterrupted: @escaping () -> Bool = { Interruption.isPending }) {
        self.limit = limit
        self.isInterrupted = isInterrupted
    }

    /// Unpacks all of an archive into an empty directory; after an error some of it is there.
    ///
    /// Throws `.changed` where the bytes that were unpacked do not have the digest.
    package func unpack(
        _ archive: borrowing PinnedArchive, expecting digest: ArchiveDigest, hash: any ContentHash,
        into directory: consuming OwnedDescriptor
    ) throws(ArchiveError) {
        let deadline = ContinuousClock.now + limit
        var unpacker = ArchiveUnpacker(into: directory)
        var filter = try Filter()
        do throws(ArchiveError) {
            try pass(archive, hash, to: &unpacker, &filter, before: deadline)
        } catch {
            filter.stop(within: Self.patience)
            throw error
        }
        try filter.finish(within: Self.patience)
        try unpacker.finish()
        guard hash.finish() == digest else { throw .changed }
    }

    /// Feeds and reads until the program has closed its output and everything was fed.
    private func pass(
        _ archive: borrowing PinnedArchive, _ hash: any ContentHash, to unpacker: inout ArchiveUnpacker,
        _ filter: inout Filter, before deadline: ContinuousClock.Instant
    ) throws(ArchiveError) {
        var source = Source(archive)
        var output = [UInt8](repeating: 0, count: Self.bufferSize)
        while !filter.isOutputComplete {
            guard !isInterrupted() else { throw .interrupted }
            guard ContinuousClock.now < deadline else { throw .timedOut }
            let ready = try filter.wait(Self.pause)
            if ready.has_errors != 0 { filter.readErrors() }
            if ready.has_input != 0 { try source.feed(&filter, hash) }
            if ready.has_output != 0 {
                let count = try filter.read(&output)
                if count > 0 { try unpacker.take(output.span.extracting(0..<count)) }
            }
        }
        // gzip stops reading where the compressed data ends; the digest counts what stands behind it too.
        try source.drain(hash)
    }
}

/// The archive's bytes on their way: each is hashed once, before it is fed.
private struct Source: ~Copyable {
    private let descriptor: CInt
    private var offset: UInt64 = 0
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    private var pending = 0..<0
    private var isComplete = false

    init(_ archive: borrowing PinnedArchive) { descriptor = archive.descriptor.number }

    mutating func feed(_ filter: inout Filter, _ hash: any ContentHash) throws(ArchiveError) {
        if pending.isEmpty, try !fill(hash) { return filter.endInput() }
        let fed = filter.feed(buffer.span.extracting(pending))
        pending = pending.lowerBound + fed..<pending.upperBound
    }

    /// Hashes what was not fed.
    mutating func drain(_ hash: any ContentHash) throws(ArchiveError) { while try fill(hash) {} }

    private mutating func fill(_ hash: any ContentHash) throws(ArchiveError) -> Bool {
        guard !isComplete else { return false }
        let position = off_t(clamping: offset)
        let count: Int
        do throws(Errno) {
            count = try retryingCount {
                unsafe buffer.withUnsafeMutableBytes { bytes in
                    let got = unsafe pread(descriptor, bytes.baseAddress, bytes.count, position)
                    return got < 0 ? -Int(errno) : got
                }
            }
        } catch {
            throw .reading(error)
        }
        isComplete = count == 0
        offset += UInt64(count)
        pending = 0..<count
        hash.update(buffer.span.extracting(pending))
        return count > 0
    }
}

/// A running `gzip`, and the ends of what leads to it and from it.
private struct Filter: ~Copyable {
    private let keeper: pid_t
    private var lifeline: Lifeline?
    private let report: OwnedDescriptor
    private let output: OwnedDescriptor
    private let errors: OwnedDescriptor
    private var input: OwnedDescriptor?
    private var excerpt = OutputExcerpt(limit: 1_024)
    private var areErrorsComplete = false
    private(set) var isOutputComplete = false

    init() throws(ArchiveError) {
        let program = ArchiveDecompression.program
        let command = ChildCommand(
            program, arguments: ["gzip", "-dc"].map { Array($0.utf8) },
            environment: ["PATH=/usr/bin:/bin", "LC_ALL=C"].map { Array($0.utf8) })
        let child: clinux_child
        do throws(Errno) {
            child = try startChild(command, as: try .ofProcess(), .filter)
        } catch {
            throw .notStarted(program, error)
        }
        keeper = child.keeper
        lifeline = Lifeline(OwnedDescriptor(adopting: FileDescriptor(rawValue: child.lifeline)))
        report = OwnedDescriptor(adopting: FileDescriptor(rawValue: child.report))
        output = OwnedDescriptor(adopting: FileDescriptor(rawValue: child.output))
        errors = OwnedDescriptor(adopting: FileDescriptor(rawValue: child.errors))
        input = OwnedDescriptor(adopting: FileDescriptor(rawValue: child.input))
    }

    func wait(_ milliseconds: CInt) throws(ArchiveError) -> clinux_filter_wait {
        var wait = clinux_filter_wait()
        wait.report = -1
        wait.input = inputNumber
        wait.output = output.number
        wait.errors = areErrorsComplete ? -1 : errors.number
        wait.wants_room = 1
        let code = unsafe clinux_wait_for_filter(&wait, milliseconds)
        guard code >= 0 else { throw .reading(Errno(rawValue: -code)) }
        return wait
    }

    /// Returns how many bytes were taken. A program that reads no more is told nothing: how it ends says why.
    mutating func feed(_ bytes: borrowing Span<UInt8>) -> Int {
        let number = inputNumber
        guard number >= 0 else { return 0 }
        let done = unsafe bytes.withUnsafeBytes { unsafe clinux_feed(number, $0.baseAddress, $0.count) }
        if done >= 0 { return done }
        if done != -Int(EAGAIN), done != -Int(EINTR) { self.input = nil }
        return 0
    }

    mutating func endInput() { input = nil }

    /// -1 where nothing more is fed.
    private var inputNumber: CInt {
        switch input {
        case .some(let input): input.number
        case .none: -1
        }
    }

    /// Returns how many bytes there were; 0 where there are none now, or none will come.
    mutating func read(_ buffer: inout [UInt8]) throws(ArchiveError) -> Int {
        let number = output.number
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe clinux_read(number, $0.baseAddress, $0.count) }
        if count > 0 { return count }
        if count == -Int(EAGAIN) || count == -Int(EINTR) { return 0 }
        guard count == 0 else { throw .reading(Errno(rawValue: CInt(-count))) }
        isOutputComplete = true
        return 0
    }

    mutating func readErrors() {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let number = errors.number
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe clinux_read(number, $0.baseAddress, $0.count) }
        if count > 0 { return excerpt.append(buffer[..<count]) }
        areErrorsComplete = count != -Int(EAGAIN) && count != -Int(EINTR)
    }

    /// Waits for the program's end, and throws unless it ended well.
    mutating func finish(within limit: Duration) throws(ArchiveError) {
        input = nil
        let end = awaitEnd(within: limit)
        let result: ChildResult
        do throws(Errno) {
            result = try end.result(stop: nil, output: excerpt.bytes, isOutputCut: false)
        } catch {
            throw .notStarted(ArchiveDecompression.program, error)
        }
        guard result.end != .exited(status: 0) else { return }
        let said = result.output.split(separator: UInt8(ascii: "\n")).first { !$0.allSatisfy { $0 == 0x20 } }
        switch (said, result.end) {
        case (.some(let line), _): throw .decompression(escapedForDisplay(line.prefix(256)))
        case (nil, .exited(let status)): throw .decompression("gzip exited with status \(status)")
        case (nil, .killed(let signal)): throw .decompression("gzip was ended by signal \(signal)")
        }
    }

    /// Kills the program, and waits for its end.
    mutating func stop(within limit: Duration) {
        input = nil
        // The keeper kills the program.
        lifeline = nil
        _ = awaitEnd(within: limit)
    }

    private mutating func awaitEnd(within limit: Duration) -> ChildReports {
        let lastMoment = ContinuousClock.now + limit
        var reports = ChildReports()
        while !reports.isComplete, ContinuousClock.now < lastMoment {
            let ready = clinux_wait_for_either(report.number, areErrorsComplete ? -1 : errors.number, 100)
            guard ready >= 0 else { break }
            if ready & 2 != 0 { readErrors() }
            if ready & 1 != 0 { reports.readOnce(from: report) }
        }
        let (keeper, byForce) = (keeper, reports.isComplete ? CInt(0) : 1)
        // The keeper has ended or is killed; that somebody else has reaped it (SIGCHLD ignored) changes nothing.
        _ = try? retrying { clinux_reap(keeper, byForce) }
        return reports
    }
}
