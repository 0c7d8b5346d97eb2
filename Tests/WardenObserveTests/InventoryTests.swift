import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

struct InventoryTests {
    private func census(
        of directory: borrowing TemporaryDirectory, inventory: InventoryDemand = .pairs,
        accessLists: AccessListDemand = .all, threads: Int = 1
    ) throws -> Census {
        try #require(
            try CacheObserver(top: directory.path, threads: threads, now: FakeClock().now).observe(
                name: "test", path: "/cache", layout: .goBuild, inventory: inventory, accessLists: accessLists
            ) { _, _, _ in .none }.census)
    }

    @Test(arguments: [1, 3]) func pairsEveryActionWithItsOutput(threads: Int) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        let tree = try GoCacheTree(in: directory, at: "cache", pairs: 40)
        try directory.write(tree.actions[0], "cut short")
        let census = try census(of: directory, threads: threads)
        let inventory = try #require(census.inventory)
        let totals = inventory.totals(now: FakeClock().now())
        #expect((totals.pairs, totals.damagedActions) == (39, 1))
        #expect((totals.orphanedOutputs, totals.orphanedActions) == (1, 1))
        #expect((inventory.count, inventory.unreadActions) == (80, 0))
        #expect(census.ages == totals.ages)
        #expect(census.count(.action) == 40)
    }

    @Test func knowsOfEachEntryWhatItsInodeSays() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        let tree = try GoCacheTree(in: directory, at: "cache", pairs: 3)
        let used = Timestamp(seconds: FakeClock().now().seconds - 1_000)
        try directory.setTimes(tree.actions[1], accessed: used, modified: Timestamp(seconds: used.seconds - 50))
        let status = try directory.status(tree.actions[1])
        let inventory = try #require(try census(of: directory).inventory)
        let pair = try #require(inventory.pair(holding: status.identity.inode))
        let entry = try #require(inventory.entry(status.identity.inode, of: pair))
        #expect(entry.kind == .action)
        #expect(Int64(entry.lastUse) == used.seconds)
        #expect(Int64(entry.modified) == used.seconds - 50)
        #expect(pair.entries.count == 2)
        #expect(inventory.entry(1, of: pair) == nil)
        // Reading it has not made it younger.
        let again = try #require(try census(of: directory).inventory)
        #expect(again.entry(status.identity.inode, of: pair)?.lastUse == entry.lastUse)
    }

    @Test func readsAccessListsOnlyWhereAskedFor() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        let tree = try GoCacheTree(in: directory, at: "cache", pairs: 1)
        let list = AccessList([
            .init(.owner, [.read, .write]), .init(.user, id: 7, .all), .init(.owningGroup, [.read]),
            .init(.mask, .all), .init(.other, []),
        ])
        try directory.setAccessList(tree.actions[0], list)
        for (demand, lists) in [(AccessListDemand.all, [list]), (.none, [])] {
            let census = try census(of: directory, accessLists: demand)
            #expect(census.groups.compactMap(\.node.accessList) == lists)
            #expect(census.inventory?.count == 2)
        }
    }
}
