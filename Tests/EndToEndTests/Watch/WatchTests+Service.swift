import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd.WatchTests {
    /// What systemd has been told since the last call.
    private func told(_ systemd: borrowing FakeJournal) throws -> [String] {
        var lines: [String] = []
        while let fields = try systemd.next() {
            lines += fields.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }
        }
        return lines
    }

    /// As a unit: what systemd shows of it, and that policies need more than its sandbox was opened for.
    @Test func tellsSystemdHowItGoes() throws {
        let host = try TestHost.make()
        _ = try host.makeUsedCache(by: host.first)
        let systemd = try FakeJournal(at: host.folder.path("notify"))
        var command = host.cachewarden("watch")
        command.environment["NOTIFY_SOCKET"] = host.folder.path("notify").string
        command.environment["INVOCATION_ID"] = "0123456789abcdef0123456789abcdef"
        let watching = try Watching.start(command)
        let first = try told(systemd)
        #expect(Array(first.prefix(2)) == ["READY=1", "STATUS=running: 1 cache"], "\(first)")
        #expect(first.last?.hasSuffix("Z: repaired") == true, "\(first)")

        let policy = try String(contentsOfFile: host.policy.string, encoding: .utf8)
        try host.writePolicy(policy.replacing("max-size: 10GiB", with: "max-size: 9GiB"))
        try watching.wait("a look by the new policy") { $0.last?.contains("(changed policies; ") == true }
        // The root itself does not count.
        let size = try host.size().rawValue - FileStatus(of: host.cache).allocated.rawValue
        let second = try told(systemd)
        #expect(second.last?.hasPrefix("STATUS=1 cache, \(ByteCount(size)); last run ") == true, "\(second)")
        #expect(second.last?.hasSuffix("Z: compliant") == true, "\(second)")
        #expect(try !watching.errors().contains("sandbox"), "nothing new is to be written")

        let other = host.folder.path("other")
        try host.writePolicy(policy + "  - {name: other, path: \(other), create: true, mode: \"0750\"}\n")
        try watching.wait("a word about the sandbox") { _ in
            try watching.errors().contains("places that this unit's sandbox was not opened for")
        }
        #expect(try watching.errors().contains("systemctl restart cachewarden-watch"))
        try watching.wait("a look at both") { _ in FileManager.default.fileExists(atPath: other.string) }
        _ = try told(systemd)
        try expectGoodEnd(watching, host)
        #expect(try told(systemd).contains("STOPPING=1"))
    }

    /// SIGTERM in the middle of a run: it ends between two changes, and says how far it came.
    @Test func endsBetweenTwoChanges() throws {
        let host = try TestHost.make()
        let entries = try makeLargeCache(host, shards: ["00", "01", "02", "03"])
        let running = try host.cachewarden("watch").start()
        // The first repaired entry shows that the run is at work; there is no other sign to wait for.
        while running.isRunning, try entries.allSatisfy({ try FileStatus(of: $0).mode == ModeBits(0o644) }) {}
        running.signal(SIGTERM)
        let result = try running.finish()
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("Z  PARTLY REPAIRED  ") && result.output.contains("(start; "), "\(result)")
        let verify = try Command(Installation.binary, "audit", "verify", "--settings", host.settings.string).run()
        #expect(verify.status == 0, "\(verify)")
        let check = try host.cachewarden("check").run()
        #expect(check.status == 2, "the run must have been ended half-way: \(check)")
    }

    /// Makes 7,500 empty outputs in each shard, and returns the first of each.
    private func makeLargeCache(_ host: borrowing TestHost, shards: [String]) throws -> [FilePath] {
        _ = try host.makeUsedCache(by: host.first, pairs: 2)
        let script = """
            root=$1; shift
            for shard; do
                mkdir -p "$root/$shard"; cd "$root/$shard"
                seq -f "$shard%062.0f-d" 1 7500 | xargs touch
            done
            """
        try Command("/bin/sh", arguments: ["-euc", script, "sh", host.cache.string] + shards).runSuccessfully()
        try Command("/bin/chown", "-R", host.first, host.cache.string).runSuccessfully()
        return shards.map { host.cache.appending($0).appending($0 + String(repeating: "0", count: 61) + "1-d") }
    }
}
