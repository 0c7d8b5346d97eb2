import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct PathWatchTests {
    @Test func noticesWhatComesAndGoes() throws {
        let directory = try TemporaryDirectory()
        let watch = try PathWatch(top: "/")
        let file = directory.path("a/b/file")
        try watch.watch([file])
        #expect(try watch.read() == [])
        try directory.makeDirectory("a")
        #expect(try watch.read() == [file])
        try directory.makeDirectory("other")
        try directory.makeDirectory("a/other")
        #expect(try watch.read() == [])
        try directory.makeDirectory("a/b")
        #expect(try watch.read() == [file])
        try directory.write("a/b/file", "x")
        #expect(try watch.read() == [file])
        try directory.write("a/b/other", "x")
        #expect(try watch.read() == [])
        try FixtureCalls.setMode(of: file, to: ModeBits(0o600))
        #expect(try watch.read() == [file])
        try FixtureCalls.removeFile(file)
        #expect(try watch.read() == [file])
    }

    /// An editor writes another file and gives it the name.
    @Test func noticesWhatIsReplaced() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("a")
        let file = try directory.write("a/file", "x")
        let watch = try PathWatch(top: "/")
        try watch.watch([file])
        try directory.write("a/file.new", "y")
        #expect(try watch.read() == [])
        try directory.rename("a/file.new", to: "a/file")
        #expect(try watch.read() == [file])
        try directory.rename("a", to: "elsewhere")
        #expect(try watch.read() == [file])
        try directory.makeDirectory("a")
        #expect(try watch.read() == [file])
        try directory.write("elsewhere/file", "z")
        #expect(try watch.read() == [], "it is no longer on the way")
        try directory.write("a/file", "z")
        #expect(try watch.read() == [file])
    }

    @Test func noticesEveryNameInAFolder() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("policy.d")
        let watch = try PathWatch(top: "/")
        try watch.watch([folder], folders: [folder])
        try directory.makeDirectory("policy.d")
        #expect(try watch.read() == [folder])
        try directory.write("policy.d/one.yaml", "x")
        #expect(try watch.read() == [folder])
        let other = directory.path("other")
        try watch.watch([other])
        try directory.write("policy.d/two.yaml", "x")
        #expect(try watch.read() == [], "nobody asks for it any more")
    }

    @Test func followsNoLink() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("target")
        try directory.makeSymbolicLink("link", to: directory.path("target"))
        let file = directory.path("link/file")
        let watch = try PathWatch(top: "/")
        try watch.watch([file])
        try directory.write("target/file", "x")
        #expect(try watch.read() == [])
        try FixtureCalls.removeFile(directory.path("link"))
        #expect(try watch.read() == [file])
    }
}
