internal import FoundationEssentials
internal import SystemPackage
internal import WardenModel

/// A step: `{"step": "set-mode", "mode": "2770"}`.
struct StepForm: Codable {
    let step: ChangeStep

    private enum Name: String, Codable {
        case createDirectory = "create-directory"
        case narrowMode = "narrow-mode"
        case setOwnership = "set-ownership"
        case setMode = "set-mode"
        case setAccessList = "set-acl"
        case setDefaultList = "set-default-acl"
        case removeDefaultList = "remove-default-acl"
    }

    private enum CodingKeys: String, CodingKey { case step, mode, owner, group, acl }

    init(step: ChangeStep) { self.step = step }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func mode() throws -> ModeBits { try container.decode(ModeForm.self, forKey: .mode).mode }
        func list() throws -> AccessList { try container.decode(ListForm.self, forKey: .acl).list }
        switch try container.decode(Name.self, forKey: .step) {
        case .createDirectory: step = .createDirectory
        case .narrowMode: step = .narrowMode(try mode())
        case .setOwnership:
            step = .setOwnership(
                owner: try container.decodeIfPresent(UInt32.self, forKey: .owner).map(UserID.init(rawValue:)),
                group: try container.decodeIfPresent(UInt32.self, forKey: .group).map(GroupID.init(rawValue:)))
        case .setMode: step = .setMode(try mode())
        case .setAccessList: step = .setAccessList(try list())
        case .setDefaultList: step = .setDefaultList(try list())
        case .removeDefaultList: step = .removeDefaultList
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch step {
        case .createDirectory: try container.encode(Name.createDirectory, forKey: .step)
        case .narrowMode(let mode):
            try container.encode(Name.narrowMode, forKey: .step)
            try container.encode(ModeForm(mode: mode), forKey: .mode)
        case .setOwnership(let owner, let group):
            try container.encode(Name.setOwnership, forKey: .step)
            try container.encodeIfPresent(owner?.rawValue, forKey: .owner)
            try container.encodeIfPresent(group?.rawValue, forKey: .group)
        case .setMode(let mode):
            try container.encode(Name.setMode, forKey: .step)
            try container.encode(ModeForm(mode: mode), forKey: .mode)
        case .setAccessList(let list):
            try container.encode(Name.setAccessList, forKey: .step)
            try container.encode(ListForm(list: list), forKey: .acl)
        case .setDefaultList(let list):
            try container.encode(Name.setDefaultList, forKey: .step)
            try container.encode(ListForm(list: list), forKey: .acl)
        case .removeDefaultList: try container.encode(Name.removeDefaultList, forKey: .step)
        }
    }
}
