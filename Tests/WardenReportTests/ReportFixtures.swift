import SystemPackage
import WardenModel

/// Reports as the agent makes them, for every renderer's tests.
enum ReportFixtures {
    static let noon = Timestamp(seconds: 1_795_435_200)
    static let path: FilePath = "/var/cache/go-build"
    static let hash = String(repeating: "5d", count: 31)

    static let sharedList = AccessList([
        .init(.owner, .all), .init(.user, id: 5003, [.read, .execute]), .init(.owningGroup, .all),
        .init(.group, id: 5555, .all), .init(.mask, .all), .init(.other, []),
    ])

    static func node(
        _ kind: NodeKind, _ owner: UInt32, _ group: UInt32, _ mode: UInt16, acl: AccessList? = nil,
        defaults: AccessList? = nil
    ) -> NodeState {
        NodeState(
            kind: kind, owner: UserID(rawValue: owner), group: GroupID(rawValue: group), mode: ModeBits(mode),
            accessList: acl, defaultList: defaults)
    }

    static func subjects(_ count: Int, ending: String = "a", shards: Int = 4) -> SubjectList {
        var chunks: [SubjectList.Chunk] = []
        for shard in 0..<min(shards, max(count, 1)) {
            let digits = String(shard + 160, radix: 16)
            var chunk = SubjectList.Chunk(directory: RelativePath(digits))
            for index in stride(from: shard, to: count, by: shards) {
                let number = String(index, radix: 16)
                let name = Array(
                    (digits + String(repeating: "0", count: 62 - number.count) + number + "-" + ending).utf8)
                chunk.append(name: name.span, inode: UInt64(1_000_000 + index))
            }
            chunks.append(chunk)
        }
        return SubjectList(chunks)
    }

    static let rootSubject: SubjectList = {
        var chunk = SubjectList.Chunk(directory: .root)
        chunk.append(name: [UInt8]().span, inode: 77)
        return SubjectList([chunk])
    }()

    static let fileSystem = FileSystemObservation(
        type: "ext4", isReadOnly: false, supportsACLs: true, accessTimes: .relatime, hasLazyTimes: false,
        size: ByteCount(107_374_182_400), available: ByteCount(44_023_414_784), inodes: 6_553_600,
        freeInodes: 6_112_345)

    static func census(drifted: Bool = true) -> Census {
        let file = drifted ? node(.file, 5001, 5001, 0o644) : node(.file, 5001, 5555, 0o660, acl: sharedList)
        let folder =
            drifted
            ? node(.directory, 5001, 5001, 0o755)
            : node(.directory, 0, 5555, 0o2770, acl: sharedList, defaults: sharedList)
        func group(_ role: EntryRole, _ node: NodeState, _ count: Int, _ bytes: UInt64) -> EntryGroup {
            EntryGroup(
                role: role, node: node, refusal: nil, count: count, allocated: ByteCount(bytes), subjects: SubjectList()
            )
        }
        var ages = AgeHistogram()
        ages.add(age: 1_800, files: 310, allocated: ByteCount(20_000_000))
        ages.add(age: 43_200, files: 1_200, allocated: ByteCount(90_000_000))
        ages.add(age: 400_000, files: 1_184, allocated: ByteCount(84_300_000))
        return Census(
            groups: [
                group(.shard, folder, 256, 1_048_576), group(.action, file, 1_545, 6_328_320),
                group(.output, file, 1_149, 188_000_000),
                group(.bookkeeping, node(.file, 5002, 5001, 0o600), 2, 8_192),
            ], ages: ages)
    }

    static func observation(
        drifted: Bool = true, root: RootObservation? = nil, census: Census? = nil, path: FilePath = path
    ) -> CacheObservation {
        let state =
            drifted
            ? node(.directory, 0, 0, 0o755)
            : node(.directory, 0, 5555, 0o2770, acl: sharedList, defaults: sharedList)
        let present = PresentRoot(
            identity: InodeIdentity(device: 2049, inode: 77), node: state, fileSystem: fileSystem)
        return CacheObservation(
            name: "go-build", path: path, layout: .goBuild, observedAt: noon, root: root ?? .present(present),
            ancestors: [], census: root == nil ? census ?? Self.census(drifted: drifted) : nil)
    }

    static let rootGroup = Finding(
        rule: .rootGroup, severity: .high, disposition: .repairable, cache: "go-build", subject: "/var/cache/go-build",
        wanted: "group builders", found: "group root", remedy: "run 'cachewarden apply'")

    static let entryACL = Finding(
        rule: .entryACL, severity: .high, disposition: .repairable, cache: "go-build",
        subject: "files below /var/cache/go-build", count: 2_694,
        wanted: "user::rw-,user:ci:r--,group::rw-,group:builders:rw-,mask::rw-,other::---",
        found: "user::rw-,group::r--,other::r--", remedy: "run 'cachewarden apply'",
        examples: [
            .init(path: RelativePath("a0/\(hash)00-a"), found: "user::rw-,group::r--,other::r--"),
            .init(path: RelativePath("a0/\(hash)01-a"), found: "user::rw-,group::r--,other::r--"),
            .init(path: RelativePath("a1/\(hash)02-d"), found: "user::rw-,group::r--,other::r-x"),
        ])

    static let stranger = Finding(
        rule: .entryStranger, severity: .low, disposition: .manual, cache: "go-build",
        subject: "/var/cache/go-build", count: 1, wanted: "nothing but what Go keeps here", found: "one stranger",
        remedy: "look at it and move it away; cachewarden never touches it",
        examples: [.init(path: RelativePath("notes.md"), found: "a file of ann's")])

    static let otherOwner = Finding(
        rule: .lastUseStale, severity: .low, disposition: .advisory, cache: "go-build",
        subject: "files below /var/cache/go-build", count: 1_149, wanted: "last use that Go can refresh",
        found: "entries of two owners", remedy: "nothing to do: 'entries.owner: keep' is the best there is")

    static func changes(_ files: Int = 2_694) -> [Change] {
        let before = node(.file, 5001, 5001, 0o644)
        let after = node(.file, 5001, 5555, 0o660, acl: sharedList)
        let root = node(.directory, 0, 0, 0o755)
        return [
            Change(
                rules: [.entryACL, .entryGroup], role: .action, before: before,
                steps: [
                    .narrowMode(ModeBits(0o600)), .setOwnership(owner: nil, group: GroupID(rawValue: 5555)),
                    .setMode(ModeBits(0o660)), .setAccessList(sharedList),
                ], after: after, subjects: subjects(files)),
            Change(
                rules: [.rootGroup, .rootMode], role: nil, before: root,
                steps: [
                    .setOwnership(owner: .root, group: GroupID(rawValue: 5555)), .setMode(ModeBits(0o2770)),
                    .setDefaultList(sharedList),
                ], after: node(.directory, 0, 5555, 0o2770, defaults: sharedList), subjects: rootSubject),
        ]
    }

    static func plan(
        _ findings: [Finding] = [rootGroup, entryACL, stranger, otherOwner], _ changes: [Change] = changes(),
        mode: CachePlan.Mode = .enforce
    ) -> CachePlan {
        CachePlan(
            name: "go-build", path: path, mode: mode, root: InodeIdentity(device: 2049, inode: 77), findings: findings,
            changes: changes)
    }

    static func report(
        _ command: RunReport.Command, _ verdict: RunReport.Verdict, _ caches: [RunReport.Cache],
        host: String = "build-7", waivers: [WaiverStatus] = [], waiverFindings: [Finding] = [],
        watchFindings: [Finding] = [], policy: FilePath = "/etc/cachewarden/policy.d/shared-builders.yaml",
        notes: [String] = [], nextSteps: [String] = []
    ) -> RunReport {
        RunReport(
            command: command, version: "0.1.0", runID: "20261123T120000Z-4f2a", host: host, startedAt: noon,
            finishedAt: Timestamp(seconds: noon.seconds + 1, nanoseconds: 234_000_000),
            policies: [
                .init(
                    name: "shared-builders", path: policy, digest: String(repeating: "c4", count: 32),
                    caches: [path: PolicyPlace(file: policy, line: 12, column: 11)])
            ],
            caches: caches, waivers: waivers, waiverFindings: waiverFindings, watchFindings: watchFindings,
            notes: notes, nextSteps: nextSteps, verdict: verdict,
            audit: command == .apply
                ? .init(
                    path: "/var/log/cachewarden/audit.jsonl", sequence: 1_017, hash: String(repeating: "9e", count: 32))
                : nil,
            userNames: [.root: "root", UserID(rawValue: 5001): "ann", UserID(rawValue: 5003): "ci"],
            groupNames: [
                GroupID(rawValue: 0): "root", GroupID(rawValue: 5001): "ann", GroupID(rawValue: 5555): "builders",
            ])
    }

    /// A run of an agent that watches, whose policies have changed for the worse.
    static let refused = report(
        .apply, .drift, [.init(plan: plan(), before: observation(drifted: false), remaining: [otherOwner])],
        watchFindings: [
            Finding(
                rule: .policyRefused, severity: .high, disposition: .manual, cache: "shared-builders",
                subject: "/etc/cachewarden/policy.d", wanted: "policies that can be read",
                found: "/etc/cachewarden/policy.d/b.yaml:3:1: error: there is no key 'chaces'", remedy: "Correct them.")
        ], notes: ["a note"])

    static let drift = report(
        .check, .drift, [.init(plan: plan(), before: observation())],
        nextSteps: [
            "cachewarden plan --policy policies/shared-builders.yaml",
            "cachewarden apply --policy policies/shared-builders.yaml",
        ])

    static let planned = report(
        .plan, .drift, [.init(plan: plan(), before: observation())],
        nextSteps: ["cachewarden apply --plan plan.json"])

    static let partlyRepaired: RunReport = {
        let exceptions: [ChangeOutcome.Exception] = [
            .init(path: RelativePath("a0/gone-a"), outcome: .skipped(.vanished)),
            .init(path: RelativePath("a0/one-a"), outcome: .failed(operation: "set group of", .notPermitted)),
            .init(path: RelativePath("a0/two-a"), outcome: .failed(operation: "set group of", .notPermitted)),
            .init(path: RelativePath("a1/x-a"), outcome: .failed(operation: "set group of", .notPermitted)),
            .init(path: RelativePath("a1/y-a"), outcome: .failed(operation: "set group of", .notPermitted)),
            .init(path: RelativePath("a1/z-a"), outcome: .skipped(.replaced)),
        ]
        return report(
            .apply, .partlyRepaired,
            [
                .init(
                    plan: plan(), before: observation(),
                    outcomes: [
                        .init(change: 0, applied: 2_688, exceptions: exceptions), .init(change: 1, applied: 1),
                    ],
                    after: observation(drifted: false), remaining: [stranger, otherOwner])
            ], nextSteps: ["run 'cachewarden apply' as root: CAP_CHOWN is missing"])
    }()
}
