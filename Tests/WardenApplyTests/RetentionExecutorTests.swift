import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

/// A retention plan carried out on real files: whole pairs, actions first, and nothing that somebody uses.
struct RetentionExecutorTests {
    private static let unusedSince = UInt32(SystemClock.now().seconds) - 3_600
    private static let old = Timestamp(seconds: Int64(unusedSince) - 7_200)

    /// A journal that keeps the steps, and fails when a test wants it to.
    private final class Journal: RetentionJournal {
        struct Failure: Error {}

        let steps = Mutex<[String]>([])
        let exceptions = Mutex<[RetentionException]>([])
        private let failsAt: Int?

        init(failingAt number: Int? = nil) { failsAt = number }

        func intend(_ step: RetentionStep, of plan: CachePlan) throws -> UInt64 {
            try steps.withLock { steps in
                guard steps.count != failsAt else { throw Failure() }
                switch step {
                case .evict(let units): steps.append("evict \(units)")
                case .setTimes(let range): steps.append("set times \(range)")
                case .refreshTrim: steps.append("refresh trim")
                case .cleanWithGo: steps.append("clean with go")
                }
                return UInt64(steps.count)
            }
        }

        func conclude(_ token: UInt64, _ outcome: RetentionOutcome, exceptions: [RetentionException]) throws {
            self.exceptions.withLock { $0 += exceptions }
        }
    }

    /// A cache of pairs, all of them old, and a plan that wants all of them gone.
    private struct Cache: ~Copyable {
        let directory: TemporaryDirectory
        let tree: GoCacheTree
        var retention: RetentionPlan

        static func make(pairs: Int) throws -> Cache {
            let directory = try TemporaryDirectory()
            try directory.makeDirectory("cache")
            let tree = try GoCacheTree(in: directory, at: "cache", pairs: pairs)
            var retention = RetentionPlan()
            retention.unusedSince = RetentionExecutorTests.unusedSince
            for (action, output) in zip(tree.actions, tree.outputs) {
                for (path, kind) in [(action, InventoryEntry.Kind.action), (output, .output)] {
                    try directory.setTimes(path, accessed: old, modified: old)
                    retention.evictions.addMember(
                        path: Array(path.string.utf8.dropFirst("cache/".utf8.count)),
                        inode: try directory.status(path).identity.inode, kind: kind)
                }
                retention.evictions.endUnit(
                    lastUse: UInt32(old.seconds), allocated: ByteCount(8_192), rule: .sizeExceeded)
            }
            return Cache(directory: directory, tree: tree, retention: retention)
        }

        func plan() throws -> CachePlan {
            CachePlan(
                name: "test", path: "/cache", mode: .enforce, root: try directory.status("cache").identity,
                findings: [], changes: [], retention: retention)
        }

        /// How many actions and outputs are still there.
        func remaining() throws -> (actions: Int, outputs: Int) {
            (
                try tree.actions.count { try directory.exists($0) },
                try tree.outputs.count { try directory.exists($0) }
            )
        }
    }

    private func execute(
        _ cache: borrowing Cache, journal: Journal = Journal(), hasBuilds: Bool = false, threads: Int = 2,
        interruptedAfter calls: Int = .max
    ) throws -> RetentionExecutor.Execution {
        let asked = Atomic<Int>(0)
        let executor = RetentionExecutor(
            top: cache.directory.path, threads: threads, now: { SystemClock.now() }, hasBuilds: { hasBuilds },
            isInterrupted: { asked.wrappingAdd(1, ordering: .relaxed).oldValue >= calls })
        return try executor.execute(try cache.plan(), journal: journal)
    }

    @Test func removesWholePairsAndSaysSo() throws {
        let cache = try Cache.make(pairs: 50)
        let journal = Journal()
        let execution = try execute(cache, journal: journal)
        #expect(execution.failure == nil)
        #expect(execution.outcome.removed == 100 && execution.outcome.removedByRule == [.sizeExceeded: 100])
        #expect(execution.outcome.freed.rawValue > 0)
        #expect(try cache.remaining() == (0, 0))
        #expect(try cache.directory.exists("cache/README"))
        #expect(journal.steps.withLock { $0 } == ["evict 0..<50"])
    }

    @Test func aUsedActionKeepsItsOutput() throws {
        let cache = try Cache.make(pairs: 3)
        try cache.directory.setTimes(cache.tree.actions[1], accessed: SystemClock.now())
        let execution = try execute(cache)
        #expect(execution.outcome.removed == 4)
        #expect(execution.outcome.kept == [.used: 1, .waiting: 1])
        #expect(try cache.directory.exists(cache.tree.actions[1]) && cache.directory.exists(cache.tree.outputs[1]))
    }

    @Test func anOpenActionKeepsItsOutput() throws {
        let cache = try Cache.make(pairs: 3)
        let reader = try FileDescriptor.open(cache.directory.path(cache.tree.actions[1]), .readOnly)
        let execution = try execute(cache)
        try reader.close()
        #expect(execution.outcome.kept == [.open: 1, .waiting: 1])
        #expect(try cache.directory.exists(cache.tree.outputs[1]))
    }

    /// Somebody else removed the action: a build may have read it before, and nothing is left to tell.
    @Test func aVanishedActionKeepsItsOutput() throws {
        let cache = try Cache.make(pairs: 3)
        try cache.directory.remove(cache.tree.actions[1])
        let execution = try execute(cache)
        #expect(execution.outcome.vanished == 1 && execution.outcome.kept == [.waiting: 1])
        #expect(try cache.directory.exists(cache.tree.outputs[1]))
    }

    /// A build that missed stores the same content again: it reads the output to compare hashes.
    @Test func aReadOutputStays() throws {
        let cache = try Cache.make(pairs: 3)
        try cache.directory.setTimes(cache.tree.outputs[1], accessed: SystemClock.now())
        let execution = try execute(cache)
        #expect(execution.outcome.kept == [.used: 1])
        #expect(try cache.directory.exists(cache.tree.outputs[1]))
    }

    @Test func withoutATraceOfReadsOutputsWait() throws {
        var cache = try Cache.make(pairs: 4)
        cache.retention.passes = .separate
        let execution = try execute(cache)
        #expect(execution.outcome.removed == 4 && execution.outcome.kept == [.waiting: 4])
        #expect(try cache.remaining() == (0, 4))
    }

    @Test(arguments: [true, false]) func withoutATraceOrphansWaitForBuilds(hasBuilds: Bool) throws {
        var cache = try Cache.make(pairs: 2)
        cache.retention.passes = .separate
        cache.retention.evictions = EvictionList()
        for output in cache.tree.outputs {
            cache.retention.evictions.addMember(
                path: Array(output.string.utf8.dropFirst("cache/".utf8.count)),
                inode: try cache.directory.status(output).identity.inode, kind: .output)
            cache.retention.evictions.endUnit(lastUse: 0, allocated: .zero, rule: .sizeExceeded)
        }
        let removed = try execute(cache, hasBuilds: hasBuilds).outcome.removed
        #expect(removed == (hasBuilds ? 0 : 2))
    }

    @Test func removesNothingThatIsNotWrittenDown() throws {
        let cache = try Cache.make(pairs: 5)
        let execution = try execute(cache, journal: Journal(failingAt: 0))
        #expect(execution.failure is Journal.Failure)
        #expect(try cache.remaining() == (5, 5))
    }

    @Test func anInterruptionEndsItBetweenTwoUnits() throws {
        let cache = try Cache.make(pairs: 20)
        let execution = try execute(cache, threads: 1, interruptedAfter: 8)
        let left = try cache.remaining()
        #expect(left.actions == left.outputs && (1..<20).contains(left.actions))
        #expect(execution.outcome.kept[.interrupted] == left.actions * 2)
    }

    @Test func aSpentBudgetEndsIt() throws {
        var cache = try Cache.make(pairs: 20)
        cache.retention.budget.time = .zero
        let execution = try execute(cache)
        #expect(execution.outcome.removed == 0 && execution.outcome.kept == [.budget: 40])
        #expect(try cache.remaining() == (20, 20))
    }

    @Test func followsNoSwappedShard() throws {
        let cache = try Cache.make(pairs: 1)
        let victim = try TemporaryDirectory()
        let shard = cache.tree.actions[0].removingLastComponent()
        let name = try #require(cache.tree.actions[0].lastComponent)
        try victim.write(FilePath(name.string), "precious")
        try victim.setTimes(FilePath(name.string), accessed: Self.old, modified: Self.old)
        try FileManager.default.moveItem(
            atPath: cache.directory.path(shard).string, toPath: cache.directory.path("aside").string)
        try cache.directory.makeSymbolicLink(shard, to: victim.path)
        let execution = try execute(cache)
        #expect(execution.outcome.removed == 0)
        #expect(try victim.exists(FilePath(name.string)))
    }

    @Test func anotherRootIsRefused() throws {
        let cache = try Cache.make(pairs: 1)
        let plan = try cache.plan()
        try FileManager.default.moveItem(
            atPath: cache.directory.path("cache").string, toPath: cache.directory.path("old").string)
        try cache.directory.makeDirectory("cache")
        let executor = RetentionExecutor(
            top: cache.directory.path, threads: 1, now: { SystemClock.now() }, hasBuilds: { false },
            isInterrupted: { false })
        #expect(throws: ApplyError.self) { try executor.execute(plan, journal: Journal()) }
    }

    @Test func setsTimesAndTrimAfterwards() throws {
        var cache = try Cache.make(pairs: 2)
        cache.retention.evictions = EvictionList()
        cache.retention.trim = TrimRefresh(moment: 1_795_406_400, making: nil)
        let action = cache.tree.actions[0]
        cache.retention.times.add(
            path: Array(action.string.utf8.dropFirst("cache/".utf8.count)),
            inode: try cache.directory.status(action).identity.inode, moment: Self.unusedSince, reason: .lastUse)
        let journal = Journal()
        let execution = try execute(cache, journal: journal)
        #expect(execution.outcome.timesSet == 1 && execution.outcome.trimRefreshed)
        #expect(journal.steps.withLock { $0 } == ["refresh trim", "set times 0..<1"])
        #expect(try cache.directory.status(action).modified.seconds == Int64(Self.unusedSince))
        #expect(try cache.directory.read("cache/trim.txt") == Array("1795406400".utf8))
    }
}
