internal import FoundationEssentials
internal import WardenModel

/// Retention as a plan's document spells it.
struct RetentionForm: Codable {
    struct Unit: Codable {
        let lastUse: UInt32
        let bytes: UInt64
        let rule: RuleID?
        let members: [Member]

        private enum CodingKeys: String, CodingKey {
            case bytes, rule, members
            case lastUse = "last-use"
        }
    }

    struct Member: Codable {
        let path: RelativePath
        let inode: UInt64
        let kind: UInt32
    }

    struct Time: Codable {
        let path: RelativePath
        let inode: UInt64
        let moment: UInt32
        let reason: UInt8
    }

    struct Trim: Codable {
        let moment: Int64
        let making: StateForm?
    }

    private let passes: RetentionPlan.Passes
    private let unusedSince: UInt32
    private let units: [Unit]
    private let times: [Time]
    private let trim: Trim?
    private let budgetSeconds: Int64?
    private let cleansWithGo: Bool

    private enum CodingKeys: String, CodingKey {
        case passes, units, times, trim
        case unusedSince = "unused-since"
        case budgetSeconds = "budget-seconds"
        case cleansWithGo = "cleans-with-go"
    }

    init(_ plan: RetentionPlan) {
        passes = plan.passes
        unusedSince = plan.unusedSince
        let list = plan.evictions
        units = list.units.map { unit in
            Unit(
                lastUse: unit.lastUse, bytes: unit.allocated.rawValue, rule: unit.rule,
                members: unit.members.map {
                    Member(path: list.path($0), inode: list.inodes[$0], kind: list.kinds[$0].rawValue)
                })
        }
        times = (0..<plan.times.count).map {
            Time(
                path: plan.times.path($0), inode: plan.times.inodes[$0], moment: plan.times.moments[$0],
                reason: plan.times.reasons[$0].rawValue)
        }
        trim = plan.trim.map { Trim(moment: $0.moment, making: $0.making.map(StateForm.init)) }
        budgetSeconds = plan.budget.time?.components.seconds
        cleansWithGo = plan.cleansWithGo
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        passes = try container.decode(RetentionPlan.Passes.self, forKey: .passes)
        unusedSince = try container.decode(UInt32.self, forKey: .unusedSince)
        units = try container.decode([Unit].self, forKey: .units)
        times = try container.decode([Time].self, forKey: .times)
        trim = try container.decodeIfPresent(Trim.self, forKey: .trim)
        budgetSeconds = try container.decodeIfPresent(Int64.self, forKey: .budgetSeconds)
        cleansWithGo = try container.decode(Bool.self, forKey: .cleansWithGo)
        for unit in units where !unit.isPossible {
            throw DecodingError.dataCorruptedError(
                forKey: .units, in: container, debugDescription: "a unit has no names, or names that no plan has")
        }
        for time in times where !time.isPossible {
            throw DecodingError.dataCorruptedError(
                forKey: .times, in: container, debugDescription: "a time has a name or a reason that no plan has")
        }
    }

    var plan: RetentionPlan {
        var plan = RetentionPlan()
        plan.passes = passes
        plan.unusedSince = unusedSince
        for unit in units {
            for member in unit.members {
                plan.evictions.addMember(
                    path: member.path.bytes, inode: member.inode,
                    kind: InventoryEntry.Kind(rawValue: member.kind) ?? .plain)
            }
            plan.evictions.endUnit(lastUse: unit.lastUse, allocated: ByteCount(unit.bytes), rule: unit.rule)
        }
        for time in times {
            plan.times.add(
                path: time.path.bytes, inode: time.inode, moment: time.moment,
                reason: TimeList.Reason(rawValue: time.reason) ?? .lastUse)
        }
        plan.trim = trim.map { TrimRefresh(moment: $0.moment, making: $0.making?.state) }
        plan.budget.time = budgetSeconds.map { .seconds($0) }
        plan.cleansWithGo = cleansWithGo
        return plan
    }
}

extension RetentionForm.Unit {
    /// Whether its names are names below a root, and its actions come before its outputs.
    fileprivate var isPossible: Bool {
        guard !members.isEmpty, members.count < 1_000_000 else { return false }
        let kinds = members.map { InventoryEntry.Kind(rawValue: $0.kind) }
        guard !kinds.contains(nil), members.allSatisfy({ !$0.path.isRoot && ChunkForm.isPlain($0.path) }) else {
            return false
        }
        let isOutput = kinds.map { $0 == .output || $0 == .executable }
        return !zip(isOutput, isOutput.dropFirst()).contains { $0 && !$1 }
    }
}

extension RetentionForm.Time {
    fileprivate var isPossible: Bool {
        TimeList.Reason(rawValue: reason) != nil && !path.isRoot && ChunkForm.isPlain(path)
    }
}
