import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

/// Attackers and administrators in the way of a run.
struct HostileApplyTests {
    /// A shard and a link to a victim change places without end while plans are carried out.
    @Test(.timeLimit(.minutes(30)), arguments: [PinnedRoot.Resolution.kernel, .nameByName])
    func neverTouchesWhatADirectoryWasSwappedFor(resolution: PinnedRoot.Resolution) throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 1, files: 30)
        try directory.makeDirectory("victim")
        for file in 0..<30 {
            try directory.write(FilePath("victim/\(file)"), "secret", mode: ModeBits(0o644))
        }
        try directory.makeSymbolicLink("cache/link", to: directory.path("victim"))
        let victim = try TreeSnapshot(of: directory.path("victim"))
        // Subjects without an inode number: nothing but the way to them protects the victim.
        let (shard, link) = (directory.path("cache/0"), directory.path("cache/link"))
        let executor = PlanExecutor(top: directory.path, threads: 2, resolution: resolution)
        let plan = try unnumbered(try Drift.plan(for: directory))
        let attacker = Attacker.exchanging(shard, link)
        let start = ContinuousClock.now
        var applied = 0
        while start.duration(to: .now) < .milliseconds(1_500) || attacker.successes == 0 || applied == 0 {
            applied += try executor.execute(plan, journal: MemoryJournal()).applied
            #expect(try TreeSnapshot(of: directory.path("victim")).differences(from: victim).isEmpty)
            guard start.duration(to: .now) < .seconds(20) else { break }
        }
        #expect(attacker.stop() > 0)
        #expect(applied > 0)
    }

    /// Returns the plan's changes of files, without the inodes that they speak of, and good for any state.
    private func unnumbered(_ plan: CachePlan) throws -> CachePlan {
        let changes = plan.changes.filter { $0.after.kind == .file }.map { change in
            var chunks: [SubjectList.Chunk] = []
            for chunk in change.subjects.chunks {
                var bare = SubjectList.Chunk(directory: chunk.directory)
                for index in 0..<chunk.count { bare.append(name: Array(chunk.name(index)).span, inode: 0) }
                chunks.append(bare)
            }
            return Change(
                rules: change.rules, role: change.role, before: nil, steps: change.steps, after: change.after,
                subjects: SubjectList(chunks))
        }
        return CachePlan(
            name: plan.name, path: plan.path, mode: plan.mode, root: plan.root, findings: [], changes: changes)
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting takes root"))
    func failsOncePerNameWhereNothingCanBeWritten() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 2, files: 5)
        try directory.withBindMount(of: "cache", at: "cache", .readOnly) { _ in
            let plan = try Drift.plan(for: directory)
            let execution = try PlanExecutor(top: directory.path, threads: 2).execute(plan, journal: MemoryJournal())
            #expect(execution.applied == 0)
            #expect(execution.count(.failed(operation: "set mode of", .readOnlyFileSystem)) == 12)
            #expect(execution.exceptions.count == 12)
        }
    }

    @Test(.enabled(if: TestProcess.isRoot, "the immutable flag takes root"))
    func goesOnPastAnImmutableFile() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 1, files: 5)
        let plan = try Drift.plan(for: directory)
        try directory.withImmutable("cache/0/2") {
            let execution = try PlanExecutor(top: directory.path, threads: 1).execute(plan, journal: MemoryJournal())
            #expect(execution.applied == 5)
            #expect(execution.exceptions.map(\.path) == [RelativePath("0/2")])
            #expect(execution.count(.failed(operation: "set mode of", .notPermitted)) == 1)
        }
    }

    @Test func reportsAListThatNoKernelTakes() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 1, files: 3)
        let plan = try Drift.plan(for: directory)
        let changes = plan.changes.map { change in
            Change(
                rules: change.rules, role: nil, before: change.before, steps: [.setAccessList(AccessList([]))],
                after: change.after, subjects: change.subjects)
        }
        let broken = CachePlan(
            name: "test", path: plan.path, mode: .enforce, root: plan.root, findings: [], changes: changes)
        let journal = MemoryJournal()
        let execution = try PlanExecutor(top: directory.path, threads: 1).execute(broken, journal: journal)
        #expect(execution.count(.failed(operation: "prepare the ACL for", .invalidArgument)) == 4)
        #expect(journal.intended.isEmpty)
    }
}
