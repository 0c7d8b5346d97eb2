internal import CLinux
package import SystemPackage
package import WardenModel

/// Knows at every moment how much is below a cache root, and notices names whose rights are to be looked at.
///
/// Events are hints: each name that one speaks of is looked at anew, from the root down, as a walk does. Nothing is held open
/// between two looks, so the file system can be unmounted. Belongs to one thread.
package final class TreeTracker {
    /// A watch pins an inode and takes about a kilobyte of the kernel's memory.
    package static let directoryLimit = 65_536
    /// How many names may wait before they are looked at.
    private static let nameLimit = 16_384

    let question: TreeQuestion
    private let isConspicuous: (NodeState) -> Bool
    private let path: FilePath
    private let top: FilePath
    private let identity: InodeIdentity
    private let events: DirectoryEvents
    private var reader: StateReader
    private let buffer = NameBuffer()
    private var places: [CInt: WatchedPlace] = [:]
    private var watches: [UInt64: CInt] = [:]
    private var ledger = NameLedger()
    private var changed = ChangedNames()
    private var entering: [(path: [UInt8], context: DirectoryContext)] = []
    private var change = TreeChange()
    private var isRootTouched = false
    package private(set) var totals = TreeTotals()

    /// Watches everything below a cache root, and counts it.
    ///
    /// - Parameter isConspicuous: Whether the root itself is to be looked at; asked where its rights have changed.
    ///
    /// Throws `.noSpace` where there are more directories than may be watched, `.tooManyOpenFiles` where there are more
    /// trackers than `fs.inotify.max_user_instances` allows, `.canceled` after an interruption, and what keeps the root
    /// from being opened.
    package init(
        of path: FilePath, top: FilePath, asking question: TreeQuestion,
        isConspicuous: @escaping (NodeState) -> Bool
    ) throws(Errno) {
        let root = try PathDescent(to: path, from: top).pinTarget()
        self.path = path
        self.top = top
        self.question = question
        self.isConspicuous = isConspicuous
        identity = root.identity
        events = try DirectoryEvents()
        reader = StateReader(of: root, asking: question)
        entering.append(([], DirectoryContext(role: nil, nameStart: (0, 0), depth: 0)))
        try enter(below: root, isFirst: true)
    }

    /// Readable where there are events; closed when the tracker goes.
    package var descriptorNumber: CInt { events.descriptor.number }

    /// Returns what the cache is on now. Throws what keeps the root from being opened.
    package func fileSystem() throws(Errno) -> FileSystemObservation {
        try PathDescent(to: path, from: top).pinTarget().descriptor.fileSystem()
    }

    /// Whether the root still stands where it was. Throws what keeps it from being opened.
    package func isInPlace() throws(Errno) -> Bool {
        try PathDescent(to: path, from: top).pinTarget().identity == identity
    }

    // MARK: - Events

    /// Takes the events that wait and notes what they speak of; false where more may wait.
    package func read() throws(Errno) -> Bool {
        while changed.count < Self.nameLimit {
            guard try events.fill() else { return true }
            while let event = unsafe try events.next() { unsafe note(event) }
        }
        return false
    }

    private func note(_ event: clinux_event) {
        if unsafe event.is_overflow != 0 {
            change.isLost = true
            return
        }
        let watch = unsafe event.watch
        guard let place = places[watch] else { return }
        if unsafe event.is_end != 0 {
            forget(watch, place)
            if place.isRoot { change.isLost = true }
        } else if unsafe event.is_self != 0 {
            // Of others the directory above tells.
            guard place.isRoot else { return }
            if unsafe event.is_moved_away != 0 { change.isLost = true } else { isRootTouched = true }
        } else if unsafe event.is_directory != 0 && event.is_move != 0 {
            // All that is below it has another path now, or none.
            change.isLost = true
        } else {
            unsafe event.withName { changed.add($0, in: watch) }
        }
    }

    private func forget(_ watch: CInt, _ place: WatchedPlace) {
        places[watch] = nil
        if watches[place.inode] == watch { watches[place.inode] = nil }
        totals.blocks &-= place.blocks
    }

    // MARK: - Looking

    /// Looks at every name that was noted, and returns what became of the tree since the last call.
    package func settle() throws(Errno) -> TreeChange {
        defer {
            change = TreeChange()
            isRootTouched = false
            changed.removeAll()
        }
        guard !change.isLost, changed.count > 0 || isRootTouched else { return change }
        do throws(Errno) {
            let descent = try PathDescent(to: path, from: top)
            let root = try descent.pinTarget()
            guard root.identity == identity else {
                change.isLost = true
                return change
            }
            // Whoever has gone through thousands of states must not make all that is right look wrong from then on.
            if reader.states.isFull { reader = StateReader(of: root, asking: question) }
            if isRootTouched, case .found(let reading) = descent.end, isConspicuous(reading.state) {
                change.conspicuous = .root
            }
            for group in changed.groups() {
                if let place = places[group.watch] {
                    try look(at: group, in: place, below: root)
                } else {
                    // The directory has gone, and so has all that was in it.
                    unsafe changed.forEach(in: group) { name, length in
                        unsafe drop(ChangedNames.key(group.watch, UnsafeRawBufferPointer(start: name, count: length)))
                    }
                }
            }
            try enter(below: root, isFirst: false)
        } catch .noSuchFileOrDirectory {
            change.isLost = true
        }
        return change
    }

    private func look(
        at group: ChangedNames.Group, in place: WatchedPlace, below root: PinnedRoot
    ) throws(Errno) {
        do throws(Errno) {
            let directory = try root.open(RelativePath(bytes: place.path), .directoryPath)
            guard try directory.status().identity.inode == place.inode else {
                change.isLost = true
                return
            }
            unsafe changed.forEach(in: group) { name, length in
                unsafe look(at: name, length, in: directory, group.watch, place, isFirst: false)
            }
            update(group.watch, place, blocks: try directory.status().raw.blocks)
            if place.context.role == .executableDirectory, try !holdsOneFile(place, below: root) {
                change.conspicuous = change.conspicuous ?? RelativePath(bytes: place.path)
            }
        } catch .noSuchFileOrDirectory {
            // Its end is among the events that come.
        }
    }

    /// Corresponds to what a walk asks of an executable directory; an empty one is a build in the middle of its work.
    private func holdsOneFile(_ place: WatchedPlace, below root: PinnedRoot) throws(Errno) -> Bool {
        let directory = try root.open(RelativePath(bytes: place.path), .directory)
        var names = 0
        while try buffer.fill(from: directory) {
            while let record = unsafe try buffer.next() {
                names += 1
                // DT_REG, or a file system that does not say.
                guard names == 1, unsafe record.type == 8 || record.type == 0 else { return false }
            }
        }
        return true
    }

    private func update(_ watch: CInt, _ place: WatchedPlace, blocks: UInt64) {
        guard !place.isRoot, blocks != place.blocks else { return }
        totals.blocks = totals.blocks &- place.blocks &+ blocks
        places[watch]?.blocks = blocks
    }

    /// Looks at one name: counts it anew, judges it, and has what it holds entered where that is new.
    ///
    /// - Parameter isFirst: Whether the whole tree is taken in: nothing is judged then.
    private func look(
        at name: UnsafePointer<CChar>, _ length: Int, in directory: borrowing OwnedDescriptor, _ watch: CInt,
        _ place: WatchedPlace, isFirst: Bool
    ) {
        let bytes = unsafe UnsafeRawBufferPointer(start: name, count: length)
        let key = unsafe ChangedNames.key(watch, bytes)
        var status = clinux_status()
        let code = unsafe clinux_status(directory.number, name, &status)
        let kind = NodeKind(modeBits: status.mode)
        guard code == 0, status.links > 0 || kind != .file else {
            drop(key)
            return
        }
        let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
        let role = question.classifier.role(of: span, kind: kind, in: place.context)
        let refusal = reader.refusal(of: status, kind, in: place.context)
        if kind == .directory, refusal == nil, role != .system {
            drop(key)
            if watches[status.inode] == nil {
                let start = (length < 1 ? 0 : span[0], length < 2 ? 0 : span[1])
                let context = DirectoryContext(role: role, nameStart: start, depth: place.context.depth + 1)
                entering.append((unsafe place.path(of: bytes), context))
            }
        } else {
            let amount = NameLedger.Amount(
                blocks: status.blocks, isFile: kind == .file, isFuzz: role == .fuzz)
            if let before = ledger.set(key, amount) { totals.subtract(before) }
            totals.add(amount)
        }
        guard !isFirst, change.conspicuous == nil, role != .system else { return }
        do throws(Errno) {
            let state = try unsafe reader.count(name, in: directory, status, role: role, refusal: refusal, part: 0)
            if case .none = reader.states.records[state].demand { return }
            change.conspicuous = unsafe RelativePath(bytes: place.path(of: bytes))
        } catch {
            // It has gone meanwhile, and an event says so.
        }
    }

    private func drop(_ key: UInt64) {
        if let gone = ledger.remove(key) { totals.subtract(gone) }
    }

    // MARK: - Directories

    /// Watches and counts the directories that wait, and all below them.
    private func enter(below root: PinnedRoot, isFirst: Bool) throws(Errno) {
        while let (path, context) = entering.popLast() {
            guard !question.isInterrupted() else { throw .canceled }
            do throws(Errno) {
                let directory = try root.open(RelativePath(bytes: path), .directory)
                // First: what comes between the watch and the list is seen by either.
                let watch = try watch(directory, path, context)
                guard let place = places[watch] else { continue }
                while try buffer.fill(from: directory) {
                    while let record = unsafe try buffer.next() {
                        unsafe look(at: record.name, record.length, in: directory, watch, place, isFirst: isFirst)
                    }
                }
            } catch .noSuchFileOrDirectory where !path.isEmpty {
                continue
            } catch .permissionDenied where !path.isEmpty {
                // Nobody who cannot read it can watch it.
                continue
            }
        }
    }

    private func watch(
        _ directory: borrowing OwnedDescriptor, _ path: [UInt8], _ context: DirectoryContext
    ) throws(Errno) -> CInt {
        guard places.count < Self.directoryLimit else { throw .noSpace }
        let status = try directory.status()
        let watch = try events.add(directory, path.isEmpty ? .namesAndSelf : .names)
        if let known = places[watch] { forget(watch, known) }
        let blocks = path.isEmpty ? 0 : status.raw.blocks
        places[watch] = WatchedPlace(path: path, context: context, inode: status.identity.inode, blocks: blocks)
        watches[status.identity.inode] = watch
        totals.blocks &+= blocks
        return watch
    }
}

/// A directory that is watched.
struct WatchedPlace {
    /// Below the root.
    let path: [UInt8]
    let context: DirectoryContext
    let inode: UInt64
    /// What the directory itself takes, in units of 512 bytes; the root counts as nothing.
    var blocks: UInt64

    var isRoot: Bool { path.isEmpty }

    func path(of name: UnsafeRawBufferPointer) -> [UInt8] {
        unsafe path.isEmpty ? Array(name) : path + [UInt8(ascii: "/")] + Array(name)
    }
}
