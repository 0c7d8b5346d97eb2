import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

/// What opens the units' sandboxes. `UnitTests` has systemd read it.
@Suite("Drop-ins of units") struct UnitDropInsTests {
    @Test func looksAsItDid() throws {
        let needs = UnitNeeds(
            caches: ["/var/cache/go-build", "/var/cache/go-build"], folders: ["/etc/profile.d"],
            created: ["/var/cache/go-build"],
            readsHomes: true, becomesOthers: true, credentials: ["slack-webhook", "hook"])
        try expectSnapshot(UnitDropIns(needs).render(), "units")
    }

    @Test func takesBackWhatNoPolicyAsksForAnyMore() {
        let files = UnitDropIns(UnitNeeds()).files
        #expect(files.count == 5)
        #expect(files.allSatisfy { $0.text.hasSuffix("\n[Service]\n") })
    }

    /// `systemd.syntax(7)`, and specifiers; in a command `$` too.
    @Test func quotesWhatSystemdWouldReadOtherwise() {
        let needs = UnitNeeds(caches: [#"/a b/"%n"\x"#], created: ["/c$d e%"])
        let text = UnitDropIns(needs).render()
        #expect(text.contains(#"ReadWritePaths="-/a b/\"%%n\"\\x""# + "\n"))
        #expect(text.contains(#"--only cache-missing' sh "/c$$d e%%""# + "\n"))
    }
}
