internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// Opens what stands at an output's name, and only what Go would put there.
struct OutputOpener {
    /// Why nothing was opened.
    enum Stop {
        case omitted(Omission)
        /// An executable's directory without the executable.
        case empty(modified: Timestamp)
        /// Another thing stands there than a moment ago.
        case unsettled
    }

    /// An output that is open.
    struct Opened {
        /// With the name of the file in it, where it is an executable's directory.
        let name: OutputName
        /// The inode of the output itself, as its shard lists it.
        let entry: UInt64
        /// What the open file is.
        let status: NodeStatus
    }

    let root: PinnedRoot
    private let names = NameBlocks()
    /// Of an executable's directory, which is listed while its shard is.
    private let innerNames = NameBlocks()

    init(root: PinnedRoot) { self.root = root }

    /// Opens a shard and calls `body` with each name of an output, whatever stands there, until it returns `false`.
    ///
    /// Returns why a shard was not entered; throws the `Errno` of listing it. What is no directory holds no outputs.
    func forEachOutput(
        in shard: [UInt8], _ body: (OutputName, borrowing OwnedDescriptor) -> Bool
    ) throws(Errno) -> Refusal? {
        let status = try root.descriptor.status(of: shard)
        if let refusal = root.refusal(of: status) { return refusal }
        guard status.kind == .directory else { return nil }
        let directory = try root.descriptor.openQuietly(shard)
        if let refusal = root.refusal(of: try directory.status()) { return refusal }
        let parent = EntryClassifier.Parent.directory(shard.span, role: .shard)
        while let block = try names.next(in: directory, where: { Self.isOutput($0, in: parent) }) {
            for name in block {
                guard body(OutputName(shard: shard, name: name, executable: nil), directory) else { return nil }
            }
        }
        return nil
    }

    /// Whether a name in a shard is an output's, whatever stands there.
    private static func isOutput(_ name: borrowing Span<UInt8>, in shard: EntryClassifier.Parent) -> Bool {
        EntryClassifier.role(of: copy name, kind: .file, in: shard, layout: .goBuild) == .output
    }

    /// Opens an output in its open shard and calls `body` with it: a regular file with a single name. Moves no atime.
    ///
    /// Returns `nil` when `body` was called.
    func open(
        _ output: OutputName, in shard: borrowing OwnedDescriptor,
        _ body: (borrowing OwnedDescriptor, Opened) throws(Errno) -> Void
    ) throws(Errno) -> Stop? {
        let status = try shard.status(of: output.name)
        if let refusal = root.refusal(of: status) { return .omitted(.refused(refusal)) }
        let entry = status.identity.inode
        guard status.kind == .directory else {
            return try open(output, as: output.name, in: shard, entry, status, body)
        }
        let inside = try shard.openQuietly(output.name)
        var found: [[UInt8]] = []
        while found.count < 2, let more = try innerNames.next(in: inside) { found += more }
        guard let name = found.first else { return .empty(modified: status.modified) }
        guard found.count == 1 else { return Self.notOne }
        let inner = try inside.status(of: name)
        guard inner.kind == .file else { return Self.notOne }
        if let refusal = root.refusal(of: inner) { return .omitted(.refused(refusal)) }
        let executable = OutputName(shard: output.shard, name: output.name, executable: name)
        return try open(executable, as: name, in: inside, entry, inner, body)
    }

    private static let notOne = Stop.omitted(.refused(.notOneExecutable))

    private func open(
        _ output: OutputName, as name: [UInt8], in directory: borrowing OwnedDescriptor, _ entry: UInt64,
        _ listed: NodeStatus, _ body: (borrowing OwnedDescriptor, Opened) throws(Errno) -> Void
    ) throws(Errno) -> Stop? {
        let file = try directory.openChild(name, .quietFile)
        let status = try file.status()
        guard status.links > 0 else { return .omitted(.vanished) }
        guard status.kind == .file, status.links == 1, status.identity == listed.identity else { return .unsettled }
        try body(file, Opened(name: output, entry: entry, status: status))
        return nil
    }

    /// Returns what an error means for the output that it stopped.
    static func stop(_ error: Errno) -> Stop {
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
}

/// Where an output stands.
struct OutputName: Sendable {
    let shard: [UInt8]
    /// `<64 hex>-d`.
    let name: [UInt8]
    /// The file in an executable's directory; `nil` for other outputs.
    let executable: [UInt8]?

    private static let slash = UInt8(ascii: "/")

    var entry: RelativePath { RelativePath(bytes: shard + [Self.slash] + name) }
    var file: RelativePath { executable.map { RelativePath(bytes: entry.bytes + [Self.slash] + $0) } ?? entry }
}
