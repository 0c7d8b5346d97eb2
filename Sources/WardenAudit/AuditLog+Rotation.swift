internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Carries out the steps of `Rotation`.
extension AuditLog {
    /// How much of the next file is looked at: its first record is the only one.
    private static let firstRecord = 64 << 10

    /// Begins a new file; where that cannot be, the log goes on in the one that it has, and the notes say why.
    func rotateIfPossible(_ state: inout LogState) throws(AuditError) {
        guard state.rotationProblem == nil, state.elsewhere == nil,
            state.start.map({ $0.first < state.head.sequence }) == true
        else { return }
        do throws(AuditError) {
            try rotate(&state, steps: .max)
        } catch {
            // A sync that failed is another matter: what was written may be lost.
            guard state.failure == nil else { throw error }
            noteProblem(error, &state)
        }
    }

    /// Brings to its end what an earlier run left; what cannot be is for the next, as readers understand it as it is.
    func finishRotation(_ state: inout LogState) throws(AuditError) {
        do throws(AuditError) {
            try carryOut(try picture(state, isWanted: false), &state, steps: .max)
        } catch {
            guard state.failure == nil, error.leavesRotationForLater else { throw error }
            noteProblem(error, &state)
        }
    }

    func rotate(_ state: inout LogState, steps: Int) throws(AuditError) {
        try carryOut(try picture(state, isWanted: true), &state, steps: steps)
    }

    /// Throws where a log that has older files is not there itself: somebody took it away.
    func refuseMissing(_ state: borrowing LogState) throws(AuditError) {
        let suffixes = try suffixes(state)
        let oldest = suffixes.compactMap(LogSuffix.first).min()
        guard let suffix = oldest.map(LogSuffix.archive) ?? suffixes.first(where: { $0 == LogSuffix.next }) else {
            return
        }
        throw AuditError(reason: .missing(beside: path(suffix)), operation: "continue", path: path)
    }

    private func carryOut(_ picture: Rotation, _ state: inout LogState, steps: Int) throws(AuditError) {
        var rotation = picture
        var done = 0
        while done < steps, let step = rotation.step, let start = state.start {
            let following = state.head.sequence + 1
            let after = rotation.after(step, logFirst: start.first, keep: options.keep, following: following)
            try perform(step, rotation, start, &state)
            rotation = after
            done += 1
        }
    }

    private func perform(
        _ step: Rotation.Step, _ rotation: Rotation, _ start: LogStart, _ state: inout LogState
    ) throws(AuditError) {
        switch step {
        case .discard: try onDisk { () throws(FileError) in try state.directory.remove(LogSuffix.next) }
        case .prepare: try prepare(rotation, start, &state)
        case .exchange: try exchange(&state)
        case .archive(let first):
            try onDisk { () throws(FileError) in
                try state.directory.rename(LogSuffix.next, to: LogSuffix.archive(first))
                try state.directory.synchronize()
            }
        case .remove(let first):
            try onDisk { () throws(FileError) in try state.directory.remove(LogSuffix.archive(first)) }
        }
    }

    /// Makes the next file, with a record that continues the log, and puts it on the disk.
    private func prepare(_ rotation: Rotation, _ start: LogStart, _ state: inout LogState) throws(AuditError) {
        // The record that the new one continues must not be lost while the new one stays.
        try sync(&state)
        let oldest = rotation.oldestToStay(
            logFirst: start.first, keep: options.keep, following: state.head.sequence + 1)
        let event = AuditEvent.logStarted(
            LogStarted(
                algorithm: RecordFormat.algorithm, key: options.key?.id, continues: state.head.sequence, oldest: oldest)
        )
        let line = line(.logStarted, try members(of: event), after: state.head)
        let next = try create(state)
        do throws(AuditError) {
            try attempt("rotate", path) { () throws(Errno) in
                try next.append(line.bytes)
                try next.synchronize()
            }
            try onDisk { () throws(FileError) in try state.directory.synchronize() }
        } catch {
            // What is left of it is in nobody's way: the next rotation discards it too.
            try? state.directory.remove(LogSuffix.next)
            throw error
        }
        state.next = LogState.Next(
            file: next, start: LogStart(first: line.head.sequence, oldest: oldest), head: line.head,
            size: UInt64(line.bytes.count))
    }

    private func create(_ state: borrowing LogState) throws(AuditError) -> LogFile {
        do throws(FileError) {
            return try state.directory.create(LogSuffix.next)
        } catch {
            throw AuditError(reason: .file(error), operation: "rotate", path: path)
        }
    }

    /// Lets the next file take the log's place.
    private func exchange(_ state: inout LogState) throws(AuditError) {
        guard let next = state.next.take() else { return }
        do throws(FileError) {
            try state.directory.exchange(LogSuffix.next)
        } catch {
            // As above.
            try? state.directory.remove(LogSuffix.next)
            throw AuditError(reason: .file(error), operation: "rotate", path: path)
        }
        state.takeOver(next)
        try onDisk { () throws(FileError) in try state.directory.synchronize() }
    }

    /// Looks at what stands beside the log.
    private func picture(_ state: borrowing LogState, isWanted: Bool) throws(AuditError) -> Rotation {
        let suffixes = try suffixes(state)
        return Rotation(
            next: suffixes.contains(LogSuffix.next) ? try next(state) : .none,
            older: Set(suffixes.compactMap(LogSuffix.first)), oldest: state.start?.oldest ?? 1, isWanted: isWanted)
    }

    private func next(_ state: borrowing LogState) throws(AuditError) -> Rotation.Next {
        let found: [UInt8]?
        do throws(FileError) {
            found = try state.directory.beginning(of: LogSuffix.next, count: Self.firstRecord)
        } catch {
            throw AuditError(reason: .file(error), operation: "rotate", path: path)
        }
        guard let found else { return .none }
        if let (header, isAlone) = LogStart.header(in: found), header.kind == .logStarted {
            if let log = state.start, header.sequence < log.first { return .former(first: header.sequence) }
            // A file that was made but never took the log's place holds nothing that is lost with it.
            if isAlone { return .unfinished }
        } else if !found.contains(UInt8(ascii: "\n")), RecordFormat.mayBegin(found) {
            return .unfinished
        }
        throw AuditError(reason: .foreign(path(LogSuffix.next)), operation: "rotate", path: path)
    }

    private func suffixes(_ state: borrowing LogState) throws(AuditError) -> [String] {
        do throws(FileError) {
            return try state.directory.suffixes()
        } catch {
            throw AuditError(reason: .file(error), operation: "open", path: path)
        }
    }

    private func onDisk(_ body: () throws(FileError) -> Void) throws(AuditError) {
        do throws(FileError) {
            try body()
        } catch {
            throw AuditError(reason: .file(error), operation: "rotate", path: path)
        }
    }

    private func noteProblem(_ error: AuditError, _ state: inout LogState) {
        state.rotationProblem =
            error.isAppendOnly
            ? "\(error): its file is append-only; 'chattr -a \(quoted(path))', let a run rotate it, then set it again"
            : error.description
    }

    private func path(_ suffix: String) -> FilePath { FilePath(kernelBytes: path.kernelBytes + Array(suffix.utf8)) }
}

extension AuditError {
    /// Whether the kernel says so of files that may only be added to (`chattr +a`).
    fileprivate var isAppendOnly: Bool {
        guard case .file(let error) = reason else { return false }
        return error.reason == .system(.notPermitted)
    }

    /// Whether the log is in order, and only what stands beside it cannot be moved right now.
    fileprivate var leavesRotationForLater: Bool {
        guard case .file(let error) = reason, case .system = error.reason else { return false }
        return true
    }
}
