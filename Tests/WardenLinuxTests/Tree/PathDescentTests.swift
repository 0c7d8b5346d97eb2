import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct PathDescentTests {
    private func end(of path: FilePath, in directory: borrowing TemporaryDirectory) throws -> String {
        let descent = try PathDescent(to: path, from: directory.path)
        return switch descent.end {
        case .found(let reading): "found \(reading.state.kind.rawValue)"
        case .missing: "missing"
        case .stopped(let place, let kind, let cause):
            "stopped at \(place) \(kind?.rawValue ?? "-") \(cause.rawValue)"
        }
    }

    @Test func saysWhereTheWayEnds() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("var")
        try directory.makeDirectory("var/cache")
        try directory.write("var/file", "x")
        try directory.makeSymbolicLink("link", to: "var")
        let loops = Errno.tooManySymbolicLinkLevels.rawValue
        #expect(try end(of: "/var/cache", in: directory) == "found directory")
        #expect(try end(of: "/var//cache/", in: directory) == "found directory")
        #expect(try end(of: "/var/file", in: directory) == "found file")
        #expect(try end(of: "/link", in: directory) == "found symbolic-link")
        #expect(try end(of: "/link/", in: directory) == "found symbolic-link")
        #expect(try end(of: "/var/go-build", in: directory) == "missing")
        #expect(
            try end(of: "/var/none/go-build", in: directory)
                == "stopped at /var/none - \(Errno.noSuchFileOrDirectory.rawValue)")
        #expect(try end(of: "/link/cache", in: directory) == "stopped at /link symbolic-link \(loops)")
        #expect(
            try end(of: "/var/file/x", in: directory)
                == "stopped at /var/file file \(Errno.notDirectory.rawValue)")
    }

    @Test(arguments: ["relative", "/", "/var/..", "/../etc", "/var/../../etc"])
    func refusesPathsThatLeadUpOrNowhere(path: String) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("var")
        #expect(throws: Errno.invalidArgument) { _ = try PathDescent(to: FilePath(path), from: directory.path) }
    }

    @Test func treatsTheTopAsTheFileSystemsRoot() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("etc")
        let descent = try PathDescent(to: "/etc", from: directory.path)
        #expect(descent.ancestors.map(\.path) == ["/"])
        #expect(try descent.pinTarget().identity == directory.status("etc").identity)
    }

    @Test func pinsNothingThroughALinkAndSaysWhy() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("real")
        try directory.makeSymbolicLink("link", to: "real")
        let descent = try PathDescent(to: "/link/new", from: directory.path)
        #expect(throws: Errno.tooManySymbolicLinkLevels) { _ = try descent.makeTarget() }
        #expect(throws: Errno.tooManySymbolicLinkLevels) { _ = try descent.pinTarget() }
        #expect(throws: Errno.self) { _ = try PathDescent(to: "/link", from: directory.path).pinTarget() }
        #expect(try TreeSnapshot(of: directory.path("real")).paths.isEmpty)
    }

    @Test func keepsToThePinnedParentWhenItIsReplaced() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("parent")
        try directory.makeDirectory("victim")
        let descent = try PathDescent(to: "/parent/new", from: directory.path)
        try directory.rename("parent", to: "moved")
        try directory.makeSymbolicLink("parent", to: "victim")
        _ = try descent.makeTarget()
        #expect(try directory.status("moved/new").mode == ModeBits(0o700))
        #expect(try TreeSnapshot(of: directory.path("victim")).paths.isEmpty)
        #expect(throws: Errno.fileExists) { _ = try descent.makeTarget() }
    }

    @Test(.enabled(if: ACLSupport.isAvailable, "\(ACLSupport.reason)"))
    func seesWhoMayWriteAboveTheRoot() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("open", mode: ModeBits(0o1777))
        try directory.makeDirectory("open/listed", mode: ModeBits(0o750))
        try directory.makeDirectory("open/listed/masked", mode: ModeBits(0o750))
        let writers = [AccessList.Entry(.user, id: 1_234, .all), .init(.group, id: 77, [.read, .write])]
        let list = AccessList(mode: ModeBits(0o750))
            .adding(writers + [.init(.user, id: 1_235, .read), .init(.mask, .all)])
        try directory.setAccessList("open/listed", list)
        try directory.setAccessList("open/listed/masked", list.adding([.init(.mask, [.read, .execute])]))
        let descent = try PathDescent(to: "/open/listed/masked/root", from: directory.path)
        #expect(descent.ancestors.map(\.path) == ["/", "/open", "/open/listed", "/open/listed/masked"])
        #expect(descent.ancestors.map(\.namedWriters) == [[], [], writers, []])
        #expect(descent.ancestors[1].mode == ModeBits(0o1777))
        #expect(descent.ancestors[1].owner == TestProcess.user)
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming another user takes root"))
    func stopsWhereItMayNotSearch() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        try directory.makeDirectory("closed", mode: ModeBits(0o700))
        try directory.makeDirectory("closed/root")
        let top = directory.path
        let end = try TestProcess.asUser(UserID(54_321), GroupID(54_321)) {
            let descent = try PathDescent(to: "/closed/root", from: top)
            guard case .stopped(let place, _, let cause) = descent.end else { return "reached" }
            return "\(place) \(cause.rawValue)"
        }
        #expect(end == "/closed/root \(Errno.permissionDenied.rawValue)")
    }
}
