import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Eviction below the working set while two users build without pause.
    @Suite("Builds under eviction", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct StressTests {
        /// How long the agent evicts in each variant; `CACHEWARDEN_STRESS_SECONDS` for longer.
        private static let seconds = TestProcess.environment("CACHEWARDEN_STRESS_SECONDS").flatMap { Int($0) } ?? 60

        /// The harness must be able to fail builds, or what follows proves nothing.
        @Test(.timeLimit(.minutes(15)), arguments: ["mtime-lru", "go-clean"])
        func othersFailThem(way: String) throws {
            var stress = try StressHost.make()
            let mount = try MountedCache(for: stress.host, options: "strictatime,mode=0755,size=2g")
            try stress.host.limit("{max-size: 10GiB}")
            try stress.host.cachewarden("apply").runSuccessfully()
            try stress.startBuilders()
            try stress.warmUp(rounds: 6)
            let toolchain = try #require(Installation.toolchains.last)
            let host = stress.host.cache.string
            var clean = Command(toolchain.go, "clean", "-cache")
            clean.environment = [
                "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GOCACHE": host, "GOTOOLCHAIN": "local",
            ]
            let lru = """
                find \(host) -type f -name '*-[ad]' -printf '%T@ %p\\n' | sort -n | head -n 400 | cut -d' ' -f2 | xargs -r rm -f
                """
            try stress.evict(seconds: 120) {
                if way == "go-clean" { try clean.run() } else { try Command("/bin/sh", "-c", lru).run() }
                Thread.sleep(forTimeInterval: 1)
            } until: {
                try !stress.results().failed.isEmpty
            }
            try stress.stopBuilders()
            let failed = try stress.results().failed
            #expect(!failed.isEmpty, "void: \(way) failed no build, so the harness proves nothing")
            #expect(failed.contains { $0.contains("no such file") || $0.contains("could not import") }, "\(failed)")
            withExtendedLifetime(mount.path) {}
        }

        /// Where every read is noted, what was not used for five seconds, and by no running build, may go.
        @Test(.timeLimit(.minutes(60))) func noneFailsWhereAccessTimesAreExact() throws {
            var stress = try StressHost.make()
            let mount = try MountedCache(for: stress.host, options: "strictatime,mode=0755,size=2g")
            try stress.host.limit("{max-size: 10GiB}")
            try stress.host.cachewarden("apply").runSuccessfully()
            try stress.startBuilders()
            try stress.warmUp(rounds: 8)
            let limit = try stress.host.size().rawValue * 6 / 10
            try stress.host.limit("{max-size: \(limit)B, low-water: 70%, keep-recent: 5s, own-trim: true}")
            try stress.evict(seconds: Self.seconds) { try apply(stress.host) }
            try stress.stopBuilders()
            try expectNoFailure(stress)
            withExtendedLifetime(mount.path) {}
        }

        /// Under relatime, the kernel's default: entries are made 30 hours old between builds, and used again.
        @Test(.timeLimit(.minutes(60))) func noneFailsUnderRelatime() throws {
            var stress = try StressHost.make()
            try stress.host.limit("{max-size: 10GiB}")
            try stress.host.cachewarden("apply").runSuccessfully()
            try stress.startBuilders()
            try stress.warmUp(rounds: 8)
            let limit = try stress.host.size().rawValue * 6 / 10
            try stress.host.limit("{max-size: \(limit)B, low-water: 70%, own-trim: true}")
            let age = """
                exec 9<\(stress.host.folder.path("lock")); flock -x 9
                find \(stress.host.cache) -type f -name '*-[ad]' -exec touch -a -m -d '30 hours ago' {} +
                """
            try stress.evict(seconds: Self.seconds) {
                try Command("/bin/bash", "-c", age).runSuccessfully()
                for _ in 0..<6 { try apply(stress.host) }
            }
            try stress.stopBuilders()
            try expectNoFailure(stress)
        }

        private func apply(_ host: borrowing TestHost) throws {
            let apply = try host.cachewarden("apply").run()
            // 2: builds are using more than the limit; that is what this test is for.
            #expect(apply.status == 0 || apply.status == 2, "\(apply)")
        }

        /// No build failed, many were made, and the evictions bit: entries went, came back, and went again.
        private func expectNoFailure(_ stress: borrowing StressHost) throws {
            let (passed, failed) = try stress.results()
            #expect(failed.isEmpty, "\(failed.count) of \(failed.count + passed) builds failed: \(failed.prefix(3))")
            #expect(passed > 10, "\(passed) builds")
            let log = String(decoding: try stress.host.folder.read("log/audit.jsonl"), as: UTF8.self)
            var times: [Substring: Int] = [:]
            for match in log.matches(of: /"entries":"([^"]*)"/) {
                for entry in match.output.1.split(separator: " ") { times[entry, default: 0] += 1 }
            }
            let again = times.values.count { $0 > 1 }
            #expect(times.count > 200, "too little was evicted: \(times.count) entries")
            #expect(again > 5, "nothing that was evicted came back: \(again)")
            let verify = try Command(Installation.binary, "audit", "verify", "--log", stress.host.auditLog.string).run()
            #expect(verify.status == 0, "\(verify)")
            print(
                "stress: \(passed) builds, \(failed.count) failed, \(times.count) entries evicted, \(again) of them again"
            )
        }
    }
}
