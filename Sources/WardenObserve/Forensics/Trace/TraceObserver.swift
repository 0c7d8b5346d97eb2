package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Tells what happens to the entries of one cache, and who does it. Reads only. Belongs to one thread.
///
/// By `fanotify(7)`, which names the process of every event; where that may not be used by `inotify(7)`, which leaves the
/// owner of what was written, and tells of no reads.
package final class TraceObserver {
    /// So long an entry waits for the archive that says whose it is.
    package static let longestWait = Duration.seconds(10)
    /// So long who opened an entry may still turn out to write to it, and what a directory held when it came to be written.
    private static let longestDoubt = Duration.seconds(1)
    /// So long a file may be open for writing before it is told of as it is.
    private static let longestWriting = Duration.seconds(60)
    /// So many entries wait. Where there are more all are told of as they are.
    private static let waitingLimit = 65_536

    private let tracer: CacheTracer
    /// `nil` where the host's processes cannot be known.
    private let processes: SeenProcesses?
    private let packages: EntryPackages
    private let now: @Sendable () -> Timestamp
    private var waiting: [WaitingEntry.Key: WaitingEntry] = [:]
    /// Who has made what is not closed yet.
    private var makers: [RelativePath: Int32] = [:]
    private var count = 0

    /// Watches a cache root.
    ///
    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - reads: Whether it is told too who opens entries.
    ///   - method: How; the other where the kernel or the file system does not allow it.
    ///
    /// Throws what keeps the root from being opened, `.noSpace` where there are more directories than may be watched, and
    /// `.tooManyOpenFiles` where there are more watchers than the host allows.
    package init(
        of path: FilePath, top: FilePath, reads: Bool, preferring method: TraceMethod = .fanotify,
        now: @escaping @Sendable () -> Timestamp
    ) throws(Errno) {
        tracer = try CacheTracer(
            of: path, top: top, classifier: LayoutClassifier(layout: .goBuild), reads: reads, preferring: method)
        // Without the table of processes the owner of what is written is known all the same.
        processes = try? SeenProcesses()
        packages = EntryPackages(root: tracer.root)
        self.now = now
    }

    /// How it learns of what happens.
    package var method: TraceMethod { tracer.method }

    /// Readable where there are events; closed when the observer goes.
    package var descriptorNumber: CInt { tracer.descriptorNumber }

    /// How often the kernel dropped events, or a directory could not be watched: nothing is known of some writes then.
    package var lostCount: Int { tracer.lostCount }

    /// Takes the events that wait and returns the entries whose package is settled, the oldest first.
    ///
    /// To be called at least twice a second: entries wait some seconds for the archive that says whose they are, and
    /// processes that end before they were looked at remain unknown.
    package func take() throws(Errno) -> [TracedEntry] {
        let moment = try note()
        return told { isSettled($0, at: moment) }
    }

    /// Returns everything that still waits, settled or not. Ends the trace.
    package func finish() throws(Errno) -> [TracedEntry] {
        _ = try note()
        return told { _ in true }
    }

    // MARK: - Events

    /// Takes the events that wait, and returns when that was.
    private func note() throws(Errno) -> Timestamp {
        let names = try tracer.read()
        let moment = now()
        processes?.beginRound()
        // First who, then what: processes end, files mostly stay.
        let found: [TracedProcess?] = names.map { name in
            name.process.flatMap { processes?.process($0, isGone: name.isGone) }
        }
        for (name, process) in zip(names, found) { note(name, by: process, at: moment) }
        return moment
    }

    private func note(_ name: TracedName, by process: TracedProcess?, at moment: Timestamp) {
        let key = key(of: name, by: process)
        let before = waiting.removeValue(forKey: key) ?? adopted(by: key)
        var entry = before ?? WaitingEntry(name.path, at: moment, number: count)
        if before == nil { count += 1 }
        entry.facts.formUnion(name.facts)
        entry.process = process ?? entry.process
        // A file that still is being written says nothing yet.
        if !name.facts.isDisjoint(with: [.written, .movedHere, .found]) { look(at: &entry) }
        waiting[key] = entry
        if entry.isOpen {
            makers[key.path] = key.process
        } else if makers[key.path] == key.process {
            makers[key.path] = nil
        }
    }

    /// A child that was forked in the middle of writing has the file open too, and may be the last to close it, at its `exec`: what a
    /// process closes that nobody has seen is its maker's.
    private func key(of name: TracedName, by process: TracedProcess?) -> WaitingEntry.Key {
        let own = WaitingEntry.Key(path: name.path, process: name.process)
        guard process == nil, name.facts.contains(.written), waiting[own] == nil, let maker = makers[name.path] else {
            return own
        }
        return WaitingEntry.Key(path: name.path, process: maker)
    }

    /// Returns what was found in a directory that had come, before an event said whose it is.
    private func adopted(by key: WaitingEntry.Key) -> WaitingEntry? {
        guard key.process != nil, method == .fanotify else { return nil }
        return waiting.removeValue(forKey: WaitingEntry.Key(path: key.path, process: nil))
    }

    private func look(at entry: inout WaitingEntry) {
        entry.hasBeenSeen = true
        do throws(Errno) {
            let status = try tracer.root.open(entry.path, .path).status()
            entry.isFile = status.kind == .file
            entry.size = status.size
            entry.owner = status.owner
            if entry.isFile { packages.look(at: entry.place, isWritten: !entry.isRead) }
        } catch {
            // It has gone, and what was seen of it before remains.
        }
    }

    // MARK: - Telling

    private func isSettled(_ entry: WaitingEntry, at moment: Timestamp) -> Bool {
        let age = moment.since(entry.at)
        let limit = entry.isOpen ? Self.longestWriting : Self.longestWait
        // A clock that was set back must not make anything wait for it.
        guard age >= .zero, age < limit, waiting.count <= Self.waitingLimit else { return true }
        if entry.isRead { return age >= Self.longestDoubt }
        guard !entry.isInDoubt || age >= Self.longestDoubt else { return false }
        return entry.hasBeenSeen && (!entry.isFile || packages.answer(for: entry.place).isFinal)
    }

    private func told(where isTold: (WaitingEntry) -> Bool) -> [TracedEntry] {
        let done = waiting.filter { isTold($0.value) }
        for key in done.keys {
            waiting[key] = nil
            if makers[key.path] == key.process { makers[key.path] = nil }
        }
        var entries = done.values.sorted { $0.number < $1.number }
        // All are looked at before the first is told of: one may say whose another is.
        for index in entries.indices where !entries[index].hasBeenSeen { look(at: &entries[index]) }
        return entries.filter(\.isFile).map(entry)
    }

    private func entry(_ entry: WaitingEntry) -> TracedEntry {
        let answer = packages.answer(for: entry.place)
        return TracedEntry(
            at: entry.at, path: entry.path, event: entry.event, size: entry.size, owner: entry.owner,
            writer: entry.writer, kind: answer.kind, package: answer.package)
    }
}

/// What one process did to one entry, until it is known whose it is.
private struct WaitingEntry {
    struct Key: Hashable {
        let path: RelativePath
        let process: Int32?
    }

    /// When it was first told of.
    let at: Timestamp
    /// Counts entries in the order in which they were told of.
    let number: Int
    let path: RelativePath
    let place: EntryPlace
    var facts: NameEvent.Facts = []
    var process: TracedProcess?
    var hasBeenSeen = false
    /// Whether it is no directory, link or FIFO, as far as it was seen.
    var isFile = true
    var size: ByteCount?
    var owner: UserID?

    init(_ path: RelativePath, at moment: Timestamp, number: Int) {
        at = moment
        self.number = number
        self.path = path
        place = EntryPlace(path)
    }

    var isRead: Bool { facts.isDisjoint(with: [.created, .movedHere, .written]) }

    /// Whether it was there when its directory came, and nobody has said yet that it is written.
    var isInDoubt: Bool { facts.contains(.found) && !facts.contains(.written) }

    /// Whether somebody has made it and not yet closed it.
    var isOpen: Bool { facts.contains(.created) && facts.isDisjoint(with: [.written, .movedHere, .found]) }

    var event: TracedEntry.Event {
        if !facts.isDisjoint(with: [.created, .movedHere]) { return .created }
        return facts.contains(.written) ? .rewritten : .read
    }

    var writer: TracedEntry.Writer {
        if let process { return .process(process) }
        // Who reads need not be who owns.
        guard !isRead, let owner else { return .unknown }
        return .owner(owner)
    }
}
