import SystemPackage
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

/// A cache at `/cache` below a directory that stands for `/`, and plans that give it other modes.
enum Drift {
    static let files = ModeBits(0o660)
    static let directories = ModeBits(0o2770)

    /// Returns a plan that gives every file and directory below the cache its wanted mode, as the tree stands now.
    static func plan(for directory: borrowing TemporaryDirectory) throws -> CachePlan {
        let path = directory.path("cache")
        let snapshot = try TreeSnapshot(of: path)
        var subjects: [NodeState: [RelativePath: [(name: [UInt8], inode: UInt64)]]] = [:]
        for relative in snapshot.paths {
            let status = snapshot.nodes[relative]
            guard let status, status.kind == .file || status.kind == .directory else { continue }
            let state = try directory.state(FilePath("cache").pushing(FilePath(nameBytes: relative.bytes)))
            let wanted = status.kind == .file ? files : directories
            guard state.mode != wanted else { continue }
            let (parent, name) = relative.split
            subjects[state, default: [:]][parent, default: []].append((name, status.identity.inode))
        }
        let states = subjects.keys.sorted {
            ($0.kind.rawValue, $0.mode.rawValue) > ($1.kind.rawValue, $1.mode.rawValue)
        }
        let changes = states.map { state in
            var after = state
            after.mode = state.kind == .file ? files : directories
            let chunks = (subjects[state] ?? [:]).map { parent, names in
                var chunk = SubjectList.Chunk(directory: parent)
                for (name, inode) in names { chunk.append(name: name.span, inode: inode) }
                return chunk.sorted()
            }
            return Change(
                rules: [.entryMode], role: nil, before: state, steps: [.setMode(after.mode)], after: after,
                subjects: SubjectList(chunks))
        }
        return CachePlan(
            name: "test", path: "/cache", mode: .enforce, root: try directory.status("cache").identity, findings: [],
            changes: changes)
    }

    /// Makes `files` files of mode 0644 in each of `shards` directories of mode 0755.
    static func makeCache(in directory: borrowing TemporaryDirectory, shards: Int, files: Int) throws {
        try directory.makeDirectory("cache")
        for shard in 0..<shards {
            try directory.makeDirectory(FilePath("cache/\(shard)"))
            for file in 0..<files { try directory.write(FilePath("cache/\(shard)/\(file)"), "x") }
        }
    }
}

extension PlanExecutor.Execution {
    var applied: Int { outcomes.reduce(0) { $0 + $1.applied } }
    var exceptions: [ChangeOutcome.Exception] { outcomes.flatMap(\.exceptions) }

    /// How many subjects have this outcome.
    func count(_ outcome: Outcome) -> Int { exceptions.filter { $0.outcome == outcome }.count }
}
