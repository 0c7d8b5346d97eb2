import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

struct RootCreationTests {
    private static let list = AccessList([
        .init(.owner, .all), .init(.owningGroup, .all), .init(.group, id: 7, .all), .init(.mask, .all),
        .init(.other, []),
    ])

    private func plan(list: AccessList? = nil, path: FilePath = "/var/cache") -> CachePlan {
        let group = TestProcess.isRoot ? GroupID(77) : TestProcess.group
        let after = NodeState(
            kind: .directory, owner: TestProcess.user, group: group, mode: ModeBits(0o2770), accessList: list,
            defaultList: list)
        var steps: [ChangeStep] = [
            .createDirectory, .setOwnership(owner: after.owner, group: after.group), .setMode(after.mode),
        ]
        if let list { steps += [.setAccessList(list), .setDefaultList(list)] }
        var chunk = SubjectList.Chunk(directory: .root)
        chunk.append(name: [UInt8]().span, inode: 0)
        let change = Change(
            rules: [.cacheMissing], role: nil, before: nil, steps: steps, after: after,
            subjects: SubjectList([chunk]))
        return CachePlan(name: "test", path: path, mode: .enforce, root: nil, findings: [], changes: [change])
    }

    private func outcome(
        of plan: CachePlan, in directory: borrowing TemporaryDirectory, journal: MemoryJournal = MemoryJournal()
    ) throws -> Outcome {
        let execution = try PlanExecutor(top: directory.path, threads: 1).execute(plan, journal: journal)
        #expect(execution.applied + execution.exceptions.count == 1)
        return execution.exceptions.first?.outcome ?? .applied
    }

    @Test(arguments: [nil, list]) func makesTheRootAsWanted(list: AccessList?) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("var")
        let plan = plan(list: list)
        let journal = MemoryJournal()
        #expect(try outcome(of: plan, in: directory, journal: journal) == .applied)
        #expect(try directory.state("var/cache") == plan.changes[0].after)
        #expect(journal.concluded.map(\.applied) == [1])
    }

    @Test(arguments: [nil, list]) func takesNothingOverFromTheParentsDefaultList(list: AccessList?) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("var", mode: ModeBits(0o2755))
        try directory.setDefaultList("var", Self.list.replacing(.init(.user, id: 4_321, .all)))
        let plan = plan(list: list)
        #expect(try outcome(of: plan, in: directory) == .applied)
        #expect(try directory.state("var/cache") == plan.changes[0].after)
    }

    @Test func leavesAloneWhatStandsThereByNow() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("var")
        try directory.makeDirectory("victim", mode: ModeBits(0o700))
        let (cache, victim) = (directory.path("var/cache"), directory.path("victim"))
        // Somebody else is first, between the intent and the change; if not, the outcome below shows it.
        let first = MemoryJournal { _ in try? FixtureCalls.makeSymbolicLink(cache, to: victim) }
        let before = try directory.status("victim")
        #expect(try outcome(of: plan(), in: directory, journal: first) == .skipped(.changed))
        #expect(try directory.status("victim") == before)
        try directory.remove("var/cache")
        // Where it cannot be made the run finds nothing there, and the expectation below fails.
        let second = MemoryJournal { _ in try? FixtureCalls.makeDirectory(cache, mode: ModeBits(0o711)) }
        #expect(try outcome(of: plan(), in: directory, journal: second) == .skipped(.changed))
        #expect(try directory.status("var/cache").mode == ModeBits(0o711))
    }

    @Test func makesNothingThroughALink() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("victim")
        try directory.makeSymbolicLink("var", to: directory.path("victim"))
        #expect(
            try outcome(of: plan(), in: directory) == .failed(operation: "make", .tooManySymbolicLinkLevels))
        #expect(try TreeSnapshot(of: directory.path("victim")).paths.isEmpty)
        try directory.remove("var")
        #expect(try outcome(of: plan(), in: directory) == .failed(operation: "make", .noSuchFileOrDirectory))
    }

    @Test func makesNothingThatWasNotWrittenDown() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("var")
        let executor = PlanExecutor(top: directory.path, threads: 1)
        #expect(throws: MemoryJournal.Failure.self) {
            _ = try executor.execute(plan(), journal: MemoryJournal(failingToIntend: 0))
        }
        #expect(try !directory.exists("var/cache"))
        let execution = try executor.execute(plan(), journal: MemoryJournal(failingToConclude: 0))
        #expect(execution.failure is MemoryJournal.Failure)
        #expect(execution.applied == 1)
    }

    @Test func makesNothingAfterAnInterruption() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("var")
        let executor = PlanExecutor(top: directory.path, threads: 1, isInterrupted: { true })
        let execution = try executor.execute(plan(), journal: MemoryJournal())
        #expect(execution.count(.skipped(.interrupted)) == 1)
        #expect(try !directory.exists("var/cache"))
    }
}

extension AccessList {
    /// Returns the list with one entry more, or another in place of one.
    fileprivate func replacing(_ entry: Entry) -> AccessList { AccessList(entries + [entry]) }
}
