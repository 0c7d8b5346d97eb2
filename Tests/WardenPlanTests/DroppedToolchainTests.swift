import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

/// What `drop-toolchains` takes, and what it leaves.
@Suite("Dropped toolchains") struct DroppedToolchainTests {
    private static let day = RetentionFixture.day

    /// Pairs 1 to 3, of Go 1.20.3, 1.21.0 and 1.27.3, each used two days ago; pair 4 says nothing of its Go.
    private func fixture(
        _ dropped: DroppedToolchains, installed: [String]? = ["go1.27.3"],
        _ change: (inout RetentionPolicy) -> Void = { _ in }
    ) -> RetentionFixture {
        var fixture = RetentionFixture {
            $0.dropToolchains = dropped
            change(&$0)
        }
        fixture.compiled = CompiledOutputs(
            toolchains: installed.map { versions in
                InstalledToolchains(found: versions.map { .init(path: FilePath("/opt/\($0)"), version: $0) })
            })
        for (number, version) in [(1, "go1.20.3"), (2, "go1.21.0"), (3, "go1.27.3")] as [(UInt64, String)] {
            fixture.addPair(key: number << 56, usedAgo: 2 * Self.day)
            fixture.compiled.add(number << 56, madeBy: version)
        }
        fixture.addPair(key: 4 << 56, usedAgo: 3 * Self.day)
        return fixture
    }

    private func gone(_ fixture: RetentionFixture) throws -> Set<UInt64> {
        Set(try fixture.evictedKeys().map { $0 >> 56 })
    }

    @Test func takesWhatTheHostDoesNotHave() throws {
        let fixture = fixture(.uninstalled)
        #expect(try gone(fixture) == [1, 2])
        let finding = try #require(try fixture.finding(.toolchainDropped))
        #expect(finding.count == 4 && finding.disposition == .repairable)
        #expect(finding.wanted == "no outputs of Go versions that this host does not have")
        #expect(finding.found == "4 entries (16.0 KiB) of go1.20.3, go1.21.0 that nobody used lately")
    }

    @Test func takesWhatTheListNames() throws {
        #expect(try gone(fixture(.versions(["go1.20"]))) == [1])
        #expect(try gone(fixture(.versions(["go1.20.3", "go1.27"]))) == [1, 3])
        #expect(try gone(fixture(.versions(["go1.2", "go1.21.1"]))) == [])
        #expect(try fixture(.versions(["go1.19"])).finding(.toolchainDropped) == nil)
    }

    /// A host on which nobody finds any has them somewhere else.
    @Test func takesNothingWhereNoToolchainIsFound() throws {
        #expect(try gone(fixture(.uninstalled, installed: [])) == [])
        #expect(try gone(fixture(.uninstalled, installed: nil)) == [])
    }

    @Test func leavesWhatSomebodyMayBeUsing() throws {
        var running = fixture(.uninstalled)
        running.builds = .known([RetentionFixture.build(startedAgo: 3 * Self.day)])
        #expect(try gone(running) == [])
        var recent = fixture(.uninstalled)
        recent.addPair(key: 5 << 56, usedAgo: 3_600)
        recent.compiled.add(5 << 56, madeBy: "go1.20.3")
        #expect(try gone(recent) == [1, 2])
    }

    @Test func goesBeforeAllElse() throws {
        let limited = fixture(.versions(["go1.27"])) {
            $0.maxSize = ByteCount(3 * 8_192)
            $0.lowWater = 100
        }
        // One pair more than the limit allows: the dropped one is enough, though another is older.
        #expect(try gone(limited) == [3])
        let bounded = fixture(.versions(["go1.20", "go1.27"])) { $0.budget = .init(entries: 2) }
        #expect(try gone(bounded).count == 1)
    }

    @Test func onlyWhereTheRuleIsAskedFor() throws {
        var fixture = fixture(.uninstalled)
        fixture.only = [.sizeExceeded]
        #expect(try gone(fixture) == [])
        #expect(try !fixture.planner().wantsCompiledOutputs)
        fixture.only = []
        #expect(try fixture.planner().wantsCompiledOutputs)
    }

    @Test(arguments: [
        ("go1.20", "go1.20", true), ("go1.20", "go1.20.3", true), ("go1.20", "go1.20rc1", true),
        ("go1.2", "go1.20.3", false), ("go1.20.3", "go1.20.3", true), ("go1.20.3", "go1.20.30", false),
        ("go1.20rc1", "go1.20rc1", true), ("go1.20rc1", "go1.20rc12", false), ("go1.20", "go1.2", false),
    ])
    func aSeriesIsAllItsReleases(listed: String, version: String, matches: Bool) {
        #expect(DroppedToolchains.matches(listed, version) == matches)
    }
}
