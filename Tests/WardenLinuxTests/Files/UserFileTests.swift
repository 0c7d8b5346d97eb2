import SystemPackage
import Testing
import WardenLinux
import WardenModel

struct UserFileTests {
    @Test func readsWhatIsThereAndFollowsNothing() throws {
        let folder = try FilesFolder()
        try folder.file("env", "GOCACHE=/x\n")
        func read(_ name: String, limit: UInt64 = 100) throws(FileError) -> String? {
            try UserFile.read(FilePath("/" + name), from: folder.path, limit: ByteCount(limit))
                .map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try read("env") == "GOCACHE=/x\n")
        #expect(try read("none") == nil && read("none/at/all") == nil)
        _ = try folder.link("link", to: "env")
        try folder.directory("directory")
        _ = try folder.link("away", to: "directory")
        _ = try folder.fifo("fifo")
        for (name, reason) in [
            ("link", FileError.Reason.symbolicLink), ("away/env", .symbolicLink), ("fifo", .notRegular(.fifo)),
            ("directory", .notRegular(.directory)),
        ] {
            #expect(
                throws: FileError(reason, operation: "read", path: FilePath("/" + name), culprit: FilePath("/" + name))
            ) {
                _ = try read(name)
            }
        }
        let error = #expect(throws: FileError.self) { _ = try read("env", limit: 3) }
        #expect(error?.reason == .larger(than: ByteCount(3)))
    }

    @Test func listsFoldersInOrder() throws {
        let folder = try FilesFolder()
        try folder.directory("d")
        for name in ["b", "a", "c"] { try folder.file("d/" + name, "") }
        func names(_ name: String) throws(FileError) -> [String] {
            try UserFile.names(in: FilePath("/" + name), from: folder.path).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try names("d") == ["a", "b", "c"] && names("none") == [])
        _ = try folder.link("link", to: "d")
        #expect(throws: FileError.self) { _ = try names("link") }
        #expect(throws: FileError.self) { _ = try names("d/a") }
    }
}
