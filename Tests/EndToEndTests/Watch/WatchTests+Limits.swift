import Foundation
import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd.WatchTests {
    /// Shell scripts that leave a little less than the policy wants, as builds do: what they make in a shard `$2`, which they
    /// stand in, is as the cache's rights make it.
    private enum Filling: String {
        /// Down to 7 MiB.
        case bytes = """
            free=$(stat --file-system --format=%a .) block=$(stat --file-system --format=%S .)
            head -c $((free * block - 7 * 1024 * 1024)) /dev/zero >$(printf %s%062d-d "$2" 1)
            """
        /// Down to 150.
        case inodes = """
            free=$(stat --file-system --format=%d .)
            seq -f "$2%062.0f-d" 2 $((free - 149)) | xargs touch
            """
    }

    /// 'min-free' and 'min-free-inodes': no event tells of what is free on a disk.
    @Test func evictsOnceADiskIsAlmostFull() throws {
        let host = try TestHost.make()
        let mount = try MountedCache(for: host, options: "mode=0755,size=32m,nr_inodes=2000")
        try host.limit("{min-free: 8MiB, min-free-inodes: 200, low-water: 90%}")
        // Of 400 pairs the first eviction takes some 230, the second 35.
        _ = try GoCacheTree(in: host.folder, at: "go-build", pairs: 400)
        try Command("/bin/chown", "-R", "\(host.first):\(host.first)", host.cache.string).runSuccessfully()
        try host.age(hours: 60)
        let shard = try anEntry(host).removingLastComponent()
        let watching = try watch(host)
        #expect(try watching.runs().last?.contains("REPAIRED") == true)
        for filling in [Filling.bytes, .inodes] {
            let before = try watching.runs()
            try Command(
                "/bin/sh", "-euc", "cd \"$1\"\n" + filling.rawValue, "sh", shard.string,
                shard.lastComponent?.string ?? ""
            )
            .run(as: host.second, umask: "077").runSuccessfully()
            let full = ContinuousClock.now
            try watching.wait("an eviction because of \(filling)") { runs in
                runs.count > before.count && runs.last?.contains("nothing left that differs") == true
            }
            let latency = ContinuousClock.now - full
            // Five at the most on an idle host: it looks every four, and gathers for half a one.
            #expect(latency < .seconds(8), "too little was free for \(latency)")
            let causes = try watching.runs().dropFirst(before.count)
            #expect(causes.allSatisfy { $0.contains("(a limit of cache go-build is crossed; ") }, "\(causes)")
        }
        #expect(try host.pairs().dangling == 0)
        try expectGoodEnd(watching, host)
        withExtendedLifetime(mount.path) {}
    }
}
