import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct TrustedProgramTests {
    private func find(_ path: FilePath) throws(FileError) -> FilePath {
        try TrustedProgram.find(path, trusting: .rootThroughout)
    }

    @Test func followsTheHostsOwnLinks() throws {
        let real = try Tool.run("realpath /bin/sh", in: "/tmp").split(separator: "\n")
        #expect(try find("/bin/sh").string == real.first.map(String.init))
    }

    @Test func findsNothingWhereNothingIs() throws {
        let error = #expect(throws: FileError.self) { try find("/usr/bin/no such program") }
        #expect(error?.isMissing == true)
        #expect(#expect(throws: FileError.self) { try find("/usr/bin") }?.reason == .notRegular(.directory))
        #expect(#expect(throws: FileError.self) { try find("/") }?.reason == .notRegular(.directory))
    }

    /// Root's files in directories that are all root's; not below `/tmp`, which is not.
    @Suite(.enabled(if: TestProcess.isRoot, "making root's files needs root"))
    struct OfRoot {
        private func makeFolder() throws -> TemporaryDirectory {
            let folder = try TemporaryDirectory(mode: ModeBits(0o755), in: "/var/cache")
            for name: FilePath in ["go-1.99", "go-1.99/bin", "bin", "home"] { try folder.makeDirectory(name) }
            try folder.write("go-1.99/bin/go", "", mode: ModeBits(0o755))
            try folder.write("home/go", "", mode: ModeBits(0o755))
            try folder.makeSymbolicLink("bin/go", to: "../go-1.99/./bin/go")
            return folder
        }

        private func objection(to path: FilePath) -> FileError? {
            do throws(FileError) {
                _ = try TrustedProgram.find(path, trusting: .rootThroughout)
                return nil
            } catch {
                return error
            }
        }

        @Test func followsRootsLinks() throws {
            let folder = try makeFolder()
            try folder.makeSymbolicLink("absolute", to: folder.path("bin"))
            let found = try TrustedProgram.find(folder.path("absolute/go"), trusting: .rootThroughout)
            #expect(found == folder.path("go-1.99/bin/go"))
        }

        @Test(arguments: [
            ("go-1.99/bin/go", 0o775), ("go-1.99/bin/go", 0o757), ("go-1.99/bin", 0o775), ("go-1.99", 0o757),
            ("bin", 0o777), ("bin", 0o1777), ("go-1.99", 0o1775),
        ])
        func refusesWhatOthersMayWrite(name: FilePath, mode: Int) throws {
            let folder = try makeFolder()
            #expect(objection(to: folder.path("bin/go")) == nil)
            try folder.setMode(name, ModeBits(UInt16(mode)))
            let error = objection(to: folder.path("bin/go"))
            #expect(error?.reason == .writableByOthers(ModeBits(UInt16(mode))))
            #expect(error?.culprit == folder.path(name))
        }

        @Test(arguments: ["go-1.99/bin/go", "go-1.99/bin", "go-1.99", "bin", "bin/go"] as [FilePath])
        func refusesWhatIsNotRoots(name: FilePath) throws {
            let folder = try makeFolder()
            try folder.setOwnership(name, owner: UserID(54_321))
            let error = objection(to: folder.path("bin/go"))
            #expect(error?.reason == .untrustedOwner(UserID(54_321)))
            #expect(error?.culprit == folder.path(name))
        }

        @Test func refusesLinksIntoAHome() throws {
            let folder = try makeFolder()
            try folder.setOwnership("home", owner: UserID(54_321))
            try folder.remove("bin/go")
            try folder.makeSymbolicLink("bin/go", to: folder.path("home/go"))
            #expect(objection(to: folder.path("bin/go"))?.culprit == folder.path("home"))
            // Nor may the way lead through one and out of it again.
            try folder.remove("bin/go")
            try folder.makeSymbolicLink("bin/go", to: "../home/../go-1.99/bin/go")
            #expect(objection(to: folder.path("bin/go"))?.culprit == folder.path("home"))
        }

        @Test func believesNothingButRegularFiles() throws {
            let folder = try makeFolder()
            try folder.makeFIFO("fifo", mode: ModeBits(0o755))
            #expect(objection(to: folder.path("fifo"))?.reason == .notRegular(.fifo))
            try folder.makeSymbolicLink("loop", to: "loop")
            #expect(objection(to: folder.path("loop"))?.reason == .system(.tooManySymbolicLinkLevels))
            try folder.makeSymbolicLink("up", to: "..")
            #expect(objection(to: folder.path("up"))?.reason == .notRegular(.directory))
            try folder.makeSymbolicLink("dangling", to: "nothing")
            #expect(objection(to: folder.path("dangling"))?.isMissing == true)
        }
    }
}
