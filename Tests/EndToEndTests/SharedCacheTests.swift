import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Two users, one group, one cache, real toolchains: the scenario the program exists for.
    @Suite("A shared cache", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct SharedCacheTests {
        /// What an administrator finds before the policy comes.
        enum Start: CaseIterable {
            case missing, madeByRoot, usedByOne

            /// Rules that must be reported; there may be more.
            var rules: Set<String> {
                switch self {
                case .missing: ["cache-missing"]
                case .madeByRoot: ["root-group", "root-mode", "root-default-acl"]
                case .usedByOne:
                    [
                        "root-owner", "root-group", "root-mode", "root-default-acl", "entry-group", "entry-mode",
                        "entry-default-acl",
                    ]
                }
            }
        }

        @Test(.timeLimit(.minutes(10)), arguments: Start.allCases)
        func isMadeUsableForEveryone(from start: Start) throws {
            let host = try TestHost.make()
            // The oldest brings the standard library compiled: its builds take a second.
            let toolchain = try #require(Installation.toolchains.first)
            let program = try host.makeProgram("first")
            try prepare(host, start, with: toolchain, building: program)
            try expectSecondUserFails(host, with: toolchain)
            try expectDrift(host, start)
            try repair(host)
            for user in host.users {
                try host.goBuild(toolchain, in: program, as: user, umask: "077").runSuccessfully()
            }
            try expectCompliant(host)
        }

        @Test(.timeLimit(.minutes(10)))
        func staysCompliantWhileEveryToolchainBuildsWithEveryUmask() throws {
            let host = try TestHost.make()
            try repair(host)
            for toolchain in Installation.toolchains {
                try buildInTurns(host, toolchain)
                try expectCompliant(host)
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func staysCompliantWhenAUserCleansIt() throws {
            let host = try TestHost.make()
            let toolchain = try #require(Installation.toolchains.last)
            let program = try host.makeProgram("cleaned")
            try repair(host)
            try host.goBuild(toolchain, in: program, as: host.first, umask: "022")
                .runSuccessfully()
            try host.go(toolchain, "clean", "-cache", in: program, as: host.second, umask: "022").runSuccessfully()
            #expect(try host.entries().isEmpty)
            try expectCompliant(host)
            for user in host.users {
                try host.goBuild(toolchain, in: program, as: user, umask: "077")
                    .runSuccessfully()
            }
            try expectCompliant(host)
        }

        private func prepare(
            _ host: borrowing TestHost, _ start: Start, with toolchain: Installation.Toolchain,
            building program: FilePath
        ) throws {
            switch start {
            case .missing: break
            case .madeByRoot: try host.folder.makeDirectory("go-build", mode: ModeBits(0o755))
            case .usedByOne:
                try host.folder.makeDirectory("go-build", mode: ModeBits(0o755))
                try Command("/bin/chown", host.first, host.cache.string).runSuccessfully()
                try host.goBuild(toolchain, in: program, as: host.first, umask: "022")
                    .runSuccessfully()
            }
        }

        /// The reason for all this: without the policy the second user's build fails.
        private func expectSecondUserFails(
            _ host: borrowing TestHost, with toolchain: Installation.Toolchain
        ) throws {
            let program = try host.makeProgram("second")
            let build = try host.goBuild(toolchain, in: program, as: host.second, umask: "022").run()
            #expect(build.status == 1, "\(build)")
            #expect(build.errors.contains("permission denied"), "\(build)")
        }

        private func expectDrift(_ host: borrowing TestHost, _ start: Start) throws {
            let before = try TreeSnapshot(of: host.folder.path)
            let check = try host.cachewarden("check").run()
            #expect(check.status == 2, "\(check)")
            for rule in start.rules { #expect(check.output.contains(rule), "\(check)") }
            let plan = try host.cachewarden("plan").run()
            #expect(plan.status == 2, "\(plan)")
            let moved = try TreeSnapshot(of: host.folder.path).differences(from: before)
            #expect(moved.isEmpty, "check and plan must write nothing")
        }

        /// Applies the policy, and proves that a second apply has nothing to do and writes nothing in the cache.
        private func repair(_ host: borrowing TestHost) throws {
            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 0, "\(apply)")
            try expectCompliant(host)
            try expectSharedRoot(host)
            let before = try TreeSnapshot(of: host.cache)
            let again = try host.cachewarden("apply").run()
            #expect(again.status == 0, "\(again)")
            #expect(again.output.hasPrefix("COMPLIANT"), "\(again)")
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty)
        }

        private func expectCompliant(
            _ host: borrowing TestHost, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let before = try TreeSnapshot(of: host.cache)
            let check = try host.cachewarden("check").run()
            #expect(check.status == 0, "\(check)", sourceLocation: sourceLocation)
            let moved = try TreeSnapshot(of: host.cache).differences(from: before)
            #expect(moved.isEmpty, sourceLocation: sourceLocation)
        }

        /// What was written, in the words of acl's own tool.
        private func expectSharedRoot(_ host: borrowing TestHost) throws {
            let list = try Command("/usr/bin/getfacl", "-pc", host.cache.string).runSuccessfully()
            let wanted = """
                user::rwx
                group::rwx
                group:\(host.group):rwx
                mask::rwx
                other::---
                default:user::rwx
                default:group::rwx
                default:group:\(host.group):rwx
                default:mask::rwx
                default:other::---


                """
            #expect(list.output == wanted)
            let root = try FileStatus(of: host.cache)
            #expect(root.mode == ModeBits(0o2770))
            #expect(root.owner == .root)
        }

        /// One user builds, the other finds everything in the cache; then the other way round, with each umask.
        private func buildInTurns(_ host: borrowing TestHost, _ toolchain: Installation.Toolchain) throws {
            for umask in ["022", "077"] {
                for (maker, finder) in [(host.first, host.second), (host.second, host.first)] {
                    let name = "p\(toolchain.version.map(String.init).joined())m\(umask)\(maker.suffix(1))"
                    let program = try host.makeProgram(name)
                    let earlier = try host.entries()
                    try build(host, toolchain, program, as: maker, umask: umask)
                    let made = try host.entries()
                    #expect(made.isStrictSuperset(of: earlier), "\(maker) must store what was built")
                    try build(host, toolchain, program, as: finder, umask: umask)
                    #expect(try host.entries() == made, "\(finder) must hit what \(maker) made")
                    let steps = try host.go(
                        toolchain, "build", "-x", "./lib", in: program, as: finder, umask: umask
                    ).runSuccessfully()
                    #expect(!steps.errors.contains("/compile"), "\(steps)")
                }
            }
        }

        /// Builds, and where the toolchain caches executables also runs one from the cache.
        private func build(
            _ host: borrowing TestHost, _ toolchain: Installation.Toolchain, _ program: FilePath, as user: String,
            umask: String
        ) throws {
            try host.goBuild(toolchain, in: program, as: user, umask: umask).runSuccessfully()
            guard toolchain.cachesExecutables else { return }
            try host.go(toolchain, "run", ".", in: program, as: user, umask: umask).runSuccessfully()
        }
    }
}
