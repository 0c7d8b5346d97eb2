import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Roots that the agent must not go near, whatever the policy says.
    @Suite("An unsafe root", .enabled(if: TestProcess.isRoot, "needs root"))
    struct RefusalTests {
        // These policies want nothing that could be changed: were one not refused, the host would still be whole.
        @Test(arguments: ["/", "/etc", "/usr", "/var/cache", "/home/x", "/proc/self/cwd"])
        func isRefusedByName(path: String) throws {
            let folder = try TemporaryDirectory(mode: ModeBits(0o755), in: "/var/cache")
            for command in ["check", "plan", "apply"] {
                let result = try run(command, in: folder, cache: path)
                #expect([1, 65].contains(result.status), "\(command) \(path): \(result)")
                #expect((result.output + result.errors).contains(path), "\(command) \(path): \(result)")
            }
        }

        /// What may stand where a cache root should be.
        enum Obstacle: CaseIterable {
            case symbolicLink, linkedAncestor, file, writableAncestor, foreignAncestor, notACache
        }

        @Test(arguments: Obstacle.allCases)
        func isRefusedByWhatItIs(_ obstacle: Obstacle) throws {
            let folder = try TemporaryDirectory(mode: ModeBits(0o755), in: "/var/cache")
            let path = try put(obstacle, in: folder)
            let before = try TreeSnapshot(of: folder.path)
            for command in ["check", "apply"] {
                let result = try run(command, in: folder, cache: folder.path(path).string, drift: true)
                #expect([1, 65].contains(result.status), "\(command) \(obstacle): \(result)")
                #expect((result.output + result.errors).contains("cache-"), "\(command) \(obstacle): \(result)")
            }
            var differences = try TreeSnapshot(of: folder.path).differences(from: before)
            differences.removeAll { $0.description.isEmpty || $0.description.hasSuffix(".yaml") }
            differences.removeAll { $0.description.hasPrefix("log") }
            #expect(differences.isEmpty)
        }

        private func put(_ obstacle: Obstacle, in folder: borrowing TemporaryDirectory) throws -> FilePath {
            try folder.makeDirectory("place")
            switch obstacle {
            case .symbolicLink:
                try makeCache(folder, "real")
                try folder.makeSymbolicLink("place/cache", to: folder.path("real"))
                return "place/cache"
            case .linkedAncestor:
                try makeCache(folder, "place/cache")
                try folder.makeSymbolicLink("link", to: folder.path("place"))
                return "link/cache"
            case .file:
                try folder.write("place/cache", "no directory")
                return "place/cache"
            case .writableAncestor:
                try makeCache(folder, "place/cache")
                try folder.setOwnership("place", group: GroupID(65_534))
                try folder.setMode("place", ModeBits(0o775))
                return "place/cache"
            case .foreignAncestor:
                try makeCache(folder, "place/cache")
                try folder.setOwnership("place", owner: UserID(65_534))
                return "place/cache"
            case .notACache:
                try folder.makeDirectory("place/documents")
                try folder.write("place/documents/thesis.txt", "years of work")
                return "place/documents"
            }
        }

        private func makeCache(_ folder: borrowing TemporaryDirectory, _ name: FilePath) throws {
            try folder.makeDirectory(name)
            _ = try GoCacheTree(in: folder, at: name, pairs: 3)
        }

        private func run(
            _ command: String, in folder: borrowing TemporaryDirectory, cache: String, drift: Bool = false
        ) throws -> CommandResult {
            let wishes = drift ? "\n    mode: \"0711\"\n    entries: {directories: \"0711\", files: \"0600\"}" : ""
            let policy =
                "version: 1\npolicy: unsafe\nmode: enforce\ncaches:\n  - name: unsafe\n    path: \(cache)\(wishes)\n"
            try folder.write("policy.yaml", policy)
            try folder.write("agent.yaml", "version: 1\naudit: {path: \(folder.path("log/audit.jsonl"))}\n")
            return try Command(
                Installation.binary, command, "--policy", folder.path("policy.yaml").string, "--settings",
                folder.path("agent.yaml").string
            ).run()
        }
    }
}
