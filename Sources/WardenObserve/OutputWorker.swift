internal import Synchronization
internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// One thread's part of a verification. Nothing here allocates for the bytes of a file.
struct OutputWorker: ~Copyable {
    /// How many outputs a thread looks at again. No host runs so many builds: whoever makes more waits for the next run.
    private static let unsettledLimit = 10_000

    private let root: PinnedRoot
    private let now: @Sendable () -> Timestamp
    private let progress: WalkProgress
    private let isInterrupted: @Sendable () -> Bool
    private let blocks = NameBlocks()
    private let innerBlocks = NameBlocks()
    private var hasher = OutputHasher()
    private(set) var result = OutputVerification()
    /// What is to be looked at again.
    private(set) var unsettled: [OutputName] = []

    init(
        root: PinnedRoot, now: @escaping @Sendable () -> Timestamp, progress: WalkProgress,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.root = root
        self.now = now
        self.progress = progress
        self.isInterrupted = isInterrupted
    }

    /// What one look at an output has shown.
    private enum Answer {
        case matches(ByteCount)
        /// It matches, but somebody touched it meanwhile.
        case matchesUnsettled(ByteCount)
        case differs(OutputVerification.Mismatch)
        case unsettled
        case omitted(OutputVerification.Omission)
        /// A signal came while it was read.
        case interrupted
    }

    // MARK: - Directories

    /// Looks at every output in one shard.
    mutating func verify(shard: [UInt8]) {
        let path = RelativePath(bytes: shard)
        do throws(Errno) {
            let status = try root.descriptor.status(of: shard)
            if let refusal = root.refusal(of: status) { return result.omit(path, .refused(refusal)) }
            // A plain file with a shard's name holds no outputs.
            guard status.kind == .directory else { return }
            let directory = try root.descriptor.openQuietly(shard)
            if let refusal = root.refusal(of: try directory.status()) { return result.omit(path, .refused(refusal)) }
            let parent = EntryClassifier.Parent.directory(shard.span, role: .shard)
            while let names = try blocks.next(in: directory, where: { Self.isOutput($0, in: parent) }) {
                for name in names {
                    guard !isInterrupted() else { return }
                    let output = OutputName(shard: shard, name: name, executable: nil)
                    record(look(at: output, in: directory), for: output, isLast: false)
                }
            }
        } catch .noSuchFileOrDirectory {
            // Cleaned away meanwhile, with all that was in it.
        } catch {
            result.omit(path, .unreadable(error))
        }
    }

    /// Looks at one output again.
    mutating func verify(_ output: OutputName, isLast: Bool) {
        record(lookAgain(at: output), for: output, isLast: isLast)
    }

    private mutating func lookAgain(at output: OutputName) -> Answer {
        do throws(Errno) {
            let directory = try root.descriptor.openQuietly(output.shard)
            if let refusal = root.refusal(of: try directory.status()) { return .omitted(.refused(refusal)) }
            return look(at: output, in: directory)
        } catch {
            return Self.answer(to: error)
        }
    }

    /// Whether a name in a shard is an output's, whatever stands there.
    private static func isOutput(_ name: borrowing Span<UInt8>, in shard: EntryClassifier.Parent) -> Bool {
        EntryClassifier.role(of: copy name, kind: .file, in: shard, layout: .goBuild) == .output
    }

    /// Looks at what stands at an output's name in its open shard.
    private mutating func look(at output: OutputName, in shard: borrowing OwnedDescriptor) -> Answer {
        do throws(Errno) {
            let status = try shard.status(of: output.name)
            if let refusal = root.refusal(of: status) { return .omitted(.refused(refusal)) }
            guard status.kind == .directory else {
                return try hash(output, as: output.name, in: shard, entry: status.identity.inode, status)
            }
            let inside = try shard.openQuietly(output.name)
            var names: [[UInt8]] = []
            while names.count < 2, let more = try innerBlocks.next(in: inside) { names += more }
            guard let name = names.first else {
                return isYoung(status.modified) ? .unsettled : .omitted(.unfinished)
            }
            guard names.count == 1 else { return Self.notOne }
            let inner = try inside.status(of: name)
            guard inner.kind == .file else { return Self.notOne }
            if let refusal = root.refusal(of: inner) { return .omitted(.refused(refusal)) }
            let executable = OutputName(shard: output.shard, name: output.name, executable: name)
            return try hash(executable, as: name, in: inside, entry: status.identity.inode, inner)
        } catch {
            return Self.answer(to: error)
        }
    }

    private static let notOne = Answer.omitted(.refused(.notOneExecutable))

    /// Returns what an error means for the output that it stopped.
    private static func answer(to error: Errno) -> Answer {
        switch error {
        case .noSuchFileOrDirectory: .omitted(.vanished)
        case .notPermitted: .omitted(.accessTimeWouldMove)
        // Somebody's lease, or another thing stands there than a moment ago.
        case .resourceTemporarilyUnavailable, .tooManySymbolicLinkLevels, .notDirectory, .isDirectory,
            .noSuchAddressOrDevice:
            .unsettled
        default: .omitted(.unreadable(error))
        }
    }

    // MARK: - Files

    /// Reads a file, which was seen to be a regular one with a single name, and compares it with its output's name.
    private mutating func hash(
        _ output: OutputName, as name: [UInt8], in directory: borrowing OwnedDescriptor, entry: UInt64,
        _ listed: NodeStatus
    ) throws(Errno) -> Answer {
        let file = try directory.openChild(name, .quietFile)
        let before = try file.status()
        guard before.links > 0 else { return .omitted(.vanished) }
        guard before.kind == .file, before.links == 1, before.identity == listed.identity else { return .unsettled }
        let isWhole = try hasher.read(file, upTo: before.size.rawValue) { count in
            progress.bytes.wrappingAdd(UInt64(count), ordering: .relaxed)
            return !isInterrupted()
        }
        guard isWhole else { return .interrupted }
        let after = try file.status()
        let isSettled = after.version == before.version
        let mismatch = hasher.mismatch(with: output.name.span)
        result.hashed += before.size
        guard let mismatch else { return isSettled ? .matches(before.size) : .matchesUnsettled(before.size) }
        guard isSettled, !isYoung(after.modified) else { return after.links == 0 ? .omitted(.vanished) : .unsettled }
        return .differs(
            .init(
                entry: output.entry, inode: entry, file: output.file, owner: after.owner, size: after.size,
                modified: after.modified, contentHash: mismatch))
    }

    /// Whether a build may still be at it. A time that lies far ahead was set by somebody and says nothing.
    private func isYoung(_ modified: Timestamp) -> Bool {
        let age = now().since(modified)
        return age < OutputVerifier.settlingTime && age > .zero - OutputVerifier.settlingTime
    }

    private mutating func record(_ answer: Answer, for output: OutputName, isLast: Bool) {
        let isLast = isLast || unsettled.count >= Self.unsettledLimit
        switch answer {
        case .matches(let size): result.addMatch(size)
        case .matchesUnsettled(let size) where isLast: result.addMatch(size)
        case .unsettled where isLast: result.omit(output.entry, .beingWritten)
        case .matchesUnsettled, .unsettled: return unsettled.append(output)
        case .differs(let mismatch): result.add(mismatch)
        case .omitted(let reason): result.omit(output.entry, reason)
        case .interrupted: result.isInterrupted = true
        }
        progress.entries.wrappingAdd(1, ordering: .relaxed)
    }
}
