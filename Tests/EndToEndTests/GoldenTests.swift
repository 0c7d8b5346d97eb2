import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// What people read, word for word: stdout, stderr and the exit code of each command.
    @Suite("Words", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct GoldenTests {
        @Test func ofARepairFromCheckToAudit() throws {
            let host = try TestHost.make()
            let names = try host.names()
            _ = try host.makeUsedCache(by: host.first)
            try Golden.expect(try host.cachewarden("check").run(), is: "check-drift", names: names)
            try Golden.expect(try host.cachewarden("plan").run(), is: "plan-drift", names: names)
            try Golden.expect(try host.cachewarden("apply").run(), is: "apply-drift", names: names)
            try Golden.expect(try host.cachewarden("check").run(), is: "check-compliant", names: names)
            try Golden.expect(try host.cachewarden("apply").run(), is: "apply-compliant", names: names)
        }

        @Test func ofAMissingRoot() throws {
            let host = try TestHost.make()
            let names = try host.names()
            try Golden.expect(try host.cachewarden("check").run(), is: "check-missing", names: names)
            try Golden.expect(try host.cachewarden("apply").run(), is: "apply-missing", names: names)
        }

        @Test func ofAnUnsafeRoot() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try host.folder.setOwnership("", group: GroupID(65_534))
            try host.folder.setMode("", ModeBits(0o775))
            // Nobody may write where the policy stands either, so it comes from elsewhere.
            let elsewhere = try TemporaryDirectory(mode: ModeBits(0o755), in: "/var/cache")
            let policy = try elsewhere.write(
                "policy.yaml", try TestHost.sharedPolicy(group: host.group, cache: host.cache))
            let check = try Command(Installation.binary, "check", "--policy", policy.string).run()
            let names = try host.names().merging([elsewhere.path.string: "{elsewhere}"]) { name, _ in name }
            try Golden.expect(check, is: "check-unsafe", names: names)
        }

        @Test func ofAStalePlan() throws {
            let host = try TestHost.make()
            let tree = try host.makeUsedCache(by: host.first)
            let plan = host.folder.path("etc/plan.json").string
            #expect(try host.cachewarden("plan", "--out", plan).run().status == 2)
            try host.folder.remove(tree.outputs[3])
            let apply = try host.cachewarden("apply", "--plan", plan).run()
            try Golden.expect(apply, is: "apply-stale", names: try host.names())
        }
    }
}
