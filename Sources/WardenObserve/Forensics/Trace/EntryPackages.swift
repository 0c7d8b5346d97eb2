internal import SystemPackage
internal import WardenDigest
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// Tells which package entries of a Go build cache belong to. Reads actions and outputs, moves no atime. Belongs to one thread.
///
/// Archives, executables and results of tests say it themselves, and an action's package is that of its output. What
/// cmd/go stores beside an archive stands under keys that only the archive's action leads to, which comes last.
final class EntryPackages {
    /// What is known of one entry.
    struct Answer {
        /// `nil` for an action, and for what could not be read.
        let kind: OutputKind?
        let package: String?
        /// Whether it is no use to wait for more.
        let isFinal: Bool
    }

    /// What an output said when it was read.
    private struct Output {
        let kind: OutputKind
        var package: String?
        /// The generated files that a list of sources names.
        var generated: [[UInt8]] = []
    }

    private static let limit = 65_536
    private static let longestList = 65_536

    private let root: PinnedRoot
    private let opener: OutputOpener
    private let reader = ObjectReader()
    private var outputs = RecentTable<EntryHash, Output>(limit: limit)
    private var outputOfAction = RecentTable<EntryHash, EntryHash>(limit: limit)
    private var packageOfAction = RecentTable<EntryHash, String>(limit: limit)
    /// Of outputs that say nothing themselves. Many actions may share one, the empty one most of all: the last counts.
    private var packageOfOutput = RecentTable<EntryHash, String>(limit: limit)

    init(root: PinnedRoot) {
        self.root = root
        opener = OutputOpener(root: root)
    }

    /// Looks at an entry that was written, or read.
    ///
    /// - Parameter isWritten: Whether it may hold something else than before.
    func look(at place: EntryPlace, isWritten: Bool) {
        switch place {
        case .action(let action):
            guard isWritten || outputOfAction[action] == nil else { return }
            if let output = content(of: action) { tie(action, to: output) }
        case .output(let hash, let name):
            guard isWritten || outputs[hash] == nil else { return }
            if let output = read(name) { outputs.set(hash, output) }
        case .other: break
        }
    }

    func answer(for place: EntryPlace) -> Answer {
        switch place {
        case .action(let action):
            let output = outputOfAction[action].flatMap { outputs[$0] }
            let package = packageOfAction[action] ?? output?.package
            return Answer(kind: nil, package: package, isFinal: package != nil || output.map(Self.isLonely) ?? false)
        case .output(let hash, _):
            let output = outputs[hash]
            let package = output?.package ?? packageOfOutput[hash]
            return Answer(
                kind: output?.kind, package: package, isFinal: package != nil || output.map(Self.isLonely) ?? false)
        case .other: return Answer(kind: nil, package: nil, isFinal: true)
        }
    }

    /// Whether nothing else says what package an output belongs to: an index is named by the directory of a module, facts of vet
    /// and what a test has read by hashes of many things.
    private static func isLonely(_ output: Output) -> Bool {
        switch output.kind {
        case .moduleIndex, .toolFact, .vetFacts, .testResult, .executable: true
        case .archive, .object, .cgo, .assembler, .coverage, .sourceList, .empty, .other: false
        }
    }

    // MARK: - Ties

    private func tie(_ action: EntryHash, to hash: EntryHash) {
        outputOfAction.set(action, hash)
        if outputs[hash] == nil, let output = read(OutputName(of: hash)) { outputs.set(hash, output) }
        guard let output = outputs[hash] else { return }
        if let package = output.package {
            packageOfAction.set(action, package)
            if output.kind == .archive { settle(besides: action, package) }
        } else if let package = packageOfAction[action] {
            packageOfOutput.set(hash, package)
        }
    }

    /// Gives what was stored beside an archive to its package.
    private func settle(besides action: EntryHash, _ package: String) {
        let keys = Subkeys(of: action)
        let coverage = FurtherOutputs.coveragePrefix + SHA256Digest(of: Array(package.utf8)).description
        var names = FurtherOutputs.names + [Array(coverage.utf8)]
        if let list = keys.action(named: FurtherOutputs.sourceList).flatMap({ outputOfAction[$0] }) {
            names += outputs[list]?.generated ?? []
        }
        for name in names {
            guard let further = keys.action(named: name) else { continue }
            packageOfAction.set(further, package)
            if let output = outputOfAction[further] { packageOfOutput.set(output, package) }
        }
    }

    // MARK: - Reading

    /// Returns the output that an action names; `nil` where Go would not accept the action.
    private func content(of action: EntryHash) -> EntryHash? {
        do throws(Errno) {
            let file = try root.open(RelativePath(ofAction: action), .quietFile)
            let status = try file.status()
            guard status.kind == .file, root.refusal(of: status) == nil else { return nil }
            let content = try file.beginning(ActionEntry.length + 1)
            // What makes it damaged does not matter here.
            return try? ActionEntry(parsing: content.span, named: action).output
        } catch {
            // What cannot be read ties nothing.
            return nil
        }
    }

    /// Returns what stands at an output's name; `nil` where it cannot be read.
    private func read(_ name: OutputName) -> Output? {
        var found: Output?
        do throws(Errno) {
            let shard = try root.open(RelativePath(bytes: name.shard), .directoryPath)
            _ = try opener.open(name, in: shard) { file, opened throws(Errno) in
                found = try output(file, opened)
            }
        } catch {
            // As above.
        }
        return found
    }

    private func output(
        _ file: borrowing OwnedDescriptor, _ opened: OutputOpener.Opened
    ) throws(Errno) -> Output {
        let size = opened.status.size.rawValue
        let (kind, variant) = try reader.read(file, size: size, isExecutable: opened.name.executable != nil)
        var output = Output(kind: kind, package: variant?.package)
        switch kind {
        case .testResult:
            let length = UInt64(TestResult.endLength)
            let end = try file.read(at: size > length ? size - length : 0, limit: TestResult.endLength)
            output.package = TestResult.package(end: end)
        case .sourceList:
            output.generated = FurtherOutputs.generated(in: try file.beginning(Self.longestList))
        default: break
        }
        return output
    }
}
