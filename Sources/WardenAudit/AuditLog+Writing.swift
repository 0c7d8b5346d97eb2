internal import SystemPackage
internal import WardenDigest
internal import WardenLinux
internal import WardenModel

extension AuditLog {
    /// Brings the end of the file into order, and then what stands beside it.
    func resume(_ tail: LogTail, _ state: inout LogState) throws(AuditError) {
        if state.start == nil {
            // What has records and no beginning is not the whole log, and no crash leaves it.
            guard case .empty = tail else {
                throw AuditError(reason: .damaged(line: 1, .noStart), operation: "continue", path: path)
            }
        }
        switch tail {
        case .empty(let torn):
            try refuseMissing(state)
            if torn > 0 { try cut(to: 0, &state) }
            state.durable = (0, .none)
            findReserve(&state)
            let start = LogStarted(algorithm: RecordFormat.algorithm, key: options.key?.id)
            try append(.logStarted(start), try members(of: .logStarted(start)), &state)
            state.start = LogStart(first: 1, oldest: 1)
        case .unterminated(let head, let key):
            try refuseKeyed(key)
            findReserve(&state)
            try putLineBreak(&state)
            (state.head, state.durable) = (head, (state.durable.size, head))
            try finishRotation(&state)
            try changeKey(from: key, &state)
        case .continued(let head, let key, let torn):
            try refuseKeyed(key)
            (state.head, state.durable) = (head, (state.durable.size, head))
            findReserve(&state)
            if !torn.isEmpty { try recover(torn, key: key, &state) }
            try finishRotation(&state)
            if torn.isEmpty { try changeKey(from: key, &state) }
        }
        try sync(&state)
        // What a full disk has just taken is not asked for at once: the run that follows makes room.
        if !state.usedReserve { makeReserve(&state) }
    }

    private func refuseKeyed(_ key: String?) throws(AuditError) {
        guard let key, options.key == nil else { return }
        throw AuditError(reason: .keyMissing(id: key), operation: "write to", path: path)
    }

    private func changeKey(from key: String?, _ state: inout LogState) throws(AuditError) {
        guard let new = options.key?.id, new != key else { return }
        let event = AuditEvent.keyChanged(KeyChanged(from: key, to: new))
        try append(event, try members(of: event), &state)
    }

    /// Ends the last line, whose record is whole.
    private func putLineBreak(_ state: inout LogState) throws(AuditError) {
        let lineBreak = [UInt8(ascii: "\n")]
        do throws(Errno) {
            try state.file.append(lineBreak)
        } catch {
            let error = AuditError(reason: .system(error), operation: "write to", path: path)
            guard error.isFullDisk, giveUpReserve(&state) else { throw error }
            try attempt("write to", path) { () throws(Errno) in try state.file.append(lineBreak) }
        }
        state.size += 1
    }

    private func recover(_ torn: [UInt8], key: String?, _ state: inout LogState) throws(AuditError) {
        let event = AuditEvent.recovered(
            Recovered(
                tornBytes: torn.count, tornHash: SHA256Digest(of: torn).description,
                keyBefore: key == options.key?.id ? nil : key))
        try append(event, try members(of: event), behind: [UInt8(ascii: "\n")], &state)
    }

    /// Writes `prefix` and a record at once.
    @discardableResult
    func append(
        _ event: AuditEvent, _ members: [UInt8], behind prefix: [UInt8] = [], _ state: inout LogState
    ) throws(AuditError) -> UInt64 {
        try refuseFailed(state.failure, "write to")
        do throws(AuditError) {
            try goOnInFile(&state)
            // A file begins with the key that the one before ends with, and never behind a torn record.
            let mayRotate = prefix.isEmpty && event.kind != .keyChanged
            if mayRotate, state.size >= options.rotateSize.rawValue { try rotateIfPossible(&state) }
            try write(event, members, prefix, &state)
        } catch {
            guard error.isFullDisk, options.substitute != nil, event.mayStandElsewhere, prefix.isEmpty else {
                throw error
            }
            try writeElsewhere(event, members, &state, error)
        }
        return state.head.sequence
    }

    /// Writes a record; where the disk is full the reserve is given up for it.
    private func write(
        _ event: AuditEvent, _ members: [UInt8], _ prefix: [UInt8], _ state: inout LogState
    ) throws(AuditError) {
        do throws(AuditError) {
            return try put(event, members, prefix, &state)
        } catch {
            guard error.isFullDisk, case .system(let cause) = error.reason, giveUpReserve(&state) else { throw error }
            // A torn tail must be marked by the very next record.
            if prefix.isEmpty { try putReserveUsed(cause, &state) }
            try put(event, members, prefix, &state)
            if !prefix.isEmpty { try putReserveUsed(cause, &state) }
        }
    }

    private func putReserveUsed(_ cause: Errno, _ state: inout LogState) throws(AuditError) {
        let use = AuditEvent.reserveUsed(ReserveUsed(bytes: options.reserve.rawValue, cause: cause.description))
        try put(use, try members(of: use), [], &state)
    }

    private func put(
        _ event: AuditEvent, _ members: [UInt8], _ prefix: [UInt8], _ state: inout LogState
    ) throws(AuditError) {
        let line = line(event.kind, members, after: state.head)
        let bytes = prefix + line.bytes
        try put(
            LogState.Pending(
                bytes: bytes, head: line.head, event: event.kind, mayStandElsewhere: event.mayStandElsewhere), &state)
    }

    private func put(_ line: LogState.Pending, _ state: inout LogState) throws(AuditError) {
        do throws(Errno) {
            try state.file.append(line.bytes)
        } catch {
            let cause = error
            do throws(Errno) {
                try state.file.truncate(to: state.size)
            } catch {
                // An append-only file (chattr +a) keeps the torn record; the next `open` marks it.
                state.failure = cause
            }
            throw AuditError(reason: .system(cause), operation: "write to", path: path)
        }
        state.wrote(line.bytes.count, line)
    }

    /// Waits for the disk. What a full one refuses only now is cut off and written once more, on the reserve's room.
    func sync(_ state: inout LogState) throws(AuditError) {
        try refuseFailed(state.failure, "sync")
        guard state.durable.size < state.size else { return state.isDurable() }
        do throws(Errno) {
            try state.file.synchronize()
            return state.isDurable()
        } catch {
            let lost = AuditError(reason: .system(error), operation: "sync", path: path)
            // Whatever this was, the kernel may have dropped the pages: only a cut that succeeds leads on.
            state.failure = error
            guard lost.isFullDisk else { throw lost }
            let pending = state.pending
            try attempt("repair", path) { () throws(Errno) in try state.file.truncate(to: state.durable.size) }
            (state.size, state.head) = state.durable
            state.pending = []
            do throws(AuditError) {
                guard giveUpReserve(&state) else { throw lost }
                for line in pending { try put(line, &state) }
                try putReserveUsed(error, &state)
                try attempt("sync", path) { () throws(Errno) in try state.file.synchronize() }
                state.isDurable()
                state.failure = nil
            } catch {
                throw lost
            }
        }
    }

    private func cut(to size: UInt64, _ state: inout LogState) throws(AuditError) {
        try attempt("repair", path) { () throws(Errno) in try state.file.truncate(to: size) }
        state.size = size
    }

    // MARK: - The reserve

    /// Looks whether an earlier run left a reserve; a full disk may be met by the first record already.
    private func findReserve(_ state: inout LogState) {
        guard options.reserve > .zero else { return }
        // A directory that cannot be looked at has no reserve; `makeReserve` says why.
        if (try? state.directory.has(LogSuffix.reserve)) == true { state.hasReserve = true }
    }

    /// Makes the reserve, if it is not there; a disk without room for it is said by the run's notes.
    func makeReserve(_ state: inout LogState) {
        guard options.reserve > .zero, state.elsewhere == nil else { return }
        do throws(FileError) {
            try state.directory.reserve(LogSuffix.reserve, options.reserve)
            state.reserveProblem = nil
            state.hasReserve = true
        } catch {
            state.reserveProblem = "\(error)"
        }
    }

    private func giveUpReserve(_ state: inout LogState) -> Bool {
        guard state.hasReserve else { return false }
        do throws(FileError) {
            try state.directory.remove(LogSuffix.reserve)
            (state.hasReserve, state.usedReserve) = (false, true)
            // Some file systems hand out freed blocks once the removal itself is on the disk.
            try state.directory.synchronize()
            return true
        } catch {
            return false
        }
    }

    // MARK: - Elsewhere

    /// Puts a record where the settings say it goes when the disk is full.
    private func writeElsewhere(
        _ event: AuditEvent, _ members: [UInt8], _ state: inout LogState, _ error: AuditError
    ) throws(AuditError) {
        guard let substitute = options.substitute, state.failure == nil else { throw error }
        let line = line(event.kind, members, after: state.head)
        do {
            try substitute(line.head, Array(line.bytes.dropLast()))
        } catch let failure {
            throw AuditError(reason: .nowhere(error.fullDiskCause, "\(failure)"), operation: "write to", path: path)
        }
        if state.elsewhere == nil {
            state.elsewhere = LogState.Elsewhere(first: line.head.sequence, behind: state.head.hash)
        }
        state.elsewhereCount += 1
        state.head = line.head
    }

    /// Says in the file that records stand elsewhere, once the file takes records again.
    func goOnInFile(_ state: inout LogState) throws(AuditError) {
        guard let elsewhere = state.elsewhere else { return }
        let event = AuditEvent.journaled(Journaled(first: elsewhere.first, behind: elsewhere.behind))
        try put(event, try members(of: event), [], &state)
        state.elsewhere = nil
    }
}

extension AuditEvent {
    /// Whether a full disk may send the record to the journal: what leads to evictions, which make room, and what says
    /// how things that were announced came out. Rights and times are not changed without a log.
    var mayStandElsewhere: Bool {
        switch self {
        case .retentionIntended(let intention): intention.step != .setTimes
        case .runStarted, .retentionConcluded, .changesConcluded, .cacheMeasured, .hostMeasured, .runEnded: true
        case .changesIntended, .fileIntended, .fileConcluded, .toolchainIntended, .toolchainConcluded, .logStarted,
            .recovered, .keyChanged, .reserveUsed,
            .journaled:
            false
        }
    }
}

extension AuditError {
    /// Whether there was no room: on the disk, or for its owner.
    var isFullDisk: Bool {
        guard case .system(let cause) = reason else { return false }
        return cause == .noSpace || cause == .diskQuotaExceeded
    }

    fileprivate var fullDiskCause: Errno {
        guard case .system(let cause) = reason else { return .noSpace }
        return cause
    }
}
