import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Builds without pause, eviction without pause, less room than the builds use: not one build may fail.
    @Suite(
        "Eviction under builds",
        .enabled(if: Installation.canBuild && Installation.canMount, Comment(rawValue: Installation.mountsReason)))
    struct StressTests {
        /// What a mount tells of reads, and how entries become old enough to go.
        enum Mount: CaseIterable {
            /// Each read counts: what was not used for five seconds may go.
            case strictatime
            /// Reads count once a day: entries are made older than that while no build runs.
            case relatime
        }

        /// `$CACHEWARDEN_STRESS_SECONDS` for each mount.
        private static let seconds = TestProcess.environment("CACHEWARDEN_STRESS_SECONDS").flatMap { Int($0) } ?? 60

        @Test(.timeLimit(.minutes(30 + 2 * seconds / 60)), arguments: Mount.allCases)
        func failsNoBuild(on mount: Mount) throws {
            let host = try TestHost.make()
            let volume = try makeVolume(for: host, mount)
            let toolchains = Installation.toolchains.filter(\.cachesExecutables)
            try #require(toolchains.count >= 2, "one toolchain's builds do not come back to another's entries")
            try limit(host, mount, to: "1GiB")
            try host.cachewarden("apply").runSuccessfully()
            let builders = try host.users.indices.map { try StressBuilder($0, on: host, with: toolchains) }

            // One control for each mount: neither of them asks how reads are noted.
            if mount == .strictatime {
                let goClean = try StressEvictor.goClean(on: host, with: #require(toolchains.last))
                try expectLoss(host, builders, goClean, mount)
                // `go clean -cache` takes the shards' access lists with it.
                try host.cachewarden("apply").runSuccessfully()
            }
            try warmUp(builders)
            let workingSet = try host.size().rawValue
            if mount == .relatime {
                try expectLoss(
                    host, builders, .oldestFirst(on: host, limit: ByteCount(workingSet * 6 / 10)), mount)
            }
            // Less than a control left behind, so that there is something to do from the start.
            try limit(host, mount, to: "\(workingSet / 2_048)KiB")
            try expectNoLoss(host, builders, mount)
            withExtendedLifetime(volume.path) {}
        }

        // MARK: - The program under test

        private func expectNoLoss(_ host: borrowing TestHost, _ builders: [StressBuilder], _ mount: Mount) throws {
            let least = Duration.seconds(Self.seconds)
            let record = StressRun(
                builders, .agent(on: host), ageing: ageing(host, mount), until: .whenTelling(least)
            ).run()
            #expect(record.failures.isEmpty, "\(record.failures)")
            #expect(record.troubles.isEmpty, "\(record.troubles)")
            print(
                "Eviction under builds, \(mount): \(record.builds) builds, \(record.failures.count) failed;",
                "\(record.turns.count) runs removed \(record.turns.reduce(0, +)) names in \(record.waves) waves,",
                "\(record.evicted.count) actions went, \(record.returned.count) of them came back")
            #expect(
                record.isTelling,
                "void: \(record.builds) builds, removed \(record.turns), \(record.returned.count) came back")
            #expect(try host.pairs().dangling == 0)
            let log = try Command(Installation.binary, "audit", "verify", "--log", host.auditLog.string).run()
            #expect(log.status == 0, "\(log)")
        }

        private func limit(_ host: borrowing TestHost, _ mount: Mount, to size: String) throws {
            let keeping = mount == .strictatime ? ", keep-recent: 5s" : ""
            try host.limit("{max-size: \(size), low-water: 80%\(keeping), own-trim: true}")
        }

        // MARK: - Controls

        /// The same builds under somebody else's eviction; when none of them fails the test proves nothing.
        private func expectLoss(
            _ host: borrowing TestHost, _ builders: [StressBuilder], _ evictor: StressEvictor, _ mount: Mount
        ) throws {
            let record = StressRun(
                builders, evictor, ageing: ageing(host, mount), until: .atFirstFailure(.seconds(300))
            ).run()
            let lost = record.failures.filter(\.isLoss)
            print("Eviction under builds, \(mount): \(evictor.kind) failed \(lost.count) of \(record.builds) builds")
            try #require(!lost.isEmpty, "void: \(evictor.kind) failed none of \(record.builds) builds: \(record)")
            try #require(record.troubles.isEmpty, "\(record.troubles)")
        }

        // MARK: - Preparations

        /// Lets each user build once all that comes again and again.
        private func warmUp(_ builders: [StressBuilder]) throws {
            let record = StressRun.once(builders)
            try #require(record.failures.isEmpty && record.troubles.isEmpty, "\(record)")
        }

        private func ageing(_ host: borrowing TestHost, _ mount: Mount) -> Command? {
            guard mount == .relatime else { return nil }
            return Command(
                "/usr/bin/find",
                arguments: [
                    host.cache.string, "-type", "f", "-exec", "/usr/bin/touch", "-a", "-m", "-d", "30 hours ago", "{}",
                    "+",
                ])
        }

        private func makeVolume(for host: borrowing TestHost, _ mount: Mount) throws -> MountedCache {
            switch mount {
            case .strictatime: try MountedCache(for: host, options: "strictatime,mode=0755,size=1g")
            case .relatime: try MountedCache(onExt4For: host, options: "relatime")
            }
        }
    }
}

extension Installation {
    /// Whether file systems can be made and mounted.
    static let canMount =
        TestProcess.isRoot
        && ["/sbin/mkfs.ext4", "/bin/mount", "/bin/umount", "/dev/loop-control"]
            .allSatisfy { FileManager.default.fileExists(atPath: $0) }

    static let mountsReason = buildsReason + "; and mkfs.ext4, mount and loop devices"
}

extension MountedCache {
    /// Makes an ext4 in a file and mounts it at the host's cache root.
    init(onExt4For host: borrowing TestHost, options: String) throws {
        path = host.cache
        let image = try host.folder.makeSparseFile("go-build.ext4", size: ByteCount(1 << 30))
        try host.folder.makeDirectory("go-build")
        try Command("/sbin/mkfs.ext4", "-q", "-F", image.string).runSuccessfully()
        try Command("/bin/mount", "-o", "loop,\(options)", image.string, path.string).runSuccessfully()
        // A stranger in a build cache, which the agent would report.
        try host.folder.removeTree("go-build/lost+found")
    }
}
