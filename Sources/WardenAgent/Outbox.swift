internal import FoundationEssentials
internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenNotify
internal import WardenPolicy
internal import WardenReport

/// The folder in which each run that changes something leaves a snapshot for those who are told of findings.
///
/// The agent writes and never reads it for itself; `cachewarden notify` reads and never writes it. A file has the mode
/// 0640, and the group of the folder: whoever delivers needs no right but that group's.
struct Outbox {
    static let fileLimit = 64
    static let sizeLimit = ByteCount(16 << 20)
    /// Of one snapshot. A host with a thousand findings takes a quarter of it.
    private static let snapshotLimit = ByteCount(4 << 20)

    private let surroundings: Surroundings
    /// `nil` where nobody is told.
    private let folder: FilePath?

    init(_ settings: Settings, in surroundings: Surroundings) {
        self.surroundings = surroundings
        folder = settings.notifications.isEmpty ? nil : surroundings.outbox
    }

    // MARK: - Writing

    /// Leaves what the report says, where the settings name somebody to tell. A snapshot that cannot be written ends no
    /// run: the report says it, and is no longer without drift.
    ///
    /// - Parameter isWholeHost: Whether the report speaks of all that the host's policies speak of.
    func write(_ report: inout RunReport, isWholeHost: Bool) {
        guard let folder else { return }
        do {
            try write(snapshot(report, isWholeHost), to: folder)
        } catch {
            report.notes.append("nobody is told of this run: \(error)")
            if report.verdict.exitCode == 0 { report.verdict = .drift }
        }
    }

    private func write(_ snapshot: OutboxSnapshot, to folder: FilePath) throws {
        let bytes = try JSONText.encode(snapshot, layout: .compact)
        guard ByteCount(UInt64(bytes.count)) <= Self.snapshotLimit else {
            throw AgentError.failed(
                "cannot write to '\(escapedForDisplay(folder.string))': \(snapshot.alerts.count) findings take more than "
                    + "\(Self.snapshotLimit)", remedy: nil)
        }
        // Set-group-ID: what is made there gets the folder's group, whichever the administrator gives it.
        try TrustedFile.makeFolder(
            folder.removingLastComponent(), mode: ModeBits(surroundings.isSystemWide ? 0o755 : 0o700),
            trusting: .rootAndCaller)
        try TrustedFile.makeFolder(folder, mode: ModeBits(0o2750), trusting: .rootAndCaller)
        let standing = try Self.files(in: folder)
        try makeRoom(standing, for: bytes.count)
        let number = (standing.last?.number ?? 0) + 1
        let digits = "\(number)"
        let name = String(repeating: "0", count: max(0, 12 - digits.count)) + digits + "-\(snapshot.run.id).json"
        try TrustedFile.write(bytes, to: folder.appending(name), mode: ModeBits(0o640), trusting: .rootAndCaller)
    }

    /// Removes the oldest. Whoever has not read them by now is told of what stands all the same.
    private func makeRoom(_ standing: [File], for size: Int) throws {
        var count = standing.count
        var total = standing.reduce(UInt64(size)) { $0 + $1.size.rawValue }
        for file in standing where count >= Self.fileLimit || total > Self.sizeLimit.rawValue {
            try TrustedFile.remove(file.path, trusting: .rootAndCaller)
            count -= 1
            total -= file.size.rawValue
        }
    }

    private func snapshot(_ report: RunReport, _ isWholeHost: Bool) -> OutboxSnapshot {
        let run = OutboxSnapshot.Run(
            id: report.runID, host: report.host, command: report.command.rawValue, version: report.version,
            user: surroundings.caller.effectiveUser.rawValue, finishedAt: report.finishedAt,
            verdict: report.verdict.rawValue, exitCode: report.verdict.exitCode)
        var roots: [String: RootPicture] = [:]
        for cache in report.caches {
            guard case .present(let root) = (cache.after ?? cache.before).root else { continue }
            roots[cache.plan.name] = RootPicture(cache.plan.path, root, report)
        }
        // Only 'apply' compares all of a cache with its policy; what others do not see, they do not see end.
        let view = report.command == .apply ? view(report, isWholeHost) : .nothing
        return OutboxSnapshot(run: run, view: view, findings: report.standing, roots: roots)
    }

    private func view(_ report: RunReport, _ isWholeHost: Bool) -> OutboxSnapshot.View {
        let isSeen = { (cache: RunReport.Cache) in !cache.plan.isBlocked && (cache.after ?? cache.before).census != nil
        }
        return OutboxSnapshot.View(
            rules: report.rules.sorted { $0.rawValue < $1.rawValue },
            places: report.caches.filter(isSeen).map(\.plan.name) + report.policies.map(\.name),
            unseen: report.caches.filter { !isSeen($0) }.map(\.plan.name), isWholeHost: isWholeHost)
    }

    // MARK: - Reading

    /// What stands in an outbox, and what of it could not be read.
    struct Content {
        let entries: [OutboxEntry]
        let warnings: [String]
    }

    /// Reads every snapshot, in the order of their numbers. A damaged one is left out, with a warning.
    static func read(_ folder: FilePath) throws(FileError) -> Content {
        var entries: [OutboxEntry] = []
        var warnings: [String] = []
        for file in try files(in: folder) {
            do throws(FileError) {
                let bytes = try TrustedFile.read(file.path, limit: snapshotLimit, trusting: .rootAndCaller)
                if let snapshot = decode(bytes) {
                    entries.append(OutboxEntry(number: file.number, snapshot: snapshot))
                } else {
                    warnings.append(
                        "'\(escapedForDisplay(file.path.string))' is damaged or another version's: left out")
                }
            } catch {
                // The agent removes the oldest while others read.
                if !error.isMissing { warnings.append("\(error): left out") }
            }
        }
        return Content(entries: entries, warnings: warnings)
    }

    private static func decode(_ bytes: [UInt8]) -> OutboxSnapshot? {
        // What cannot be decoded is a damaged file, and the caller says so.
        guard let snapshot = try? JSONDecoder().decode(OutboxSnapshot.self, from: Data(bytes)),
            snapshot.schema == OutboxSnapshot.schema
        else { return nil }
        return snapshot
    }

    private struct File {
        let number: UInt64
        let path: FilePath
        let size: ByteCount
    }

    /// Other names in the folder are nobody's snapshots.
    private static func files(in folder: FilePath) throws(FileError) -> [File] {
        let found = try TrustedFile.sizes(folder, suffix: ".json", trusting: .rootAndCaller)
        return found.compactMap { path, size in
            guard let digits = path.lastComponent?.string.prefix(12), digits.count == 12, let number = UInt64(digits)
            else { return nil }
            return File(number: number, path: path, size: size)
        }.sorted { $0.number < $1.number }
    }
}

extension RootPicture {
    fileprivate init(_ path: FilePath, _ root: PresentRoot, _ report: RunReport) {
        let node = root.node
        func user(_ id: UInt32) -> String { report.userNames[UserID(id)].map(escapedForDisplay) ?? "\(id)" }
        func group(_ id: UInt32) -> String { report.groupNames[GroupID(id)].map(escapedForDisplay) ?? "\(id)" }
        func lines(_ list: AccessList?) -> [String] {
            (list?.entries ?? []).map { entry in
                let name =
                    switch entry.tag {
                    case .user: user(entry.id)
                    case .group: group(entry.id)
                    case .owner, .owningGroup, .mask, .other: ""
                    }
                let effective = list?.effectiveRights(of: entry) ?? entry.rights
                return "\(entry.tag):\(name):\(entry.rights)"
                    + (effective == entry.rights ? "" : "  #effective:\(effective)")
            }
        }
        self.init(
            path: escapedForDisplay(path.string), kind: node.kind, owner: user(node.owner.rawValue),
            group: group(node.group.rawValue), mode: node.mode, entries: lines(node.accessList),
            defaultEntries: lines(node.defaultList), listed: root.listing)
    }
}
