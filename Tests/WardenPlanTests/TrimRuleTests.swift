import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

@Suite("Owning the trim") struct TrimRuleTests {
    private static let now = Int64(RetentionFixture.now)

    private func fixture(ownTrim: Bool = true) -> RetentionFixture {
        var fixture = RetentionFixture { $0.ownTrim = ownTrim }
        fixture.addPair(key: 1 << 56, usedAgo: 60)
        return fixture
    }

    private func refresh(_ trim: TrimObservation, ownTrim: Bool = true) throws -> TrimRefresh? {
        let fixture = fixture(ownTrim: ownTrim)
        let input = RetentionInput(
            builds: .known([]), trim: trim, selection: RetentionSelection(), named: NamedSelection())
        return try fixture.planner().plan(fixture.observation, names: People.names, retention: input).retention?.trim
    }

    @Test(arguments: [
        (TrimObservation.missing, true), (.unreadable, true), (.trimmed(at: now - 86_400), true),
        (.trimmed(at: now - 86_399), false), (.trimmed(at: now + 3_599), false), (.trimmed(at: now + 3_600), true),
        (.trimmed(at: .max), true), (.trimmed(at: .min), true),
    ])
    func isFoundWhenTheNextBuildWouldTrim(trim: TrimObservation, isFound: Bool) throws {
        #expect(try (fixture().finding(.trimNotOwned, trim: trim) != nil) == isFound)
        #expect(try fixture(ownTrim: false).finding(.trimNotOwned, trim: trim) == nil)
    }

    @Test func oneRunADayCoversTheNext() throws {
        let refresh = try #require(try refresh(.trimmed(at: Self.now - 7_200)))
        #expect(refresh.moment == Self.now + 3_000 && refresh.making == nil)
        #expect(try self.refresh(.trimmed(at: Self.now + 3_000)) == nil, "a second run writes nothing")
        #expect(try self.refresh(.trimmed(at: Self.now - 7_200), ownTrim: false) == nil)
    }

    @Test func aLinkIsNeverWritten() throws {
        #expect(try refresh(.refused(.symbolicLink)) == nil)
        #expect(try fixture().finding(.trimNotOwned, trim: .refused(.symbolicLink))?.disposition == .refused)
    }

    @Test func aMissingFileIsMadeForThoseWhoBuild() throws {
        let making = try #require(try refresh(.missing)?.making)
        #expect(making.owner == CacheFixture.goodDirectory.owner && making.group == People.builders)
        #expect(making.mode.group.contains(.write), "Go rewrites the file, and fails the build if it may not")
    }
}
