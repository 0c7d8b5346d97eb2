import SystemPackage
import Testing
import WardenGoCache
import WardenTestSupport

struct ModuleCachePathTests {
    private static let long = "v0.0.0-20240102150405-0123456789ab"

    private func part(_ path: String, isDirectory: Bool = false) -> ModuleCachePath {
        ModuleCachePath(Array(path.utf8), isDirectory: isDirectory)
    }

    private func version(_ path: String, _ version: String = "v1.0.0") throws -> ModuleVersion {
        try #require(ModuleVersion(path: path, version: version))
    }

    @Test(arguments: [
        ("example.com/b@v1.0.0", "example.com/b", "v1.0.0"),
        ("example.com/!a/lib@v1.2.3", "example.com/A/lib", "v1.2.3"),
        ("example.com/!a/lib/nested@v0.1.0-!r!c.1", "example.com/A/lib/nested", "v0.1.0-RC.1"),
        ("gopkg.in/yaml.v3@v3.0.1", "gopkg.in/yaml.v3", "v3.0.1"), ("example.com@v1.0.0", "example.com", "v1.0.0"),
        ("github.com/x/y@v2.0.0+incompatible", "github.com/x/y", "v2.0.0+incompatible"),
        ("golang.org/x/net@\(long)", "golang.org/x/net", long),
        ("golang.org/toolchain@v0.0.1-go1.21.0.linux-amd64", "golang.org/toolchain", "v0.0.1-go1.21.0.linux-amd64"),
        ("example.com/b@v1.0.0.tmp-123", "example.com/b", "v1.0.0"),
    ])
    func knowsTheTreeOfAVersion(path: String, module: String, name: String) throws {
        let version = try version(module, name)
        #expect(part(path, isDirectory: true) == .tree(version))
        #expect(part(path) == .stranger)
        #expect(part(path + "/sub/x@y.go") == .content(version))
        if !path.contains(".tmp-") { #expect(version.description == path) }
    }

    @Test(arguments: [
        ("info", ModuleCachePath.Download.info), ("mod", .mod), ("zip", .zip), ("ziphash", .ziphash), ("lock", .lock),
        ("partial", .partial), ("zip123456789.tmp", .leftover), ("info1.tmp", .leftover), ("mod22.tmp", .leftover),
        ("zip0cachewarden.tmp", .abandoned), ("partial0cachewarden.tmp", .abandoned),
    ])
    func knowsTheDownloadFilesOfAVersion(suffix: String, expected: ModuleCachePath.Download) throws {
        let lib = try version("example.com/A/lib", "v1.0.0-rc.1")
        let path = "cache/download/example.com/!a/lib/@v/v1.0.0-rc.1.\(suffix)"
        #expect(part(path) == .download(lib, expected))
        #expect(part(path, isDirectory: true) == .stranger)
    }

    @Test(arguments: [
        "cache/lock", "cache/vcs", "cache/vcs/0123abc", "cache/download/sumdb",
        "cache/download/sumdb/sum.golang.org/latest",
        "cache/download/example.com/b/@v/list", "cache/download/example.com/b/@v/list.lock",
        "cache/download/example.com/b/@v/list12.tmp",
    ])
    func whatBelongsToNoVersionIsBookkeeping(path: String) { #expect(part(path) == .bookkeeping) }

    @Test(arguments: [
        "cache", "cache/download", "cache/download/example.com", "cache/download/example.com/!a/lib/@v", "example.com",
        "example.com/!a",
    ])
    func entersOnlyWhatMayHoldVersions(path: String) {
        #expect(part(path, isDirectory: true) == .folder)
        #expect(part(path) == .stranger)
    }

    @Test(arguments: [
        "example.com/b@v1", "example.com/b@v1.0", "example.com/b@v1.0.0+meta", "example.com/b@v01.0.0",
        "example.com/b@",
        "example.com/b@master", "example.com/A@v1.0.0", "example.com/!!a@v1.0.0", "example.com/b!@v1.0.0", "@v1.0.0",
        "b@v1.0.0", "../b@v1.0.0", "example.com/../b@v1.0.0", "example.com//b@v1.0.0", "example.com/.b@v1.0.0",
        "example.com/b@v1.0.0-", "example.com/b@v1.0.0-a..b", "example.com/b@v1.0.0-01", "example.com/b c@v1.0.0",
        "cache/download/../x/@v", "cache/other", "example.com/b@v1.0.0\u{0}", ".git", "a b", "x/.ssh",
    ])
    func whatGoNeverMakesIsAStranger(path: String) { #expect(part(path, isDirectory: true) == .stranger) }

    @Test(arguments: [
        "v1.0.0", "v1.0.0.txt", "v1.0.info", "master.info", "v1.0.0.info.bak", ".info", "list2", "v1.0.0.zip1tmp",
        "v1.0.0.x1.tmp", "v1.0.0.abandoned", "sub/v1.0.0.info",
    ])
    func otherFilesBesideDownloadsAreStrangers(name: String) {
        #expect(part("cache/download/example.com/b/@v/\(name)") == .stranger)
        #expect(part("cache/download/b/@v/v1.0.0.info") == .stranger)
    }

    @Test func keysTellVersionsApartAndFillAllLists() throws {
        var keys: Set<UInt64> = []
        for number in 0..<4_096 { keys.insert(try version("example.com/b", "v1.0.\(number)").key) }
        #expect(keys.count == 4_096)
        #expect(Set(keys.map { $0 >> 56 }).count == 256)
    }
}

struct ModuleFileTests {
    private func versions(_ text: String) -> [String] {
        ModuleFile(parsing: Array(text.utf8)).versions.map(\.description).sorted()
    }

    @Test func readsRequirements() {
        let text = """
            module example.com/app // v9.9.9
            go 1.21
            toolchain go1.21.3
            require example.com/one v1.0.0
            require (
            \texample.com/Two v0.2.0 // indirect
            \t"example.com/three" v0.0.0-20240102150405-0123456789ab
            )
            replace example.com/one v1.0.0 => example.com/fork v1.0.1
            replace example.com/local => ../local
            exclude example.com/four v1.0.0
            """
        #expect(
            versions(text) == [
                "example.com/!two@v0.2.0", "example.com/fork@v1.0.1", "example.com/four@v1.0.0",
                "example.com/one@v1.0.0",
                "example.com/three@v0.0.0-20240102150405-0123456789ab",
            ])
    }

    @Test func readsSums() {
        let text =
            "example.com/a v1.0.0 h1:x=\nexample.com/a v1.0.0/go.mod h1:y=\nexample.com/b v1.1.0/go.mod h1:z=\r\n"
        #expect(versions(text) == ["example.com/a@v1.0.0", "example.com/b@v1.1.0"])
    }

    @Test func readsWorkspaces() {
        let file = ModuleFile(parsing: Array("go 1.21\nuse ./a\nuse (\n\t./b // x\n\t\"../c\"\n)\nuse .\n".utf8))
        #expect(file.uses == ["./a", "./b", "../c", "."])
        #expect(file.versions.isEmpty)
    }

    @Test func survivesAnyBytes() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(ModuleFile(parsing: bytes).versions.isEmpty)
        }
    }
}

struct ModuleCacheLocationTests {
    private func find(_ environment: [String: String], toolchain: FilePath? = nil, _ files: [FilePath: String] = [:])
        -> FilePath?
    {
        ModuleCacheLocation.find(in: environment, toolchain: toolchain) { files[$0].map { Array($0.utf8) } }
    }

    @Test func theToolchainsFileComesLast() {
        let files: [FilePath: String] = ["/h/.config/go/env": "GOPATH=/user\n", "/go/go.env": "GOMODCACHE=/tool\n"]
        #expect(find(["HOME": "/h"], toolchain: "/go", files) == "/tool")
        #expect(find(["HOME": "/h", "GOMODCACHE": "/m"], toolchain: "/go", files) == "/m")
        #expect(find(["HOME": "/h"], toolchain: "/go", ["/go/go.env": "GOPATH=/tool\n"]) == "/tool/pkg/mod")
    }

    @Test func relativePathsAreNoPlace() {
        for environment in [["HOME": "h"], ["HOME": "/h", "GOPATH": "p:/q"], ["HOME": "/h", "GOMODCACHE": "m"]] {
            #expect(find(environment) == nil)
        }
    }

    @Test func aToolchainInTheHomeIsNoGOPATH() {
        #expect(find(["HOME": "/h"], toolchain: "/h/go") == nil)
        #expect(find(["HOME": "/h"], toolchain: "/h/go1") == "/h/go/pkg/mod")
    }
}
