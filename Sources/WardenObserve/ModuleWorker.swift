internal import Synchronization
internal import SystemPackage
internal import WardenDigest
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// One thread's part of a module cache's verification.
struct ModuleWorker: ~Copyable {
    /// How many files a version may have. Go's limit of 500 MB for an archive leaves fewer; who makes more makes the
    /// agent remember them all.
    private static let fileLimit = 500_000

    private let root: PinnedRoot
    private let progress: WalkProgress
    private let isInterrupted: @Sendable () -> Bool
    private let blocks = NameBlocks()
    private var hasher = OutputHasher()
    private(set) var result = ModuleVerification()
    /// What is to be looked at again.
    private(set) var unsettled: [ModuleCandidate] = []

    init(root: PinnedRoot, progress: WalkProgress, isInterrupted: @escaping @Sendable () -> Bool) {
        self.root = root
        self.progress = progress
        self.isInterrupted = isInterrupted
    }

    /// What one look at a version's tree has shown.
    private enum Answer {
        case matches(ByteCount)
        case differs(ModuleVerification.Difference)
        /// Something has moved meanwhile.
        case unsettled
        case omitted(Omission)
        /// A signal came while it was read.
        case interrupted
    }

    /// Looks at one version.
    mutating func verify(_ candidate: ModuleCandidate, isLast: Bool) {
        let path = candidate.sighting.path
        defer { progress.entries.wrappingAdd(1, ordering: .relaxed) }
        guard candidate.isHashed else {
            if candidate.isYoung, !candidate.faults.isEmpty { return result.omit(path, .beingWritten) }
            return addDamage(candidate, nil)
        }
        switch look(at: candidate) {
        case .matches(let size):
            guard candidate.faults.isEmpty || candidate.isYoung else { return addDamage(candidate, nil) }
            result.addMatch(size)
        case .differs(let difference) where candidate.difference == difference: addDamage(candidate, difference)
        case .differs(let difference):
            if isLast { return result.omit(path, .beingWritten) }
            var again = candidate
            again.difference = difference
            unsettled.append(again)
        case .unsettled where isLast: result.omit(path, .beingWritten)
        case .unsettled: unsettled.append(candidate)
        case .omitted(let reason):
            guard candidate.faults.isEmpty || candidate.isYoung else { return addDamage(candidate, nil) }
            result.omit(path, reason)
        case .interrupted: result.isInterrupted = true
        }
    }

    private mutating func addDamage(_ candidate: ModuleCandidate, _ difference: ModuleVerification.Difference?) {
        // Go's own snapshots have no hash before Go 1.27, and nobody misses one.
        guard !candidate.faults.isEmpty || difference != nil else { return }
        result.add(.init(version: candidate.sighting, faults: candidate.faults, difference: difference))
    }

    private mutating func look(at candidate: ModuleCandidate) -> Answer {
        do throws(Errno) {
            // Opening tells a link only by an error that a race gives too.
            let listed = try root.open(candidate.sighting.path, .path).status()
            if let refusal = root.refusal(of: listed) { return .omitted(.refused(refusal)) }
            let tree = try root.openQuietly(candidate.sighting.path.bytes)
            let before = try tree.status()
            if let refusal = root.refusal(of: before) { return .omitted(.refused(refusal)) }
            let seal = try root.open(candidate.download(".ziphash"), .quietFile)
            let sealed = try seal.status()
            guard sealed.kind == .file else { return .omitted(.refused(.specialFile)) }
            if let refusal = root.refusal(of: sealed) { return .omitted(.refused(refusal)) }
            let answer = try compare(candidate, with: try seal.beginning(ModuleHash.longest + 1))
            guard case .differs = answer else { return answer }
            // Go removes a tree, or sets its marker, before it unpacks it again.
            let again = try root.openQuietly(candidate.sighting.path.bytes).status()
            let sealedAgain = try root.open(candidate.download(".ziphash"), .path).status()
            let isSettled =
                again.identity == before.identity && again.version == before.version
                && sealedAgain.identity == sealed.identity && sealedAgain.version == sealed.version
            let isUnpacking = try hasMarker(candidate)
            return isSettled && !isUnpacking ? answer : .unsettled
        } catch {
            return Self.answer(to: error)
        }
    }

    private func hasMarker(_ candidate: ModuleCandidate) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try root.open(candidate.download(".partial"), .path)
            return true
        } catch .noSuchFileOrDirectory {
            return false
        }
    }

    private mutating func compare(_ candidate: ModuleCandidate, with seal: [UInt8]) throws(Errno) -> Answer {
        guard seal.count <= ModuleHash.longest, let wanted = ModuleHash(parsing: seal) else {
            return .differs(.ziphash)
        }
        var files: [ModuleHash.File] = []
        var size = ByteCount.zero
        var pending: [(path: [UInt8], depth: Int)] = [([], 0)]
        while let next = pending.popLast() {
            if let answer = try list(next, in: candidate, &files, &size, &pending) { return answer }
        }
        let found = ModuleHash(of: files, in: candidate.version) { SHA256Digest(of: $0).bytes }
        return found == wanted ? .matches(size) : .differs(.tree(wanted: wanted.text, found: found?.text))
    }

    /// Hashes the files of one directory; returns an answer where that ends the matter.
    private mutating func list(
        _ place: (path: [UInt8], depth: Int), in candidate: ModuleCandidate, _ files: inout [ModuleHash.File],
        _ size: inout ByteCount, _ pending: inout [(path: [UInt8], depth: Int)]
    ) throws(Errno) -> Answer? {
        let slash = [UInt8(ascii: "/")]
        let top = candidate.sighting.path.bytes
        let directory = try root.openQuietly(place.path.isEmpty ? top : top + slash + place.path)
        if let refusal = root.refusal(of: try directory.status()) { return .omitted(.refused(refusal)) }
        while let names = try blocks.next(in: directory) {
            for name in names {
                guard !isInterrupted() else { return .interrupted }
                let path = place.path.isEmpty ? name : place.path + slash + name
                let status = try directory.status(of: name)
                if let refusal = root.refusal(of: status) { return .omitted(.refused(refusal)) }
                guard pending.count + files.count < Self.fileLimit else { return .omitted(.refused(.tooManyStates)) }
                if status.kind == .directory {
                    guard place.depth + 1 < TreeQuestion.maximumDepth else { return .omitted(.refused(.tooDeep)) }
                    pending.append((path, place.depth + 1))
                    continue
                }
                switch try hash(name, in: directory, status) {
                case .matches(let length): size += length
                case let other: return other
                }
                files.append(ModuleHash.File(path: path, digest: hasher.digest()))
            }
        }
        return nil
    }

    /// Reads a file, which was seen to be a regular one with a single name.
    private mutating func hash(
        _ name: [UInt8], in directory: borrowing OwnedDescriptor, _ listed: NodeStatus
    ) throws(Errno) -> Answer {
        let file = try directory.openChild(name, .quietFile)
        let before = try file.status()
        guard before.kind == .file, before.links == 1, before.identity == listed.identity else { return .unsettled }
        let isWhole = try hasher.read(file, upTo: before.size.rawValue) { count in
            progress.bytes.wrappingAdd(UInt64(count), ordering: .relaxed)
            return !isInterrupted()
        }
        guard isWhole else { return .interrupted }
        guard try file.status().version == before.version else { return .unsettled }
        result.hashed += before.size
        return .matches(before.size)
    }

    /// Returns what an error means for the version that it stopped.
    private static func answer(to error: Errno) -> Answer {
        switch error {
        case .notPermitted: .omitted(.accessTimeWouldMove)
        case .tooManySymbolicLinkLevels: .omitted(.refused(.symbolicLink))
        // Removed, replaced or leased: another look tells.
        case .noSuchFileOrDirectory, .resourceTemporarilyUnavailable, .notDirectory, .isDirectory,
            .noSuchAddressOrDevice:
            .unsettled
        default: .omitted(.unreadable(error))
        }
    }
}
