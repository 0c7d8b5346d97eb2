import Foundation
import SystemPackage
import WardenAudit
import WardenModel

/// A directory of the test's own, mode 0700, gone when the test ends.
struct LogFolder: ~Copyable {
    let path: FilePath

    init() throws {
        let name = "/tmp/warden-audit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: name, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        path = FilePath(name)
    }

    // What cannot be removed costs disk space; the test's verdict stands without it.
    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    var log: FilePath { path.appending("audit.jsonl") }

    func open(run: String = "7f3a0c12", _ options: AuditOptions = .small) throws(AuditError) -> AuditLog {
        try openLog(log, run: run, options)
    }

    /// Where an older file of the log stands, or another beside it.
    func file(_ suffix: String) -> FilePath { FilePath("\(log.string)\(suffix)") }

    /// The names in the folder, sorted.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path.string).sorted() }

    /// Writes a secret of its owner's.
    func writeKey(_ name: String, _ text: String, mode: Int = 0o400) throws -> FilePath {
        let file = path.appending(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.string))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.string)
        return file
    }

    func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: log.string))) }

    func lines() throws -> [[UInt8]] { try bytes().split(separator: UInt8(ascii: "\n")).map(Array.init) }

    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: log.string)) }

    func write(lines: [[UInt8]]) throws {
        try write(Array(lines.map { $0 + [UInt8(ascii: "\n")] }.joined()))
    }

    func verify(expecting head: AuditHead? = nil, keys: [AuditKey] = []) throws -> AuditVerification {
        try AuditVerification.verify(log, expecting: head, keys: keys)
    }

    func records(run: String? = nil) throws -> [AuditRecord] {
        var reader = try AuditReader(log, run: run)
        var records: [AuditRecord] = []
        while let item = try reader.next() {
            if case .record(let record) = item { records.append(record) }
        }
        return records
    }
}

func openLog(
    _ path: FilePath, run: String = "7f3a0c12", _ options: AuditOptions = .small
) throws(AuditError) -> AuditLog {
    try AuditLog.open(
        at: path, now: { Timestamp(seconds: 1_795_406_470, nanoseconds: 5_000_000) }, run: run, options: options)
}

extension AuditOptions {
    /// A log whose reserve costs next to nothing.
    static var small: AuditOptions {
        var options = AuditOptions()
        options.reserve = ByteCount(64 << 10)
        return options
    }

    static func rotating(at size: UInt64 = 64 << 20, keep: Int = 12) -> AuditOptions {
        var options = small
        options.rotateSize = ByteCount(size)
        options.keep = keep
        return options
    }
}

/// Events as a run writes them, with everything that could go wrong in a name.
enum Sample {
    static let start = AuditEvent.runStarted(
        RunStarted(
            command: "apply", version: "0.1.0", host: "build-7", uid: UserID(0),
            policies: [
                .init(name: "shared", path: "/etc/cachewarden/policy.d/shared.yaml", digest: "ab12"),
                .init(name: "built-in", path: nil, digest: nil),
            ],
            caches: [
                .init(
                    name: "go-build", path: "/var/cache/go-build",
                    identity: InodeIdentity(device: .max, inode: 1 << 60)),
                .init(name: "new", path: FilePath("/var/cache/new"), identity: nil),
            ]))

    static let list = AccessList([
        .init(.owner, .all), .init(.user, id: 1_000, [.read]), .init(.owningGroup, [.read, .write]),
        .init(.group, id: 50, .all), .init(.mask, .all), .init(.other, []),
    ])

    static let before = NodeState(
        kind: .directory, owner: UserID(0), group: GroupID(0), mode: ModeBits(0o755))

    static let after = NodeState(
        kind: .directory, owner: UserID(0), group: GroupID(100), mode: ModeBits(0o2770), accessList: list,
        defaultList: list)

    static func intention(_ names: [RelativePath], directory: RelativePath = .root) -> AuditEvent {
        .changesIntended(
            ChangesIntended(
                cache: "go-build", path: "/var/cache/go-build", change: 3, rules: [.entryACL, .entryMode],
                role: .shard, before: before,
                steps: [
                    .createDirectory, .narrowMode(ModeBits(0o700)), .setOwnership(owner: nil, group: GroupID(100)),
                    .setOwnership(owner: UserID(0), group: nil), .setMode(ModeBits(0o2770)), .setAccessList(list),
                    .setDefaultList(list), .removeDefaultList,
                ], after: after, directory: directory, names: names))
    }

    static func conclusion(of sequence: UInt64) -> AuditEvent {
        .changesConcluded(
            ChangesConcluded(
                intended: sequence, applied: 254,
                exceptions: [
                    .init(name: "0a", outcome: .skipped(.vanished)),
                    .init(name: "0b", outcome: .failed(operation: "set mode of", .notPermitted)),
                ]))
    }

    static let evictionIntention = AuditEvent.retentionIntended(
        RetentionIntended(
            cache: "go-build", path: "/var/cache/go-build", step: .evict, rules: [.sizeExceeded, .ageExceeded],
            names: ["a", "d"].map { RelativePath("0f/0f\(String(repeating: "5", count: 62))-\($0)") },
            unusedSince: 1_795_406_400, allocated: ByteCount(8_192)))

    static let timesIntention = AuditEvent.retentionIntended(
        RetentionIntended(
            cache: "go-build", path: "/var/cache/go-build", step: .setTimes, rules: [.lastUseStale],
            names: [RelativePath(bytes: Array("fuzz/".utf8) + [0xff, 0x0a, 0x20])], moments: [7]))

    static func retentionConclusion(of sequence: UInt64) -> AuditEvent {
        .retentionConcluded(
            RetentionConcluded(
                intended: sequence, removed: 1, freedBytes: 4_096, timesSet: 0,
                exceptions: [.init(path: "0f/x", reason: "used")]))
    }

    static let cacheMeasured = AuditEvent.cacheMeasured(
        CacheMeasured(
            cache: "go-build", path: FilePath("/var/cache/\u{1b}[2J"), policy: nil, before: nil,
            after: .init(bytes: 1 << 40, entries: 3), limits: .init(bytes: .max, entries: nil),
            drift: DriftCounts(found: [], standing: [], rules: [.entryMode]),
            work: .init(removed: ["size-exceeded": 1], freedBytes: 4_096, changed: 0, failed: 1)))

    static let hostMeasured = AuditEvent.hostMeasured(
        HostMeasured(policies: ["ab12"], drift: DriftCounts(found: [], standing: [], rules: Set(RuleID.allCases))))

    static let end = AuditEvent.runEnded(
        RunEnded(
            verdict: .partlyRepaired, exitCode: 3, findings: 2, applied: 254, skipped: 1, failed: 1,
            elapsed: .milliseconds(1_234), phases: ["observe": .milliseconds(800)]))
}

extension RelativePath: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}
