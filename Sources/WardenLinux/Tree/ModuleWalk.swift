internal import CLinux
internal import Synchronization
package import SystemPackage
package import WardenModel

/// What a path below a module cache is for the walk that collects versions.
package enum ModulePart: Hashable, Sendable {
    /// A directory that may hold versions further down.
    case folder
    /// The directory of an unpacked version.
    case tree(Label)
    /// A download file of a version.
    case file(Label)
    /// Part of no version; not entered.
    case other

    /// Which version a name is a part of, and as what.
    package struct Label: Hashable, Sendable {
        /// Where the version's tree stands, or would.
        package let version: [UInt8]
        package let key: UInt64
        package let part: ModuleParts

        package init(version: [UInt8], key: UInt64, part: ModuleParts) {
            self.version = version
            self.key = key
            self.part = part
        }

        /// Whether it says that the version's tree is not whole: its own times say nothing of use.
        fileprivate var isMarker: Bool { part == .partial || part == .abandoned }
    }
}

/// What a walk over a module cache has found.
package struct ModuleSurvey: Sendable {
    /// Sorted by path; those that must not be touched too.
    package let versions: [ModuleSighting]
    /// `nil` where no tree was entered.
    package let inventory: Inventory?
}

/// Collects the versions of a module cache, on several threads, and follows nothing.
///
/// A version is an entry for its tree, with the sums over all that stands in it, and one for each download file. Left
/// out are versions that must not be touched: with a link, a file of more than one name, anything special, a part on
/// another mount, deeper or less readable than the walk can follow; and trees without download files, which no lock
/// guards.
package enum ModuleWalk {
    /// Tells what a path is; asked from many threads, for every name outside a version's tree.
    package typealias Classifier = @Sendable (_ path: [UInt8], _ isDirectory: Bool) -> ModulePart

    /// How much of a version is looked at.
    package enum Extent: Sendable {
        /// Which parts there are: nothing below its tree is.
        case names
        case everything
    }

    /// Throws the `Errno` of reading the root, or `.canceled` after an interruption.
    package static func survey(
        below root: PinnedRoot, extent: Extent, now: Timestamp, threads: Int, classifier: @escaping Classifier,
        isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }
    ) throws(Errno) -> ModuleSurvey {
        _ = try root.open(.root, .directory)
        let queue = WorkQueue([ModuleTask(path: [], depth: 0, tree: nil)])
        let results = Mutex(ModuleSums())
        WorkerThreads.run(threads) { _ in
            var worker = ModuleWorker(
                root: root, queue: queue, extent: extent, classifier: classifier, isInterrupted: isInterrupted)
            worker.run()
            let sums = worker.sums
            results.withLock { $0.add(sums) }
        }
        guard !isInterrupted() else { throw .canceled }
        let sums = results.withLock { $0 }
        let moment = now.seconds * 1_000_000_000 + Int64(now.nanoseconds)
        return ModuleSurvey(
            versions: sums.sightings.values.sorted { $0.path < $1.path },
            inventory: extent == .everything ? sums.inventory(now: moment) : nil)
    }
}

/// A directory that waits for a thread.
private struct ModuleTask: Sendable {
    /// The version's tree that it is, or is part of.
    struct Tree: Sendable {
        let key: UInt64
        let inode: UInt64
    }

    let path: [UInt8]
    let depth: Int
    let tree: Tree?
}

/// What one thread found, or all.
private struct ModuleSums: Sendable {
    struct Part: Sendable {
        let key: UInt64
        let inode: UInt64
        let kind: InventoryEntry.Kind
        var isMarker = false
        var lastUse: Int64 = 0
        var modified: Int64 = 0
        var blocks: UInt64 = 0
        var files = 0

        mutating func add(_ status: clinux_status) {
            lastUse = max(lastUse, status.modified, status.accessed)
            modified = max(modified, status.modified)
            blocks &+= status.blocks
            files += 1
        }

        mutating func add(_ other: Part) {
            lastUse = max(lastUse, other.lastUse)
            modified = max(modified, other.modified)
            blocks &+= other.blocks
            files += other.files
        }
    }

    /// By the trees' inodes.
    var trees: [UInt64: Part] = [:]
    var files: [Part] = []
    /// Versions that stay, whatever the policy says.
    var refused: Set<UInt64> = []
    /// By their trees' paths: in a hostile cache two versions may share a key.
    var sightings: [[UInt8]: ModuleSighting] = [:]

    /// Notes that a version has this part, whatever stands there.
    mutating func see(_ label: ModulePart.Label, _ status: clinux_status) {
        let sighting = ModuleSighting(
            path: RelativePath(bytes: label.version), key: label.key, parts: label.part,
            changed: Timestamp(nanoseconds: status.modified), treeInode: label.part == .tree ? status.inode : nil)
        sightings[label.version] = sightings[label.version]?.adding(sighting) ?? sighting
    }

    /// Adds what stands in a tree, or the directory itself.
    mutating func add(_ status: clinux_status, to tree: ModuleTask.Tree) {
        var part = trees[tree.inode] ?? Part(key: tree.key, inode: tree.inode, kind: .moduleTree)
        if NodeKind(modeBits: status.mode) == .directory { part.blocks &+= status.blocks } else { part.add(status) }
        trees[tree.inode] = part
    }

    mutating func add(_ other: ModuleSums) {
        trees.merge(other.trees) { part, more in
            var part = part
            part.add(more)
            return part
        }
        files += other.files
        refused.formUnion(other.refused)
        sightings.merge(other.sightings) { $0.adding($1) }
    }

    func inventory(now: Int64) -> Inventory {
        let guarded = Set(files.map(\.key))
        var buckets: [[InventoryEntry]] = Array(repeating: [], count: 256)
        var treeFiles: [UInt64: Int] = [:]
        for part in files + trees.values where guarded.contains(part.key) && !refused.contains(part.key) {
            let entry = InventoryEntry(
                kind: part.kind, inode: part.inode, key: part.key, lastUse: Self.seconds(part.lastUse, now),
                modified: Self.seconds(part.modified, now), blocks: part.blocks, isOrphanMarked: part.isMarker)
            buckets[entry.bucket].append(entry)
            if part.kind == .moduleTree { treeFiles[part.inode] = part.files }
        }
        for bucket in buckets.indices {
            buckets[bucket].sort { ($0.key, $0.inode) < ($1.key, $1.inode) }
        }
        return Inventory(buckets: buckets, unreadActions: 0, treeFiles: treeFiles)
    }

    /// Returns whole seconds, rounded up; what lies in the future counts as now, what lies before 1970 as 1970.
    private static func seconds(_ nanoseconds: Int64, _ now: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: (min(max(nanoseconds, 0), now) + 999_999_999) / 1_000_000_000)
    }
}

/// One thread's part of the walk.
private struct ModuleWorker: ~Copyable {
    let root: PinnedRoot
    let queue: WorkQueue<ModuleTask>
    let extent: ModuleWalk.Extent
    let classifier: ModuleWalk.Classifier
    let isInterrupted: @Sendable () -> Bool
    private(set) var sums = ModuleSums()
    private let buffer = NameBuffer()

    init(
        root: PinnedRoot, queue: WorkQueue<ModuleTask>, extent: ModuleWalk.Extent,
        classifier: @escaping ModuleWalk.Classifier, isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.root = root
        self.queue = queue
        self.extent = extent
        self.classifier = classifier
        self.isInterrupted = isInterrupted
    }

    mutating func run() {
        while let task = queue.take() {
            var pending = [task]
            while let next = pending.popLast(), !isInterrupted() {
                for task in list(next) where !queue.offer(task, unlessWaiting: 512) { pending.append(task) }
            }
            queue.finish()
        }
    }

    /// Looks at everything in one directory and returns the directories to look into.
    private mutating func list(_ task: ModuleTask) -> [ModuleTask] {
        var below: [ModuleTask] = []
        do throws(Errno) {
            let directory = try root.openQuietly(task.path)
            while try buffer.fill(from: directory) {
                while let record = unsafe try buffer.next() {
                    var status = clinux_status()
                    let code = unsafe clinux_status(directory.number, record.name, &status)
                    if code == -Errno.noSuchFileOrDirectory.rawValue { continue }
                    guard code == 0 else { throw Errno(rawValue: -code) }
                    if let next = unsafe visit(path(task, record), status, task) { below.append(next) }
                }
            }
        } catch {
            // Of what could not be looked at nobody knows when it was used.
            if let tree = task.tree { sums.refused.insert(tree.key) }
        }
        return below
    }

    private mutating func visit(_ path: [UInt8], _ status: clinux_status, _ task: ModuleTask) -> ModuleTask? {
        let kind = NodeKind(modeBits: status.mode)
        let isRefused = root.refuses(status) || (kind == .directory && task.depth + 1 >= TreeQuestion.maximumDepth)
        if let tree = task.tree {
            guard !isRefused else {
                sums.refused.insert(tree.key)
                return nil
            }
            sums.add(status, to: tree)
            return kind == .directory ? ModuleTask(path: path, depth: task.depth + 1, tree: tree) : nil
        }
        switch classifier(path, kind == .directory) {
        case .folder:
            return isRefused || kind != .directory ? nil : ModuleTask(path: path, depth: task.depth + 1, tree: nil)
        case .tree(let label):
            sums.see(label, status)
            guard !isRefused, kind == .directory else {
                sums.refused.insert(label.key)
                return nil
            }
            guard extent == .everything else { return nil }
            let tree = ModuleTask.Tree(key: label.key, inode: status.inode)
            sums.add(status, to: tree)
            return ModuleTask(path: path, depth: task.depth + 1, tree: tree)
        case .file(let label):
            sums.see(label, status)
            addFile(label.key, status, kind, isRefused, isMarker: label.isMarker)
        case .other where kind == .symbolicLink:
            // Go would follow it, and build from wherever it leads.
            guard case .tree(let label) = classifier(path, true) else { break }
            sums.see(label, status)
            sums.refused.insert(label.key)
        case .other: break
        }
        return nil
    }

    private mutating func addFile(
        _ key: UInt64, _ status: clinux_status, _ kind: NodeKind, _ isRefused: Bool, isMarker: Bool
    ) {
        guard !isRefused, kind == .file else {
            sums.refused.insert(key)
            return
        }
        var part = ModuleSums.Part(key: key, inode: status.inode, kind: .moduleFile, isMarker: isMarker)
        part.add(status)
        if isMarker { part.lastUse = 0 }
        sums.files.append(part)
    }

    private func path(_ task: ModuleTask, _ record: NameBuffer.Record) -> [UInt8] {
        unsafe record.withName { name in
            var bytes = task.path
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
            for index in name.indices { bytes.append(name[index]) }
            return bytes
        }
    }
}

extension PinnedRoot {
    /// Whether no honest `go` makes such an inode, or it stands on another mount: a version that holds it stays.
    func refuses(_ status: clinux_status) -> Bool {
        guard !status.isMountRoot, status.mount == mount, status.device == identity.device else { return true }
        switch NodeKind(modeBits: status.mode) {
        case .directory: return false
        case .file: return status.links != 1 || status.mode & 0o6000 != 0
        default: return true
        }
    }

    /// Opens a directory for listing, without moving its atime where that may be asked for; an empty path is the root.
    package func openQuietly(_ path: [UInt8]) throws(Errno) -> OwnedDescriptor {
        let path = path.isEmpty ? [UInt8(ascii: ".")] : path
        do throws(Errno) {
            return try open(path, .quietDirectory)
        } catch .notPermitted {
            return try open(path, .directory)
        }
    }
}
