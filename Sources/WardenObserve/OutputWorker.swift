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
    private let opener: OutputOpener
    private var hasher = OutputHasher()
    private(set) var result = OutputVerification()
    /// What is to be looked at again.
    private(set) var unsettled: [OutputName] = []

    init(
        root: PinnedRoot, now: @escaping @Sendable () -> Timestamp, progress: WalkProgress,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.root = root
        opener = OutputOpener(root: root)
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
        case omitted(Omission)
        /// A signal came while it was read.
        case interrupted
    }

    // MARK: - Directories

    /// Looks at every output in one shard.
    mutating func verify(shard: [UInt8]) {
        let path = RelativePath(bytes: shard)
        let opener = opener
        do throws(Errno) {
            let refusal = try opener.forEachOutput(in: shard) { output, directory in
                guard !isInterrupted() else { return false }
                record(look(at: output, in: directory), for: output, isLast: false)
                return true
            }
            if let refusal { result.omit(path, .refused(refusal)) }
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
            return answer(to: OutputOpener.stop(error))
        }
    }

    /// Looks at what stands at an output's name in its open shard.
    private mutating func look(at output: OutputName, in shard: borrowing OwnedDescriptor) -> Answer {
        let opener = opener
        var answer: Answer?
        do throws(Errno) {
            let stop = try opener.open(output, in: shard) { file, opened throws(Errno) in
                answer = try hash(file, opened)
            }
            if let stop { return self.answer(to: stop) }
            return answer ?? .unsettled
        } catch {
            return self.answer(to: OutputOpener.stop(error))
        }
    }

    private func answer(to stop: OutputOpener.Stop) -> Answer {
        switch stop {
        case .omitted(let reason): .omitted(reason)
        case .empty(let modified): isYoung(modified) ? .unsettled : .omitted(.unfinished)
        case .unsettled: .unsettled
        }
    }

    // MARK: - Files

    /// Reads an open file and compares it with its output's name.
    private mutating func hash(
        _ file: borrowing OwnedDescriptor, _ opened: OutputOpener.Opened
    ) throws(Errno) -> Answer {
        let (output, before) = (opened.name, opened.status)
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
                entry: output.entry, inode: opened.entry, file: output.file, owner: after.owner, size: after.size,
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
