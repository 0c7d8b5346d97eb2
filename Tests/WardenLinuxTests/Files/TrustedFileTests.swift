import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel

struct TrustedFileTests {
    private func read(_ path: FilePath, limit: UInt64 = 1_000) throws(FileError) -> String {
        let bytes = try TrustedFile.read(path, limit: ByteCount(limit), trusting: .rootAndCaller)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func reason(_ path: FilePath, limit: UInt64 = 1_000) -> FileError.Reason? {
        do throws(FileError) {
            _ = try read(path, limit: limit)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func readsAFileOfTheCaller() throws {
        let folder = try FilesFolder()
        #expect(try read(try folder.file("a.yaml", "version: 1\n", mode: 0o644)) == "version: 1\n")
        #expect(try read(try folder.file("empty", "")) == "")
    }

    @Test func readsUpToTheLimitAndNotABytesMore() throws {
        let folder = try FilesFolder()
        let file = try folder.file("a", String(repeating: "x", count: 5_000))
        #expect(try read(file, limit: 5_000).utf8.count == 5_000)
        #expect(reason(file, limit: 4_999) == .larger(than: ByteCount(4_999)))
    }

    @Test(.timeLimit(.minutes(30))) func opensNothingButRegularFiles() throws {
        let folder = try FilesFolder()
        try folder.file("real")
        #expect(reason(try folder.fifo("fifo")) == .notRegular(.fifo))
        #expect(reason(try folder.directory("directory")) == .notRegular(.directory))
        #expect(reason(try folder.link("link", to: "real")) == .symbolicLink)
        #expect(reason(try folder.link("dangling", to: "nothing")) == .symbolicLink)
        #expect(reason("/dev/zero") == .notRegular(.characterDevice))
        #expect(reason(folder.path.appending("missing")) == .system(.noSuchFileOrDirectory))
        #expect(reason(folder.path.appending("real").appending("x")) == .notDirectory(.file))
    }

    @Test(arguments: [0o620, 0o602, 0o666]) func refusesFilesThatOthersMayWrite(mode: Int) throws {
        let folder = try FilesFolder()
        #expect(reason(try folder.file("a", mode: mode)) == .writableByOthers(ModeBits(UInt16(mode))))
    }

    @Test(.enabled(if: ACLSupport.isAvailable, "\(ACLSupport.reason)")) func refusesFilesThatANamedUserMayWrite() throws
    {
        let folder = try FilesFolder()
        let file = try folder.file("a")
        try folder.command("/usr/bin/setfacl", "-m", "u:12345:rw", file.string)
        #expect(reason(file) == .writableByOthers(ModeBits(0o660)))
        try folder.command("/usr/bin/chmod", "go-w", file.string)
        #expect(reason(file) == nil)
    }

    @Test func namesTheDirectoryThatOthersMayWrite() throws {
        let folder = try FilesFolder()
        try folder.directory("open", mode: 0o777)
        try folder.directory("open/inner")
        let file = try folder.file("open/inner/a.yaml")
        let error = #expect(throws: FileError.self) { try read(file) }
        #expect(error?.culprit == folder.path.appending("open"))
        #expect(
            error?.description == "cannot read '\(file)': '\(folder.path)/open': can be written by others than its "
                + "owner (mode 0777) (chmod go-w '\(folder.path)/open')")
        try folder.setMode(of: "open", 0o1777)
        #expect(try read(file) == "text")
    }

    @Test(.enabled(if: getuid() == 0, "giving files away needs root")) func refusesForeignOwners() throws {
        let folder = try FilesFolder()
        let file = try folder.file("a.yaml")
        try folder.setOwner(of: "a.yaml", 12_345)
        #expect(reason(file) == .untrustedOwner(UserID(12_345)))
        try folder.directory("theirs", mode: 0o755)
        let inner = try folder.file("theirs/a.yaml")
        try folder.setOwner(of: "theirs", 12_345)
        let error = #expect(throws: FileError.self) { try read(inner) }
        #expect(error?.culprit == folder.path.appending("theirs"))
        #expect(error?.remedy == "chown root '\(folder.path)/theirs'")
    }

    @Test(.enabled(if: getuid() == 0, "giving links away needs root")) func followsTrustedLinksBetweenDirectories()
        throws
    {
        let folder = try FilesFolder()
        try folder.directory("real")
        try folder.directory("real/inner")
        try folder.file("real/inner/a.yaml")
        try folder.link("relative", to: "./real/inner/../inner")
        try folder.link("absolute", to: folder.path.string + "/relative")
        #expect(try read(folder.path.appending("absolute").appending("a.yaml")) == "text")
        #expect(try read(folder.path.appending("real").appending("..").appending("relative/a.yaml")) == "text")
        try folder.link("loop", to: "loop")
        #expect(reason(folder.path.appending("loop/a.yaml")) == .system(.tooManySymbolicLinkLevels))
        try folder.link("theirs", to: "real/inner")
        try folder.command("/usr/bin/chown", "-h", "12345", folder.path.appending("theirs").string)
        #expect(reason(folder.path.appending("theirs/a.yaml")) == .untrustedOwner(UserID(12_345)))
    }

    @Test func listsAFolderSortedByBytes() throws {
        let folder = try FilesFolder()
        for name in ["b.yaml", "a.yml", "B.yaml", ".hidden.yaml", "notes.txt", "é.yaml", "yaml"] {
            try folder.file(name)
        }
        let found = try TrustedFile.list(folder.path, suffixes: [".yaml", ".yml"], trusting: .rootAndCaller)
        #expect(found == ["B.yaml", "a.yml", "b.yaml", "é.yaml"].map { folder.path.appending($0) })
    }

    @Test(arguments: [0o770, 0o1777]) func listsNoFolderThatOthersMayAddTo(mode: Int) throws {
        let folder = try FilesFolder()
        let inner = try folder.directory("policy.d", mode: mode)
        let error = #expect(throws: FileError.self) {
            try TrustedFile.list(inner, suffixes: [".yaml"], trusting: .rootAndCaller)
        }
        #expect(error?.reason == .writableByOthers(ModeBits(UInt16(mode))))
    }

    @Test func tellsWhatStandsAtAPath() throws {
        let folder = try FilesFolder()
        let kind = { (path: FilePath) in try TrustedFile.kind(of: path, trusting: .rootAndCaller) }
        #expect(try kind(try folder.file("a")) == .file)
        #expect(try kind(folder.path) == .directory)
        #expect(try kind("/") == .directory)
        #expect(try kind(folder.path.appending("none/at/all")) == nil)
    }

    @Test func readsWhatAUserNamesWhoeverMayWriteIt() throws {
        let folder = try FilesFolder()
        try folder.file("plan.json", "{}", mode: 0o666)
        let link = try folder.link("link", to: "plan.json")
        #expect(try readFile(link, limit: ByteCount(10)) == Array("{}".utf8))
        let fifo = try folder.fifo("fifo")
        #expect(throws: FileError.self) { try readFile(fifo, limit: ByteCount(10)) }
    }
}
