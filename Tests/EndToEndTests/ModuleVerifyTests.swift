import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Versions that real toolchains have unpacked, whole and damaged, beside what `go mod verify` says of them.
    @Suite("Verifying modules", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct ModuleVerifyTests {
        private static let library = "example.com/!case/lib@v1.0.0"

        /// What can become of the library, and what is said of it.
        enum Damage: String, CaseIterable {
            case flipped, truncated, deleted, added, renamed, lineBreak, otherHash, noHash
            case ziphash, info, mod, partial

            var missing: [String] {
                switch self {
                case .ziphash: ["no-ziphash"]
                case .info: ["no-info"]
                case .mod: ["no-mod"]
                case .partial: ["unfinished"]
                default: []
                }
            }

            var difference: String? {
                missing.isEmpty ? self == .noHash ? "ziphash" : "tree" : nil
            }

            /// What `go mod verify` looks at; the others it fetches, or takes for not unpacked.
            var isGoes: Bool { missing.isEmpty || self == .ziphash }
        }

        /// What is no damage.
        enum Change: String, CaseIterable { case none, noZip, noTree, emptyFolder, mode, times }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func findsAndRepairsEachDamage(toolchain: Installation.Toolchain) throws {
            let host = try TestHost.make()
            let modules = try ModuleHost(host, toolchain)
            try modules.build(host, library: "v1.0.0")
            try modules.age(host, days: 3)
            try expectIntact(host, modules)
            let pristine = host.folder.path("pristine")
            try Command("/bin/cp", "-a", modules.cache.string, pristine.string).runSuccessfully()
            for damage in Damage.allCases {
                try modules.restore(host, pristine)
                var random = SeededGenerator(seed: 7)
                try apply(damage, to: modules, &random)
                try modules.age(host, days: 3)
                let before = try TreeSnapshot(of: modules.cache)
                let (result, report) = try verify(host)
                #expect(result.status == 2, "\(damage): \(result)")
                #expect(try TreeSnapshot(of: modules.cache).differences(from: before).isEmpty, "verify changes nothing")
                let damaged = try #require(report["damaged-versions"] as? [[String: Any]])
                #expect(damaged.map { $0["path"] as? String } == [Self.library], "\(damage)")
                #expect(damaged.first?["missing"] as? [String] == damage.missing, "\(damage): \(damaged)")
                #expect(damaged.first?["difference"] as? String == damage.difference, "\(damage): \(damaged)")
                #expect(report["matching"] as? Int == 1, "\(damage)")
                try expectRepaired(host, modules, damage)
            }
        }

        private func expectIntact(_ host: borrowing TestHost, _ modules: ModuleHost) throws {
            for target in ["modules", modules.cache.string] {
                let result = try host.cachewarden("verify", target).run()
                #expect(result.status == 0 && result.output.hasPrefix("INTACT  2 versions ("), "\(result)")
            }
            var alone = Command(Installation.binary, "verify", modules.cache.string, "--color", "never")
            alone.environment["XDG_STATE_HOME"] = host.folder.path("state").string
            let result = try alone.run()
            #expect(result.status == 0 && result.output.contains("no policy"), "\(result)")
        }

        /// The version goes whole, nothing else does, and Go fetches it again.
        private func expectRepaired(_ host: borrowing TestHost, _ modules: ModuleHost, _ damage: Damage) throws {
            let before = try TreeSnapshot(of: modules.cache).nodes.keys.filter { !isLibrary($0) }.sorted()
            let result = try host.cachewarden("verify", "modules", "--repair", "--wait", "5m").run()
            #expect(
                result.status == 0 && result.output.contains("builds download what they need"), "\(damage): \(result)")
            #expect(try modules.parts(host, "v1.0.0") == [], "\(damage)")
            #expect(try TreeSnapshot(of: modules.cache).nodes.keys.sorted() == before, "\(damage)")
            try modules.build(host, library: "v1.0.0")
            try modules.verify(host)
            let again = try host.cachewarden("verify", "modules").run()
            #expect(again.status == 0 && again.output.hasPrefix("INTACT  2 versions ("), "\(damage): \(again)")
        }

        private func isLibrary(_ path: RelativePath) -> Bool {
            "\(path)".contains("!case/lib@v1.0.0") || "\(path)".contains("!case/lib/@v/v1.0.0")
        }

        /// Both look at the same damaged cache, and name the same versions.
        @Test(.timeLimit(.minutes(15))) func agreesWithGo() throws {
            let host = try TestHost.make()
            let modules = try ModuleHost(host, try #require(Installation.toolchains.last))
            try modules.build(host, library: "v1.0.0")
            let pristine = host.folder.path("pristine")
            try Command("/bin/cp", "-a", modules.cache.string, pristine.string).runSuccessfully()
            var counts = (intact: 0, damaged: 0)
            for seed in 0..<64 {
                var random = SeededGenerator(seed: UInt64(seed))
                try modules.restore(host, pristine)
                let damages = Damage.allCases.filter(\.isGoes)
                let what: String
                if seed % 4 == 3, let change = Change.allCases.randomElement(using: &random) {
                    try apply(change, to: modules, &random)
                    what = change.rawValue
                } else {
                    let damage = damages[(seed * 3 / 4) % damages.count]
                    try apply(damage, to: modules, &random)
                    what = damage.rawValue
                }
                try modules.age(host, days: 3)
                let (_, report) = try verify(host)
                let damaged = try #require(report["damaged-versions"] as? [[String: Any]])
                let ours = damaged.compactMap { $0["path"] as? String }
                let go = try modules.go(host, nil, "mod", "verify").run()
                let theirs = go.errors.contains("example.com/Case/lib v1.0.0:") ? [Self.library] : []
                #expect(theirs.isEmpty == (go.output == "all modules verified\n"), "seed \(seed), \(what): \(go)")
                #expect(ours == theirs, "seed \(seed), \(what): \(go)")
                if ours.isEmpty { counts.intact += 1 } else { counts.damaged += 1 }
            }
            #expect(counts.damaged >= 40 && counts.intact >= 10, "\(counts)")
        }

        /// Verifies without pause while versions are downloaded, unpacked and removed.
        @Test(.timeLimit(.minutes(10))) func callsNothingDamagedWhileGoWorks() throws {
            let host = try TestHost.make()
            let modules = try ModuleHost(host, try #require(Installation.toolchains.last))
            try modules.build(host, library: "v1.0.0")
            let script = modules.go(host, nil, "version").replaced(with: Self.loop)
            let running = try script.start()
            var turns = 0
            while running.isRunning {
                let (result, report) = try verify(host)
                #expect(report["damaged"] as? Int == 0, "\(result): \(report)")
                turns += 1
            }
            let ended = try running.finish()
            #expect(ended.status == 0, "\(ended)")
            #expect(turns > 3, "\(turns) turns")
        }

        private static let loop = """
            for turn in 1 2 3 4 5 6 7 8 9 10 11 12; do
                "$0" mod download all || exit 1
                sleep 0.1
                chmod -R u+w "$GOMODCACHE" && rm -rf "$GOMODCACHE/example.com" "$GOMODCACHE/cache/download/example.com" || exit 1
            done
            """

        // MARK: - Damaging

        private func verify(_ host: borrowing TestHost) throws -> (CommandResult, [String: Any]) {
            let result = try host.cachewarden("verify", "modules", "--format", "json").run()
            let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            return (result, try #require(json as? [String: Any], "\(result)"))
        }

        private func apply(_ damage: Damage, to modules: ModuleHost, _ random: inout SeededGenerator) throws {
            let tree = modules.cache.appending("example.com/!case").appending("lib@v1.0.0")
            let download = modules.cache.appending("cache/download/example.com/!case/lib/@v")
            let files = ["lib.go", "deep/er/er.go", "deep/data", "go.mod"]
            let file = try #require(files.randomElement(using: &random)).split(separator: "/")
                .reduce(tree) { $0.appending(String($1)) }
            switch damage {
            case .flipped, .truncated:
                var content = [UInt8](try Data(contentsOf: URL(filePath: file.string)))
                let place = Int.random(in: content.indices, using: &random)
                if damage == .flipped { content[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
                if damage == .truncated { content.removeLast(content.count - place) }
                try overwrite(file, content)
            case .deleted: try run("/bin/rm", "-f", file.string)
            case .added: try overwrite(tree.appending("deep/er/new\(random.next() % 100).go"), [])
            case .renamed: try run("/bin/mv", file.string, file.string + "x")
            case .lineBreak: try overwrite(tree.appending("a\nb"), [])
            case .otherHash:
                let other = modules.cache.appending("cache/download/example.com/top/@v/v1.0.0.ziphash")
                try run("/bin/cp", other.string, download.appending("v1.0.0.ziphash").string)
            case .noHash: try overwrite(download.appending("v1.0.0.ziphash"), Array("h1:none".utf8))
            case .ziphash, .info, .mod:
                try run("/bin/rm", download.appending("v1.0.0.\(damage.rawValue)").string)
            case .partial: try overwrite(download.appending("v1.0.0.partial"), [])
            }
        }

        private func apply(_ change: Change, to modules: ModuleHost, _ random: inout SeededGenerator) throws {
            let tree = modules.cache.appending("example.com/!case").appending("lib@v1.0.0")
            switch change {
            case .none: break
            case .noZip:
                let zip = modules.cache.appending("cache/download/example.com/!case/lib/@v/v1.0.0.zip")
                try run("/bin/rm", zip.string)
            case .noTree: try run("/bin/rm", "-rf", tree.string)
            case .emptyFolder: try run("/bin/mkdir", tree.appending("deep/empty").string)
            case .mode: try run("/bin/chmod", "755", tree.appending("lib.go").string)
            case .times: try run("/usr/bin/touch", tree.appending("lib.go").string)
            }
        }

        private func overwrite(_ path: FilePath, _ content: [UInt8]) throws {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(content) }
        }

        private func run(_ program: String, _ arguments: String...) throws {
            try Command(FilePath(program), arguments: arguments).runSuccessfully()
        }
    }
}
