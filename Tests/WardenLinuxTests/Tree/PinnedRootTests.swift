import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// Both ways to resolve a path must say the same.
struct PinnedRootTests {
    private static let resolutions: [PinnedRoot.Resolution] = [.kernel, .nameByName]

    private func pin(_ path: FilePath, _ resolution: PinnedRoot.Resolution) throws -> PinnedRoot {
        try PinnedRoot(
            OwnedDescriptor(adopting: try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])),
            resolution: resolution)
    }

    /// Returns the inode that opens, or the error's number.
    private func answer(_ root: PinnedRoot, _ path: RelativePath, _ access: Access) -> String {
        do throws(Errno) {
            return "inode \(try root.open(path, access).status().identity.inode)"
        } catch {
            return "error \(error.rawValue)"
        }
    }

    private func makeTree(_ directory: borrowing TemporaryDirectory) throws {
        try directory.makeDirectory("victim")
        try directory.write("victim/secret", "x")
        try directory.makeDirectory("root")
        try directory.makeDirectory("root/a")
        try directory.makeDirectory("root/a/b")
        try directory.write("root/a/b/file", "x")
        try directory.makeSymbolicLink("root/to-victim", to: directory.path("victim"))
        try directory.makeSymbolicLink("root/to-a", to: "a")
        try directory.makeSymbolicLink("root/loop", to: "loop")
        try directory.makeSymbolicLink("root/dangling", to: "nothing")
        try directory.makeSymbolicLink("root/magic", to: "/proc/self/cwd")
        try directory.makeFIFO("root/a/fifo")
    }

    @Test(arguments: resolutions) func opensWhatStandsBelow(resolution: PinnedRoot.Resolution) throws {
        let directory = try TemporaryDirectory()
        try makeTree(directory)
        let root = try pin(directory.path("root"), resolution)
        for name in ["a", "a/b", "a/b/file", "a//b", "./a/./b"] {
            let expected = try FileStatus(of: directory.path("root").appending(name)).identity
            #expect(try root.open(RelativePath(name), .path).status().identity == expected, "\(name)")
        }
        #expect(try root.open(.root, .directory).status().identity == root.identity)
    }

    @Test(arguments: resolutions) func neverLeavesTheTree(resolution: PinnedRoot.Resolution) throws {
        let directory = try TemporaryDirectory()
        try makeTree(directory)
        let root = try pin(directory.path("root"), resolution)
        let refusals: [(String, Errno)] = [
            ("..", .improperLink), ("../victim", .improperLink), ("a/../../victim", .improperLink),
            ("a/..", .improperLink), ("/etc", .invalidArgument), ("a\0b", .invalidArgument),
            ("to-victim/secret", .tooManySymbolicLinkLevels), ("to-a/b", .tooManySymbolicLinkLevels),
            ("loop/x", .tooManySymbolicLinkLevels), ("dangling/x", .tooManySymbolicLinkLevels),
            ("magic/x", .tooManySymbolicLinkLevels),
        ]
        for (path, cause) in refusals {
            for access in [Access.path, .directoryPath, .directory, .file] {
                #expect(throws: cause, "\(path)") { _ = try root.open(RelativePath(path), access) }
            }
        }
        let link = RelativePath("to-victim")
        #expect(throws: Errno.notDirectory) { _ = try root.open(link, .directory) }
        #expect(throws: Errno.tooManySymbolicLinkLevels) { _ = try root.open(link, .file) }
        #expect(try root.open(link, .path).status().kind == .symbolicLink)
    }

    @Test func answersTheSameEitherWay() throws {
        let directory = try TemporaryDirectory()
        try makeTree(directory)
        let kernel = try pin(directory.path("root"), .kernel)
        let nameByName = try pin(directory.path("root"), .nameByName)
        let paths = [
            "", ".", "a", "a/", "a//b", "./a", "a/.", "a/b/file", "a/b/file/", "a/b/file/x", "missing", "missing/x",
            "to-victim", "to-victim/", "to-victim/secret", "to-a/b", "loop", "dangling", "magic", "..", "a/..",
            "a/fifo/x", String(repeating: "n", count: 255), String(repeating: "n", count: 256),
        ]
        for path in paths {
            for access in [Access.path, .directoryPath, .directory, .file] {
                #expect(
                    answer(kernel, RelativePath(path), access) == answer(nameByName, RelativePath(path), access),
                    "\(path)")
            }
        }
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting takes root"), arguments: resolutions)
    func refusesOtherMounts(resolution: PinnedRoot.Resolution) throws {
        let directory = try TemporaryDirectory()
        try makeTree(directory)
        let root = try pin(directory.path("root"), resolution)
        try directory.withTemporaryMount(at: "root/a/b") { _ in
            #expect(throws: Errno.improperLink) { _ = try root.open(RelativePath("a/b"), .directory) }
            #expect(throws: Errno.improperLink) { _ = try root.open(RelativePath("a/b/x"), .path) }
        }
        // The same file system, seen through another mount.
        try directory.withBindMount(of: "victim", at: "root/a/b", .readWrite) { _ in
            #expect(throws: Errno.improperLink) { _ = try root.open(RelativePath("a/b"), .directory) }
            #expect(throws: Errno.improperLink) { _ = try root.open(RelativePath("a/b/secret"), .file) }
        }
        #expect(try root.open(RelativePath("a/b/file"), .file).status().kind == .file)
    }

    @Test(arguments: resolutions) func opensPathsLongerThanOneCallTakes(resolution: PinnedRoot.Resolution) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        let root = try pin(directory.path("root"), resolution)
        let name = [UInt8](repeating: UInt8(ascii: "l"), count: 255)
        var path: [UInt8] = []
        for _ in 0..<20 {
            _ = try root.open(RelativePath(bytes: path), .directory).makeDirectory(name)
            path += (path.isEmpty ? [] : [UInt8(ascii: "/")]) + name
        }
        #expect(try root.open(RelativePath(bytes: path), .directory).status().kind == .directory)
    }
}
