internal import SystemPackage
internal import WardenModel

/// A step of a repair as records carry it: a verb and what it sets, `set-mode 2770`, `set-ownership :100`.
struct StepText: Codable {
    let step: ChangeStep

    init(_ step: ChangeStep) { self.step = step }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(step.recordText)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let step = ChangeStep(recordText: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a step")
        }
        self.step = step
    }
}

extension ChangeStep {
    fileprivate var recordText: String {
        switch self {
        case .createDirectory: "create-directory"
        case .narrowMode(let mode): "narrow-mode \(mode)"
        case .setOwnership(let owner, let group):
            "set-ownership \(owner.map { String($0.rawValue) } ?? ""):\(group.map { String($0.rawValue) } ?? "")"
        case .setMode(let mode): "set-mode \(mode)"
        case .setAccessList(let list): "set-acl \(list.recordText)"
        case .setDefaultList(let list): "set-default-acl \(list.recordText)"
        case .removeDefaultList: "remove-default-acl"
        }
    }

    fileprivate init?(recordText text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        let value = parts.count == 2 ? parts[1] : ""
        let step: ChangeStep? =
            switch parts.first {
            case "create-directory": .createDirectory
            case "narrow-mode": ModeBits(recordText: value).map { .narrowMode($0) }
            case "set-ownership": Self.ownership(value)
            case "set-mode": ModeBits(recordText: value).map { .setMode($0) }
            case "set-acl": AccessList(recordText: value).map { .setAccessList($0) }
            case "set-default-acl": AccessList(recordText: value).map { .setDefaultList($0) }
            case "remove-default-acl": .removeDefaultList
            default: nil
            }
        guard let step else { return nil }
        self = step
    }

    private static func ownership(_ text: Substring) -> ChangeStep? {
        let ids = text.split(separator: ":", omittingEmptySubsequences: false)
        guard ids.count == 2 else { return nil }
        let (owner, group) = (UInt32(ids[0]), UInt32(ids[1]))
        // An empty id keeps; anything else that is no number is an error.
        guard ids[0].isEmpty == (owner == nil), ids[1].isEmpty == (group == nil) else { return nil }
        return .setOwnership(owner: owner.map { UserID($0) }, group: group.map { GroupID($0) })
    }
}
