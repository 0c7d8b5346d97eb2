import SystemPackage
import Testing
import WardenAgent
import WardenLinux
import WardenModel
import WardenTestSupport

/// Module caches that no honest `go` makes.
@Suite("Hostile module caches", .enabled(if: TestProcess.isRoot, "names in read-only trees take root"))
struct HostileModuleTests {
    private static let policy = """
        version: 1
        policy: mine
        mode: enforce
        caches: [{name: modules, path: /srv/cache, layout: go-mod, retention: {max-age: 26h}}]
        """

    private func host() throws -> TestHost {
        let host = try TestHost(pairs: 0)
        try ModuleCacheTree(in: host).add("example.com/b", "v1.0.0", days: 4, in: host)
        try ModuleCacheTree(reusing: host).add("example.com/b", "v1.1.0", days: 4, in: host)
        try host.writePolicy(Self.policy)
        return host
    }

    private func parts(_ host: borrowing TestHost, _ version: String = "v1.0.0") throws -> Int {
        try ModuleCacheTree.parts(host, of: "example.com/b", version).count
    }

    enum Attack: CaseIterable {
        case symbolicLink, linkedFolder, hardLink, fifo, setID, linkedDownload, linkedLock, folderForAFile
    }

    @Test(arguments: Attack.allCases)
    func aVersionWithAnythingElseStaysWhole(attack: Attack) throws {
        let host = try host()
        let tree = ModuleCacheTree.path("example.com/b@v1.0.0/sub")
        let folder = ModuleCacheTree.path(ModuleCacheTree.downloads("example.com/b"))
        try host.directory.makeDirectory("outside")
        try host.directory.write("outside/precious", "precious")
        let outside = host.directory.path("outside")
        var added = 1
        switch attack {
        case .symbolicLink:
            try host.directory.makeSymbolicLink(tree.appending("x.go"), to: outside.appending("precious"))
        case .linkedFolder: try host.directory.makeSymbolicLink(tree.appending("x"), to: outside)
        case .hardLink: try host.directory.makeHardLink(tree.appending("x.go"), to: "outside/precious")
        case .fifo: try host.directory.makeFIFO(tree.appending("x.go"))
        case .setID: try host.directory.write(tree.appending("x.go"), "x", mode: ModeBits(0o4755))
        case .linkedDownload, .linkedLock, .folderForAFile:
            let name = folder.appending(attack == .linkedLock ? "v1.0.0.lock" : "v1.0.0.zip")
            try host.directory.remove(name)
            if attack == .folderForAFile {
                try host.directory.makeDirectory(name)
            } else {
                try host.directory.makeSymbolicLink(name, to: outside.appending("precious"))
            }
            added = 0
        }
        // What is new would stay for that alone.
        let old = Timestamp(seconds: host.clock.now().seconds - 4 * 86_400)
        for name in [
            tree.appending("x.go"), tree.appending("x"), folder.appending("v1.0.0.zip"),
            folder.appending("v1.0.0.lock"),
        ]
        where try host.directory.exists(name) {
            try host.directory.setTimes(name, accessed: old, modified: old)
        }
        _ = try host.run(.apply)
        #expect(try host.directory.read("outside/precious") == Array("precious".utf8))
        #expect(try parts(host) == 12 + added)
        #expect(try parts(host, "v1.1.0") == 0)
    }

    @Test func treesDeeperThanAnyWalkStay() throws {
        let host = try host()
        try host.directory.makeDeepChain(ModuleCacheTree.path("example.com/b@v1.0.0/chain"), depth: 40)
        _ = try host.run(.apply)
        #expect(try host.directory.exists(ModuleCacheTree.path("example.com/b@v1.0.0/lib.go")))
        #expect(try host.directory.exists(ModuleCacheTree.path("cache/download/example.com/b/@v/v1.0.0.zip")))
        #expect(try parts(host, "v1.1.0") == 0)
    }

    @Test func treesWithoutDownloadFilesStay() throws {
        let host = try host()
        try host.directory.removeTree(ModuleCacheTree.path("cache/download/example.com/b"))
        _ = try host.run(.apply)
        #expect(try parts(host) == 7 && parts(host, "v1.1.0") == 7)
    }

    @Test(arguments: [3, 60]) func foldersThatSwapUnderTheRemovalLeadNowhere(turns: Int) throws {
        let host = try host()
        try host.directory.makeDirectory("outside")
        for number in 0..<50 { try host.directory.write(FilePath("outside/file\(number)"), "precious") }
        let inside = ModuleCacheTree.path("example.com/b@v1.0.0/swap")
        try host.directory.makeDirectory(inside)
        for number in 0..<turns {
            let name = inside.appending("f\(number)")
            try host.directory.write(name, "x")
            try ModuleCacheTree.age(host, "example.com/b@v1.0.0/swap/f\(number)", days: 4)
        }
        try host.directory.makeSymbolicLink("link", to: host.directory.path("outside"))
        let attacker = Attacker.exchanging(host.directory.path(inside), host.directory.path("link"))
        for _ in 0..<5 { _ = try host.run(.apply) }
        _ = attacker.stop()
        #expect(try TreeSnapshot(of: host.directory.path("outside")).nodes.count == 51)
    }

    @Test func whatIsNoModuleCacheIsNotGoneNear() throws {
        let host = try TestHost(pairs: 0)
        try ModuleCacheTree.makeDirectories("photos/2024", in: host)
        try host.directory.write(ModuleCacheTree.path("photos/2024/a@b.jpg"), "x")
        try ModuleCacheTree.age(host, "photos/2024/a@b.jpg", days: 900)
        try host.writePolicy(Self.policy)
        let report = try host.run(.apply).report
        #expect(report.caches.flatMap(\.standing).map(\.rule) == [.cacheNotRecognised])
        #expect(report.verdict.exitCode == 1)
        #expect(try ModuleCacheTree.files(host) == ["photos/2024/a@b.jpg"])
    }

    @Test func aTreeAloneShowsAModuleCache() throws {
        let host = try TestHost(pairs: 0)
        try ModuleCacheTree.makeDirectories("example.com/b@v1.0.0", in: host)
        try host.directory.write(ModuleCacheTree.path("example.com/b@v1.0.0/b.go"), "x")
        try host.writePolicy(Self.policy)
        #expect(try host.run(.check).report.caches.flatMap(\.standing).map(\.rule) == [.modcacheDamaged])
    }
}
