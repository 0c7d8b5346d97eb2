import Synchronization
import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

struct PlanExecutorTests {
    @Test(arguments: [1, 4]) func makesEverythingAsPlanned(threads: Int) throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 2, files: 20)
        for file in 20..<540 { try directory.write(FilePath("cache/1/\(file)"), "x") }
        let journal = MemoryJournal()
        let plan = try Drift.plan(for: directory)
        let execution = try PlanExecutor(top: directory.path, threads: threads).execute(plan, journal: journal)
        #expect(execution.failure == nil)
        #expect(execution.exceptions.isEmpty)
        #expect(execution.applied == 20 + 540 + 2)
        #expect(try Drift.plan(for: directory).changes.isEmpty)
        // 512 names of one directory at most are written down at once.
        #expect(journal.intended.count == 1 + 2 + 1)
        #expect(journal.intended.map(\.range.count).max() == 512)
        #expect(journal.concluded.reduce(0) { $0 + $1.applied } == execution.applied)
    }

    @Test func changesNothingTheSecondTime() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 2, files: 20)
        let plan = try Drift.plan(for: directory)
        let executor = PlanExecutor(top: directory.path, threads: 2)
        _ = try executor.execute(plan, journal: MemoryJournal())
        let before = try TreeSnapshot(of: directory.path)
        let again = try executor.execute(plan, journal: MemoryJournal())
        #expect(again.count(.skipped(.changed)) == 42)
        #expect(again.applied == 0)
        #expect(try TreeSnapshot(of: directory.path).differences(from: before).isEmpty)
        let journal = MemoryJournal()
        #expect(try executor.execute(Drift.plan(for: directory), journal: journal).outcomes.isEmpty)
        #expect(journal.intended.isEmpty)
    }

    @Test func opensNoFileWithoutAProof() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 2, files: 3)
        try directory.setMode("cache/0/1", ModeBits(0o600))
        let plan = try Drift.plan(for: directory)
        let executor = PlanExecutor(top: directory.path, threads: 1, proof: { FixedProof(answer: false) })
        let execution = try executor.execute(plan, journal: MemoryJournal())
        // The others could be read before.
        #expect(execution.applied == 5 + 2)
        #expect(execution.exceptions.map(\.path) == [RelativePath("0/1")])
        #expect(execution.count(.skipped(.unproven)) == 1)
        #expect(try directory.status("cache/0/1").mode == ModeBits(0o600))
    }

    @Test(arguments: [0, 1, 2]) func stopsBeforeAChangeThatWasNotWrittenDown(allowed: Int) throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 4, files: 10)
        let journal = MemoryJournal(failingToIntend: allowed)
        let plan = try Drift.plan(for: directory)
        let execution = try PlanExecutor(top: directory.path, threads: 1).execute(plan, journal: journal)
        #expect(execution.failure is MemoryJournal.Failure)
        #expect(execution.applied == allowed * 10)
        #expect(execution.count(.skipped(.interrupted)) == 44 - allowed * 10)
        let changed = try TreeSnapshot(of: directory.path("cache")).nodes.values.filter { $0.mode == Drift.files }
        #expect(changed.count == allowed * 10)
        #expect(journal.concluded.count == allowed)
    }

    @Test func reportsAConclusionThatCouldNotBeWritten() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 4, files: 10)
        let journal = MemoryJournal(failingToConclude: 1)
        let plan = try Drift.plan(for: directory)
        let execution = try PlanExecutor(top: directory.path, threads: 1).execute(plan, journal: journal)
        #expect(execution.failure is MemoryJournal.Failure)
        // The change itself is made, and nothing after it.
        #expect(execution.applied == 20)
        #expect(execution.count(.skipped(.interrupted)) == 24)
    }

    @Test func endsAfterTheNameInHandWhenInterrupted() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 2, files: 10)
        let asked = Counter()
        let plan = try Drift.plan(for: directory)
        let journal = MemoryJournal()
        let executor = PlanExecutor(top: directory.path, threads: 1, isInterrupted: { asked.next() > 5 })
        let execution = try executor.execute(plan, journal: journal)
        #expect(execution.failure == nil)
        #expect(execution.applied > 0 && execution.applied < 10)
        #expect(execution.applied + execution.count(.skipped(.interrupted)) == plan.changeCount)
        // What was written down is concluded, with exact numbers.
        #expect(journal.concluded.map(\.applied) == [execution.applied])
        #expect(journal.concluded.map(\.exceptions) == [10 - execution.applied])
    }

    @Test func refusesAnotherDirectoryAtTheRootsPath() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 1, files: 3)
        let plan = try Drift.plan(for: directory)
        try directory.rename("cache", to: "moved")
        try Drift.makeCache(in: directory, shards: 1, files: 3)
        let before = try TreeSnapshot(of: directory.path("moved"))
        let executor = PlanExecutor(top: directory.path, threads: 1)
        let journal = MemoryJournal()
        let replaced = #expect(throws: ApplyError.self) { _ = try executor.execute(plan, journal: journal) }
        #expect(replaced.map { String(describing: $0.code) } == "rootReplaced")
        try directory.removeTree("cache")
        try directory.makeSymbolicLink("cache", to: directory.path("moved"))
        #expect(throws: ApplyError.self) { _ = try executor.execute(plan, journal: journal) }
        try directory.remove("cache")
        let missing = #expect(throws: ApplyError.self) { _ = try executor.execute(plan, journal: journal) }
        #expect(missing?.description == "cannot open '/cache': No such file or directory")
        #expect(journal.intended.isEmpty)
        #expect(try TreeSnapshot(of: directory.path("moved")).differences(from: before).isEmpty)
    }

    /// Random drift between plan and execution: whatever happens, the numbers add up and nothing is claimed.
    @Test(arguments: [1, 4], UInt64(1)...4) func countsAddUp(threads: Int, seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 4, files: 24)
        try directory.write("victim", "secret", mode: ModeBits(0o600))
        let victim = try directory.status("victim")
        let plan = try Drift.plan(for: directory)
        var generator = SeededGenerator(seed: seed)
        var expected: [Outcome: Int] = [:]
        for shard in 0..<4 {
            for file in 0..<24 {
                let name = FilePath("cache/\(shard)/\(file)")
                switch generator.next() % 8 {
                case 0:
                    try directory.remove(name)
                    expected[.skipped(.vanished), default: 0] += 1
                case 1:
                    try directory.setMode(name, ModeBits(0o600))
                    expected[.skipped(.changed), default: 0] += 1
                case 2:
                    try directory.rename(name, to: FilePath("old-\(shard)-\(file)"))
                    try directory.makeSymbolicLink(name, to: directory.path("victim"))
                    expected[.skipped(.replaced), default: 0] += 1
                case 3:
                    try directory.makeHardLink(FilePath("second-\(shard)-\(file)"), to: name)
                    expected[.skipped(.refused), default: 0] += 1
                default: expected[.applied, default: 0] += 1
                }
            }
        }
        let execution = try PlanExecutor(top: directory.path, threads: threads).execute(plan, journal: MemoryJournal())
        #expect(execution.applied + execution.exceptions.count == plan.changeCount)
        #expect(execution.applied == (expected[.applied] ?? 0) + 4)
        for (outcome, count) in expected where outcome != .applied {
            #expect(execution.count(outcome) == count, "\(outcome), seed \(seed)")
        }
        for outcome in execution.outcomes {
            #expect(outcome.exceptions.map(\.path) == outcome.exceptions.map(\.path).sorted())
        }
        #expect(try directory.status("victim") == victim)
    }

    @Test func refusesADirectoryThatBecameALink() throws {
        let directory = try TemporaryDirectory()
        try Drift.makeCache(in: directory, shards: 2, files: 5)
        try directory.makeDirectory("victim")
        for file in 0..<5 { try directory.write(FilePath("victim/\(file)"), "secret") }
        let plan = try Drift.plan(for: directory)
        try directory.rename("cache/0", to: "moved")
        try directory.makeSymbolicLink("cache/0", to: directory.path("victim"))
        let victim = try TreeSnapshot(of: directory.path("victim"))
        for resolution in [PinnedRoot.Resolution.kernel, .nameByName] {
            let fresh = PlanExecutor(top: directory.path, threads: 2, resolution: resolution)
            let execution = try fresh.execute(plan, journal: MemoryJournal())
            #expect(execution.count(.skipped(.refused)) == 5)
            #expect(execution.count(.skipped(.replaced)) == 1)
            #expect(try TreeSnapshot(of: directory.path("victim")).differences(from: victim).isEmpty)
        }
    }

    /// A counter that any thread may move.
    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)

        func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    }
}
