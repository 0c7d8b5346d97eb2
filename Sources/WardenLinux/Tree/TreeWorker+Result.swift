internal import SystemPackage
internal import WardenModel

/// What could not be looked at; bounded, so that a hostile tree cannot fill the memory.
struct FailureList: Sendable {
    private static let limit = 100
    private(set) var failures: [ObservationFailure] = []
    private(set) var count = 0

    mutating func add(_ path: RelativePath, _ operation: String, _ cause: Errno) {
        count += 1
        guard failures.count < Self.limit else { return }
        failures.append(ObservationFailure(path: path, operation: operation, cause: cause))
    }
}

extension TreeWorker {
    /// One thread's findings.
    struct Result: Sendable {
        let records: [StateTable.Record]
        let parts: TreeParts
        let ages: AgeHistogram
        let vanished: Int
        let failures: FailureList
        let unreadActions: Int

        /// Returns one census of what all threads found: the same whichever thread saw what.
        static func merged(_ results: [Result]) -> Census {
            var groups: [GroupKey: Group] = [:]
            var census = Census()
            for result in results {
                for record in result.records {
                    groups[GroupKey(record, result.parts), default: Group()].add(record)
                }
                census.ages.add(result.ages)
                census.vanished += result.vanished
                census.failureCount += result.failures.count
                census.failures += result.failures.failures
            }
            census.failures.sort { $0.path < $1.path }
            census.groups = groups.map { $0.value.entryGroup($0.key) }.sorted(by: precedes)
            return census
        }

        private static func precedes(_ left: EntryGroup, _ right: EntryGroup) -> Bool {
            if left.role != right.role { return left.role < right.role }
            return key(left).lexicographicallyPrecedes(key(right))
        }

        private static func key(_ group: EntryGroup) -> [UInt32] {
            let node = group.node
            let lists = [node.accessList, node.defaultList].flatMap { list -> [UInt32] in
                guard let list else { return [0] }
                let entries = list.entries.flatMap { [UInt32($0.tag.rawValue), $0.id, UInt32($0.rights.rawValue)] }
                return [1 + UInt32(list.entries.count)] + entries
            }
            let kind = UInt32(NodeKind.allCases.firstIndex(of: node.kind) ?? 0)
            let refusal = group.refusal.map { 1 + UInt32(Refusal.allCases.firstIndex(of: $0) ?? 0) } ?? 0
            let state = [kind, node.owner.rawValue, node.group.rawValue, UInt32(node.mode.rawValue), refusal] + lists
            return state + (group.part?.bytes.map { UInt32($0) } ?? [])
        }
    }

    private struct GroupKey: Hashable {
        let role: EntryRole
        let node: NodeState
        let refusal: Refusal?
        let part: RelativePath?

        init(_ record: StateTable.Record, _ parts: TreeParts) {
            role = record.role
            node = record.node
            refusal = record.refusal
            part = parts[record.part]
        }
    }

    private struct Group {
        private var count = 0
        private var blocks: UInt64 = 0
        private var chunks: [SubjectList.Chunk] = []
        private var first: [FirstNames.Subject] = []

        mutating func add(_ record: StateTable.Record) {
            count += record.count
            blocks &+= record.blocks
            chunks += record.chunks
            for subject in record.first { FirstNames.insert(subject, into: &first) }
        }

        func entryGroup(_ key: GroupKey) -> EntryGroup {
            var chunks = chunks
            if chunks.isEmpty {
                for subject in first {
                    let (directory, name) = subject.path.split
                    if chunks.last?.directory != directory { chunks.append(SubjectList.Chunk(directory: directory)) }
                    chunks[chunks.endIndex - 1].append(name: name.span, inode: subject.inode)
                }
            }
            return EntryGroup(
                role: key.role, node: key.node, refusal: key.refusal, part: key.part, count: count,
                allocated: ByteCount(blocks &* 512), subjects: SubjectList(chunks))
        }
    }
}
