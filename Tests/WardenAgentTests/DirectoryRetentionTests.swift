import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenTestSupport

/// Retention in a directory without inner structure: real files, evicted by real runs.
@Suite("Retention of plain files") struct DirectoryRetentionTests {
    private static let size = 8_192

    /// Makes files of two blocks, each a day older than the one before it, the first two days old.
    private func fill(_ host: borrowing TestHost, _ names: [String]) throws {
        try host.directory.makeDirectory("root/srv/cache")
        for (index, name) in names.enumerated() {
            let path = FilePath("root/srv/cache").pushing(FilePath(name))
            for count in 4..<path.components.count {
                let folder = FilePath(root: nil, path.components.prefix(count))
                if try !host.directory.exists(folder) { try host.directory.makeDirectory(folder) }
            }
            try host.directory.write(path, Array(repeating: 7, count: Self.size))
            try age(host, name, days: index + 2)
        }
    }

    private func age(_ host: borrowing TestHost, _ name: String, days: Int) throws {
        let moment = Timestamp(seconds: host.clock.now().seconds - Int64(days) * 86_400)
        try host.directory.setTimes(
            FilePath("root/srv/cache").pushing(FilePath(name)), accessed: moment, modified: moment)
    }

    private func policy(_ retention: String) -> String {
        """
        version: 1
        policy: mine
        mode: enforce
        caches: [{name: files, path: /srv/cache, layout: directory, retention: {\(retention)}}]
        """
    }

    private func left(_ host: borrowing TestHost) throws -> [String] {
        try TreeSnapshot(of: host.cache).nodes.filter { $0.value.kind != .directory }.keys.map(\.description).sorted()
    }

    @Test func evictsTheLeastRecentlyUsedDownToTheLowWaterMark() throws {
        let host = try TestHost(pairs: 0)
        try fill(host, ["new", "a/b", "c", "a/old", "z/oldest"])
        try host.writePolicy(policy("max-entries: 4, low-water: 50%"))
        let result = try host.run(.apply)
        #expect(try left(host) == ["a/b", "new"])
        // Empty directories are left alone.
        #expect(try host.directory.exists("root/srv/cache/z"))
        let retention = try #require(result.report.caches.first?.retention)
        #expect((retention.removed, retention.freed) == (3, ByteCount(UInt64(3 * Self.size))))
        #expect(result.report.verdict == .repaired)
        #expect(try host.run(.check).report.verdict == .compliant)
    }

    @Test func aReadIsAUse() throws {
        let host = try TestHost(pairs: 0)
        try fill(host, ["a", "b", "c"])
        let recent = Timestamp(seconds: host.clock.now().seconds - 60)
        try host.directory.setTimes("root/srv/cache/c", accessed: recent)
        try host.writePolicy(policy("max-entries: 2, low-water: 99%"))
        _ = try host.run(.apply)
        #expect(try left(host) == ["c"])
    }

    @Test func globsSayWhatMayGoAndTheRestCountsAllTheSame() throws {
        let host = try TestHost(pairs: 0)
        try fill(host, ["a.o", "deep/b.o", "deep/keep/c.o", "d.txt", "deep/e.o"])
        try host.writePolicy(policy("max-entries: 2, low-water: 50%, include: [\"**/*.o\"], exclude: [\"*/keep/**\"]"))
        let plan = try host.run(.plan).plan
        #expect(plan.caches.first?.retention?.evictions.memberCount == 3)
        let result = try host.run(.apply)
        #expect(try left(host) == ["d.txt", "deep/keep/c.o"])
        #expect(result.report.caches.first?.retention?.removed == 3)
    }

    @Test func whatMayNotGoIsNamedAsTheReason() throws {
        let host = try TestHost(pairs: 0)
        try fill(host, ["a", "b"])
        try host.writePolicy(policy("max-entries: 1, exclude: [\"**\"]"))
        let result = try host.run(.apply)
        #expect(result.report.verdict.exitCode == 2)
        #expect(Set(result.report.caches.flatMap(\.standing).map(\.rule)) == [.entriesExceeded, .retentionThrash])
        #expect(try left(host) == ["a", "b"])
    }

    /// A limit that somebody has accepted evicts nothing.
    @Test func whatIsAcceptedStays() throws {
        let host = try TestHost(pairs: 0)
        try fill(host, ["a", "b", "c"])
        let waiver =
            "\nwaivers: [{rule: entries-exceeded, path: /srv/cache, until: \"2027-01-31\", reason: r}]"
        try host.writePolicy(policy("max-entries: 2, low-water: 50%") + waiver)
        let result = try host.run(.apply)
        #expect(try left(host) == ["a", "b", "c"])
        #expect(result.report.verdict == .compliant && result.report.waivers.map(\.state) == [.inForce])
        try host.writePolicy(policy("max-entries: 2, low-water: 50%"))
        _ = try host.run(.apply)
        #expect(try left(host) == ["a"])
    }

    @Test func anOpenFileStays() throws {
        let host = try TestHost(pairs: 0)
        try fill(host, ["a", "b", "c"])
        let open = try FileDescriptor.open(host.cache.appending("c"), .readOnly)
        defer { try? open.close() }  // Nothing was written.
        try host.writePolicy(policy("max-age: 2d"))
        let result = try host.run(.apply)
        #expect(try left(host) == ["a", "c"])
        #expect(result.report.caches.first?.retention?.kept == [.open: 1])
    }

    @Test func linksAndWhatIsTheSystemsAreNeverTouched() throws {
        let host = try TestHost(pairs: 0)
        try fill(host, ["plain", "linked", "lost+found/x", "sub/.nfs01"])
        try host.directory.write("outside", "precious")
        try host.directory.makeHardLink("root/srv/cache/second", to: "root/srv/cache/linked")
        try host.directory.makeSymbolicLink("root/srv/cache/link", to: host.directory.path("outside"))
        try host.writePolicy(policy("max-age: 26h"))
        _ = try host.run(.apply)
        #expect(try left(host) == ["link", "linked", "lost+found/x", "second", "sub/.nfs01"])
        #expect(try host.directory.read("outside") == Array("precious".utf8))
    }
}
