internal import FoundationEssentials
internal import SystemPackage
internal import WardenModel

/// The plan as its document spells it.
struct PlanForm: Codable {
    let schema: String
    let host: String
    let madeAt: Timestamp
    let policyDigest: String
    let caches: [CacheForm]
    /// Missing from documents of plans without toolchains.
    let toolchains: [ToolchainForm]?
    /// Missing from documents of plans without files.
    let delivery: DeliveryPlanForm?

    private enum CodingKeys: String, CodingKey {
        case schema, host, caches, toolchains, delivery
        case madeAt = "made-at"
        case policyDigest = "policy-digest"
    }

    init(_ plan: Plan) {
        schema = PlanDocument.schema
        host = plan.host
        madeAt = plan.madeAt
        policyDigest = plan.policyDigest
        caches = plan.caches.map(CacheForm.init)
        toolchains = plan.toolchains.isEmpty ? nil : plan.toolchains.map(ToolchainForm.init)
        delivery = plan.delivery.isEmpty ? nil : DeliveryPlanForm(plan.delivery)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        schema = try container.decode(String.self, forKey: .schema)
        // First of all: a document of another schema is not missing fields, it is something else.
        guard schema == PlanDocument.schema else {
            throw PlanDocumentError(
                place: ".schema",
                reason: "'\(PlanDocument.schema)' was expected, found '\(escapedForDisplay(String(schema.prefix(80))))'"
            )
        }
        host = try container.decode(String.self, forKey: .host)
        madeAt = try container.decode(Timestamp.self, forKey: .madeAt)
        policyDigest = try container.decode(String.self, forKey: .policyDigest)
        caches = try container.decode([CacheForm].self, forKey: .caches)
        toolchains = try container.decodeIfPresent([ToolchainForm].self, forKey: .toolchains)
        delivery = try container.decodeIfPresent(DeliveryPlanForm.self, forKey: .delivery)
    }

    var plan: Plan {
        Plan(
            host: host, madeAt: madeAt, policyDigest: policyDigest, caches: caches.map(\.plan),
            toolchains: toolchains?.map(\.plan) ?? [], delivery: delivery?.plan ?? .nothing)
    }
}

/// One cache's part.
struct CacheForm: Codable {
    let name: String
    let path: String
    let mode: CachePlan.Mode
    let root: InodeIdentity?
    let findings: [Finding]
    let changes: [ChangeForm]
    let retention: RetentionForm?

    init(_ plan: CachePlan) {
        name = plan.name
        path = plan.path.string
        mode = plan.mode
        root = plan.root
        findings = plan.findings
        changes = plan.changes.map(ChangeForm.init)
        retention = plan.retention.map(RetentionForm.init)
    }

    var plan: CachePlan {
        CachePlan(
            name: name, path: FilePath(path), mode: mode, root: root, findings: findings,
            changes: changes.map(\.change), retention: retention?.plan)
    }
}

/// One change, its subjects directory by directory.
struct ChangeForm: Codable {
    let rules: [RuleID]
    let role: EntryRole?
    let before: StateForm?
    let steps: [StepForm]
    let after: StateForm
    let subjects: [ChunkForm]

    init(_ change: Change) {
        rules = change.rules
        role = change.role
        before = change.before.map(StateForm.init)
        steps = change.steps.map(StepForm.init)
        after = StateForm(change.after)
        subjects = change.subjects.chunks.map(ChunkForm.init)
    }

    var change: Change {
        Change(
            rules: rules, role: role, before: before?.state, steps: steps.map(\.step), after: after.state,
            subjects: SubjectList(subjects.map(\.chunk)))
    }
}

/// A permission state: `{"kind": "file", "owner": 0, "group": 5555, "mode": "0660", "acl": ["user::rw-", …]}`.
struct StateForm: Codable {
    let kind: NodeKind
    let owner: UInt32
    let group: UInt32
    let mode: ModeForm
    let acl: ListForm?
    let defaultACL: ListForm?

    private enum CodingKeys: String, CodingKey {
        case kind, owner, group, mode, acl
        case defaultACL = "default-acl"
    }

    init(_ node: NodeState) {
        kind = node.kind
        owner = node.owner.rawValue
        group = node.group.rawValue
        mode = ModeForm(mode: node.mode)
        acl = node.accessList.map(ListForm.init)
        defaultACL = node.defaultList.map(ListForm.init)
    }

    var state: NodeState {
        NodeState(
            kind: kind, owner: UserID(rawValue: owner), group: GroupID(rawValue: group), mode: mode.mode,
            accessList: acl?.list, defaultList: defaultACL?.list)
    }
}

/// A mode as four octal digits.
struct ModeForm: Codable {
    let mode: ModeBits

    init(mode: ModeBits) { self.mode = mode }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard text.utf8.count == 4, let value = UInt16(text, radix: 8), text.utf8.allSatisfy({ $0 >= 0x30 }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "four octal digits were expected")
        }
        mode = ModeBits(value)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(mode.description)
    }
}

/// An ACL as its entries with ids: `["user::rwx", "group:5555:rwx", …]`.
struct ListForm: Codable {
    let list: AccessList

    init(list: AccessList) { self.list = list }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let texts = try container.decode([String].self)
        let entries = try texts.map { text in
            guard let entry = Self.entry(text) else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "'\(escapedForDisplay(String(text.prefix(40))))' is no ACL entry with an id")
            }
            return entry
        }
        list = AccessList(entries)
        guard list.entries == entries else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "the entries are not in the kernel's order, or name someone twice")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(list.entries.map(numericText))
    }

    private static func entry(_ text: String) -> AccessList.Entry? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 3, let rights = rights(fields[2]) else { return nil }
        let id = UInt32(fields[1])
        let entry: AccessList.Entry? =
            switch (fields[0], fields[1].isEmpty) {
            case ("user", true): .init(.owner, rights)
            case ("group", true): .init(.owningGroup, rights)
            case ("mask", true): .init(.mask, rights)
            case ("other", true): .init(.other, rights)
            case ("user", false): id.map { .init(.user, id: $0, rights) }
            case ("group", false): id.map { .init(.group, id: $0, rights) }
            default: nil
            }
        // Only the spelling that we write: "+5" and "05" are numbers too.
        return entry.flatMap { numericText($0) == text ? $0 : nil }
    }

    private static func rights(_ text: Substring) -> Rights? {
        (UInt8(0)...7).lazy.map(Rights.init).first { $0.description == text }
    }
}
