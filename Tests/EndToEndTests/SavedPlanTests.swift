import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    @Suite("A saved plan", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct SavedPlanTests {
        @Test func isExecutedExactly() throws {
            let host = try TestHost.make()
            let tree = try host.makeUsedCache(by: host.first)
            let plan = host.folder.path("etc/plan.json").string
            let planned = try host.cachewarden("plan", "--out", plan).run()
            #expect(planned.status == 2, "\(planned)")
            let apply = try host.cachewarden("apply", "--plan", plan).run()
            #expect(apply.status == 0, "\(apply)")
            for entry in tree.actions + tree.outputs {
                #expect(try host.folder.status(entry).mode == ModeBits(0o660))
            }
            #expect(try host.cachewarden("check").run().status == 0)
        }

        /// What can happen between a plan and its execution.
        enum Movement: CaseIterable {
            case changed, added, vanished, rootChanged, policyChanged

            /// A word that the refusal must say.
            var word: String { self == .policyChanged ? "polic" : "plan" }
        }

        @Test(arguments: Movement.allCases)
        func isRefusedWhenItsGroundHasMoved(_ movement: Movement) throws {
            let host = try TestHost.make()
            let tree = try host.makeUsedCache(by: host.first)
            let plan = host.folder.path("etc/plan.json").string
            #expect(try host.cachewarden("plan", "--out", plan).run().status == 2)
            try move(host, tree, movement)
            let before = try TreeSnapshot(of: host.cache)
            let apply = try host.cachewarden("apply", "--plan", plan).run()
            #expect(apply.status == 1, "\(apply)")
            #expect(apply.errors.contains(movement.word), "\(apply)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        private func move(_ host: borrowing TestHost, _ tree: GoCacheTree, _ movement: Movement) throws {
            switch movement {
            case .changed: try host.folder.setMode(tree.outputs[3], ModeBits(0o640))
            case .added:
                let directory = tree.actions[0].removingLastComponent()
                let name = (directory.lastComponent?.string ?? "") + String(repeating: "0", count: 62) + "-d"
                try host.folder.write(directory.appending(name), "new")
                try Command("/bin/chown", host.first, host.folder.path(directory.appending(name)).string)
                    .runSuccessfully()
            case .vanished: try host.folder.remove(tree.outputs[3])
            case .rootChanged: try host.folder.setMode("go-build", ModeBits(0o750))
            case .policyChanged:
                try host.writePolicy(
                    try TestHost.sharedPolicy(group: host.group, cache: host.cache) + "# changed\n")
            }
        }

        @Test(arguments: ["", "{", "[]", "{\"schema\": \"cachewarden.plan/999\"}"])
        func isRefusedWhenItIsNoPlan(content: String) throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let plan = try host.folder.write("etc/plan.json", content)
            let before = try TreeSnapshot(of: host.cache)
            let apply = try host.cachewarden("apply", "--plan", plan.string).run()
            #expect(apply.status == 1, "\(apply)")
            #expect(apply.errors.contains("saved plan"), "\(apply)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }
    }
}
