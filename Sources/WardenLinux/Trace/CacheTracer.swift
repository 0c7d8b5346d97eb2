internal import CLinux
package import SystemPackage
package import WardenModel

/// Tells what happens to the names of a Go build cache, and which process does it. Reads only. Belongs to one thread.
///
/// The root, its shards and the executables' directories in them are watched; what else stands there is not entered. What this
/// process does itself is left out: who traces looks at what it is told of, and would be told of that again.
package final class CacheTracer {
    /// A watch pins an inode and takes about a kilobyte of the kernel's memory.
    package static let directoryLimit = 65_536
    /// How many names are returned at once.
    private static let nameLimit = 16_384
    /// How many blocks of events are read at once: whoever writes to one name without end must not keep others waiting.
    private static let blockLimit = 1_024
    /// The rest is what inotify says of names that go, or get other rights.
    private static let told: NameEvent.Facts = [.created, .movedHere, .written, .opened]

    package let root: PinnedRoot
    private let classifier: any TreeClassifier
    private let events: TraceEvents
    private let buffer = NameBuffer()
    private var places: [NameEvent.Directory: Place] = [:]
    private var directories: [[UInt8]: NameEvent.Directory] = [:]
    private var entering: [Place] = []
    private var names = TracedNames()
    /// How often the kernel dropped events, or a directory could not be watched: nothing is known of some writes then.
    package private(set) var lostCount = 0

    /// Watches a cache root.
    ///
    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - reads: Whether it is told who opens a name; by fanotify alone, because inotify does not say whether it was
    ///     this process itself.
    ///   - method: How; inotify where fanotify may not be used.
    ///
    /// Throws what keeps the root from being opened, and `.noSpace` where there are more directories than may be watched.
    package init(
        of path: FilePath, top: FilePath, classifier: any TreeClassifier, reads: Bool,
        preferring method: TraceMethod = .fanotify
    ) throws(Errno) {
        root = try PathDescent(to: path, from: top).pinTarget()
        self.classifier = classifier
        events = try Self.events(for: root, reads: reads, preferring: method)
        entering.append(Place(path: [], context: .root, tellsNames: false))
        try enter(isFirst: true)
    }

    /// How events come.
    package var method: TraceMethod { events.method }

    /// Readable where there are events; closed when the tracer goes.
    package var descriptorNumber: CInt { events.descriptorNumber }

    private static func events(
        for root: PinnedRoot, reads: Bool, preferring method: TraceMethod
    ) throws(Errno) -> TraceEvents {
        guard method == .fanotify else { return .inotify(try DirectoryEvents()) }
        do throws(Errno) {
            let events = try FanotifyEvents(reads: reads)
            // Only a mark shows whether the file system takes part.
            _ = try events.add(root.descriptor)
            return .fanotify(events)
        } catch .notPermitted, .noFunction, .invalidArgument {
            // No CAP_SYS_ADMIN, a sandbox, or a kernel before 5.15.
            return .inotify(try DirectoryEvents())
        } catch .notSupported, .operationNotSupportedByDevice, .improperLink, .overflow {
            // A file system whose inodes no event can name.
            return .inotify(try DirectoryEvents())
        }
    }

    // MARK: - Events

    /// Takes the events that wait, and returns the names that they speak of; more may wait.
    package func read() throws(Errno) -> [TracedName] {
        var blocks = 0
        while names.all.count < Self.nameLimit, blocks < Self.blockLimit, try events.fill() {
            while let event = try events.next() { note(event) }
            try enter(isFirst: false)
            blocks += 1
        }
        defer { names.removeAll() }
        return names.all
    }

    private func note(_ event: NameEvent) {
        let facts = event.facts
        guard !facts.contains(.lost) else {
            lostCount += 1
            // A directory that has come may be among what was dropped.
            entering.append(Place(path: [], context: .root, tellsNames: false))
            return
        }
        guard let place = places[event.directory] else { return }
        if facts.contains(.end) {
            forget(event.directory, place)
        } else if facts.contains(.directory) {
            // Whoever lists a directory opens it too.
            let hasCome = !facts.isDisjoint(with: [.created, .movedHere])
            if hasCome { enterLater(event.name, in: place, tellsNames: true) }
        } else if !facts.contains(.own), !facts.isDisjoint(with: Self.told) {
            let path = RelativePath(bytes: place.path(of: event.name))
            names.add(path, facts, by: event.process, isGone: event.isGone)
        }
    }

    private func forget(_ directory: NameEvent.Directory, _ place: Place) {
        places[directory] = nil
        if directories[place.path] == directory { directories[place.path] = nil }
    }

    // MARK: - Directories

    private func enterLater(_ name: [UInt8], in place: Place, tellsNames: Bool) {
        let role = classifier.role(of: name.span, kind: .directory, in: place.context)
        guard role == .shard || role == .executableDirectory else { return }
        let start = (name.count < 1 ? 0 : name[0], name.count < 2 ? 0 : name[1])
        let context = DirectoryContext(role: role, nameStart: start, depth: place.context.depth + 1)
        entering.append(Place(path: place.path(of: name), context: context, tellsNames: tellsNames))
    }

    /// Watches the directories that wait, and those in them.
    private func enter(isFirst: Bool) throws(Errno) {
        while let place = entering.popLast() {
            do throws(Errno) {
                try enter(place)
            } catch .noSpace where !isFirst {
                // What happens in it remains untold.
                lostCount += 1
            } catch {
                // It has gone, is another mount or a link, or may be listed by nobody here.
                guard !place.path.isEmpty || !isFirst, error != .noSpace else { throw error }
            }
        }
    }

    private func enter(_ place: Place) throws(Errno) {
        guard places.count < Self.directoryLimit || directories[place.path] != nil else { throw .noSpace }
        let directory = try root.openQuietly(place.path)
        // First: what comes between the watch and the list is seen by either.
        let key = try events.add(directory)
        if let before = directories[place.path], before != key { places[before] = nil }
        if let before = places[key], before.path != place.path { directories[before.path] = nil }
        places[key] = place
        directories[place.path] = key
        while try buffer.fill(from: directory) {
            while let record = unsafe try buffer.next() {
                let kind = unsafe kind(of: record, in: directory)
                guard kind == .directory || kind == .file && place.tellsNames else { continue }
                let name = unsafe record.withName { name in name.indices.map { name[$0] } }
                if kind == .directory {
                    enterLater(name, in: place, tellsNames: place.tellsNames)
                } else {
                    // No event may have told of it, and so nobody says who made it.
                    names.add(RelativePath(bytes: place.path(of: name)), [.created, .found], by: nil, isGone: false)
                }
            }
        }
    }

    private func kind(of record: NameBuffer.Record, in directory: borrowing OwnedDescriptor) -> NodeKind {
        switch unsafe record.type {
        // DT_DIR, DT_REG; DT_UNKNOWN where the file system does not say.
        case 4: return .directory
        case 8: return .file
        case 0:
            var status = clinux_status()
            guard unsafe clinux_status(directory.number, record.name, &status) == 0 else { return .unknown }
            return NodeKind(modeBits: status.mode)
        default: return .unknown
        }
    }
}

/// A directory that is watched, or will be.
private struct Place {
    /// Below the root.
    let path: [UInt8]
    let context: DirectoryContext
    /// Whether the names are told of that are in it when the watch begins.
    let tellsNames: Bool

    func path(of name: [UInt8]) -> [UInt8] { path.isEmpty ? name : path + [UInt8(ascii: "/")] + name }
}

extension DirectoryContext {
    fileprivate static let root = DirectoryContext(role: nil, nameStart: (0, 0), depth: 0)
}
