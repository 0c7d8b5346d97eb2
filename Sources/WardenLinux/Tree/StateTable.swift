internal import CLinux
internal import SystemPackage
internal import WardenModel

/// Everything that makes two entries need the same repair, in 16 bytes.
struct StateKey: Hashable {
    let ownership: UInt64
    let rest: UInt64

    /// - Parameter kind: The role in the upper four bits, the refusal in the lower.
    init(_ status: clinux_status, kind: UInt8, part: UInt8, access: UInt16, inherited: UInt16) {
        ownership = UInt64(status.owner) << 32 | UInt64(status.group)
        rest =
            UInt64(status.mode) << 48 | UInt64(kind) << 40 | UInt64(part) << 32 | UInt64(access) << 16
            | UInt64(inherited)
    }

    /// A slot of a small table; the constant is 2^64 divided by the golden ratio (Fibonacci hashing).
    var slot: Int { Int((((ownership &* 31) ^ rest) &* 0x9e37_79b9_7f4a_7c15) >> 58) }
}

/// Counts entries by state, one table for each thread.
struct StateTable: ~Copyable {
    /// A state and how often it was met.
    struct Record {
        let role: EntryRole
        let node: NodeState
        let refusal: Refusal?
        /// A number of `TreeParts`.
        let part: UInt8
        let demand: NameDemand
        var count = 0
        /// In units of 512 bytes, as `st_blocks`.
        var blocks: UInt64 = 0
        var chunks: [SubjectList.Chunk] = []
        var first: [FirstNames.Subject] = []
    }

    /// An honest tree has a few dozen.
    private static let limit = 4_096
    private static let slots = 64

    private(set) var records: [Record] = []
    /// Whether all states that come now are one, whatever they are.
    var isFull: Bool { records.count >= Self.limit }
    var lists = AccessListTable()
    private var indexes: [StateKey: Int] = [:]
    private var recentKeys: [StateKey?] = Array(repeating: nil, count: slots)
    private var recentIndexes = [Int](repeating: 0, count: slots)
    private let demand: @Sendable (EntryRole, NodeState, Refusal?) -> NameDemand

    init(demand: @escaping @Sendable (EntryRole, NodeState, Refusal?) -> NameDemand) {
        self.demand = demand
    }

    /// Counts one entry and returns its state's place in `records`.
    mutating func count(
        _ status: clinux_status, role: EntryRole, refusal: Refusal?, part: UInt8, access: UInt16, inherited: UInt16
    ) -> Int {
        let kind = Self.number(role) << 4 | Self.number(refusal)
        let key = StateKey(status, kind: kind, part: part, access: access, inherited: inherited)
        let slot = key.slot
        let index: Int
        if recentKeys[slot] == key {
            index = recentIndexes[slot]
        } else {
            index = indexes[key] ?? add(key, status, role, refusal, part, access, inherited)
            recentKeys[slot] = key
            recentIndexes[slot] = index
        }
        records[index].count += 1
        records[index].blocks &+= status.blocks
        return index
    }

    mutating func add(_ chunk: consuming SubjectList.Chunk, to index: Int) { records[index].chunks.append(chunk) }

    mutating func offer(_ index: Int, directory: [UInt8], name: borrowing Span<UInt8>, inode: UInt64) {
        FirstNames.offer(&records[index].first, directory: directory, name: name, inode: inode)
    }

    private mutating func add(
        _ key: StateKey, _ status: clinux_status, _ role: EntryRole, _ refusal: Refusal?, _ part: UInt8,
        _ access: UInt16, _ inherited: UInt16
    ) -> Int {
        var node = NodeState(
            kind: NodeKind(modeBits: status.mode), owner: UserID(status.owner), group: GroupID(status.group),
            mode: ModeBits(status.mode))
        var refusal = refusal
        guard records.count < Self.limit else {
            // One state for all that come too late, whatever else is wrong with them: the table must not grow.
            if records.count == Self.limit {
                records.append(
                    Record(
                        role: role, node: node, refusal: .tooManyStates, part: TreeParts.none,
                        demand: demand(role, node, .tooManyStates)))
            }
            return Self.limit
        }
        if access == AccessListTable.overflow || inherited == AccessListTable.overflow {
            refusal = refusal ?? .tooManyStates
        } else {
            node.accessList = list(access, &refusal)
            node.defaultList = list(inherited, &refusal)
        }
        records.append(
            Record(role: role, node: node, refusal: refusal, part: part, demand: demand(role, node, refusal)))
        indexes[key] = records.count - 1
        return records.count - 1
    }

    /// Returns the ACL with this number; one that the kernel would not have accepted makes the entry refused.
    private func list(_ number: UInt16, _ refusal: inout Refusal?) -> AccessList? {
        guard number != AccessListTable.none else { return nil }
        guard let list = AccessList(attribute: lists.attributes[Int(number)]) else {
            refusal = refusal ?? .unreadableACL
            return nil
        }
        return list
    }

    private static func number(_ role: EntryRole) -> UInt8 {
        switch role {
        case .shard: 0
        case .action: 1
        case .output: 2
        case .executableDirectory: 3
        case .executable: 4
        case .bookkeeping: 5
        case .fuzz: 6
        case .plain: 7
        case .system: 8
        case .stranger: 9
        }
    }

    private static func number(_ refusal: Refusal?) -> UInt8 {
        switch refusal {
        case nil: 0
        case .symbolicLink: 1
        case .hardLink: 2
        case .specialFile: 3
        case .foreignMount: 4
        case .setID: 5
        case .tooDeep: 6
        case .notOneExecutable: 7
        case .unreadableACL: 8
        case .rootOwned: 9
        case .tooManyStates: 10
        }
    }
}

/// The first few names of a state in the order of their paths, whatever order the threads find them in.
enum FirstNames {
    struct Subject {
        let path: RelativePath
        let inode: UInt64
    }

    /// Keeps the name if it is among the first few so far.
    static func offer(
        _ subjects: inout [Subject], directory: [UInt8], name: borrowing Span<UInt8>, inode: UInt64
    ) {
        if subjects.count >= TreeQuestion.exampleLimit, let last = subjects.last,
            !precedes(directory, name, last.path.bytes)
        {
            return
        }
        var path = directory
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        for index in name.indices { path.append(name[index]) }
        insert(Subject(path: RelativePath(bytes: path), inode: inode), into: &subjects)
    }

    static func insert(_ subject: Subject, into subjects: inout [Subject]) {
        let position = subjects.firstIndex { subject.path < $0.path } ?? subjects.endIndex
        subjects.insert(subject, at: position)
        if subjects.count > TreeQuestion.exampleLimit { subjects.removeLast() }
    }

    /// Whether `directory/name` comes before `path`, without building it.
    private static func precedes(_ directory: [UInt8], _ name: borrowing Span<UInt8>, _ path: [UInt8]) -> Bool {
        let prefix = directory.isEmpty ? 0 : directory.count + 1
        let total = prefix + name.count
        for index in 0..<min(total, path.count) {
            let byte =
                index < directory.count
                ? directory[index] : index < prefix ? UInt8(ascii: "/") : name[index - prefix]
            if byte != path[index] { return byte < path[index] }
        }
        return total < path.count
    }
}
