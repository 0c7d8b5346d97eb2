internal import SystemPackage
internal import WardenModel

/// A node's state as records carry it: `{"kind":"directory","owner":0,"group":100,"mode":"2770","acl":"u::rwx,…"}`.
struct StateText: Codable {
    let state: NodeState

    init(_ state: NodeState) { self.state = state }

    private enum CodingKeys: String, CodingKey {
        case kind, owner, group, mode, acl
        case defaultACL = "default-acl"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(state.kind, forKey: .kind)
        try container.encode(state.owner.rawValue, forKey: .owner)
        try container.encode(state.group.rawValue, forKey: .group)
        try container.encode(state.mode.description, forKey: .mode)
        try container.encodeIfPresent(state.accessList?.recordText, forKey: .acl)
        try container.encodeIfPresent(state.defaultList?.recordText, forKey: .defaultACL)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func parsed<Value>(_ key: CodingKeys, _ text: String, by parse: (String) -> Value?) throws -> Value {
            guard let value = parse(text) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "not readable")
            }
            return value
        }
        let accessList = try container.decodeIfPresent(String.self, forKey: .acl)
        let defaultList = try container.decodeIfPresent(String.self, forKey: .defaultACL)
        state = NodeState(
            kind: try container.decode(NodeKind.self, forKey: .kind),
            owner: UserID(try container.decode(UInt32.self, forKey: .owner)),
            group: GroupID(try container.decode(UInt32.self, forKey: .group)),
            mode: try parsed(.mode, try container.decode(String.self, forKey: .mode), by: ModeBits.init(recordText:)),
            accessList: try accessList.map { try parsed(.acl, $0, by: AccessList.init(recordText:)) },
            defaultList: try defaultList.map { try parsed(.defaultACL, $0, by: AccessList.init(recordText:)) })
    }
}

extension ModeBits {
    /// Reads four octal digits.
    init?(recordText text: some StringProtocol) {
        guard text.utf8.count == 4, let bits = UInt16(text, radix: 8) else { return nil }
        self.init(bits)
    }
}

extension AccessList {
    /// The list in the short form of `getfacl(1)` and `setfacl(1)` with numeric ids: `u::rwx,u:1000:r-x,g::r-x,…`.
    var recordText: String {
        entries.map { entry in
            let id = entry.tag == .user || entry.tag == .group ? String(entry.id) : ""
            return "\(entry.tag.letter):\(id):\(entry.rights)"
        }.joined(separator: ",")
    }

    init?(recordText text: some StringProtocol) {
        var entries: [Entry] = []
        for item in text.split(separator: ",") {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 3, let rights = Rights(recordText: parts[2]) else { return nil }
            switch (parts[0], parts[1]) {
            case ("u", ""): entries.append(Entry(.owner, rights))
            case ("g", ""): entries.append(Entry(.owningGroup, rights))
            case ("m", ""): entries.append(Entry(.mask, rights))
            case ("o", ""): entries.append(Entry(.other, rights))
            case ("u", let digits), ("g", let digits):
                guard let id = UInt32(digits) else { return nil }
                entries.append(Entry(parts[0] == "u" ? .user : .group, id: id, rights))
            default: return nil
            }
        }
        self.init(entries)
    }
}

extension AccessList.Tag {
    fileprivate var letter: String {
        switch self {
        case .owner, .user: "u"
        case .owningGroup, .group: "g"
        case .mask: "m"
        case .other: "o"
        }
    }
}

extension Rights {
    fileprivate init?(recordText text: some StringProtocol) {
        let all = (0...7).map { Rights(rawValue: $0) }
        guard let rights = all.first(where: { $0.description == text }) else { return nil }
        self = rights
    }
}
