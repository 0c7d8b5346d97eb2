import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// Archives that honest tools make of honest trees.
struct ArchiveUnpackerTests {
    /// A tree with names that no header has room for, an empty file and an empty directory.
    private static let tree = """
        umask 022
        long=$(printf 'd%.0s' $(seq 90))
        mkdir -p go/bin go/empty go/src/$long/$long
        printf 'go1.99\\n' >go/VERSION
        printf '#!/bin/sh\\n' >go/bin/go
        chmod 755 go/bin/go
        : >go/src/nothing
        head -c 300000 /dev/urandom >go/src/$long/$long/$(printf 'f%.0s' $(seq 120)).go
        printf x >"go/src/ü ' \\\\.go"

        """

    private static let formats = ["ustar", "gnu", "posix"]
    private static let steps = [1 << 20, 512, 4_097, 7]

    @Test(arguments: formats, steps) func makesWhatDebiansTarHasPacked(format: String, step: Int) throws {
        let folder = try ArchiveFolder()
        // A ustar header has room for a name of 100 bytes behind a path of 155.
        let script =
            format == "ustar" ? Self.tree.replacing("seq 90", with: "seq 60").replacing("120", with: "90") : Self.tree
        let bytes = try folder.archive(byShell: script + "tar --format=\(format) -cf a.tar go")
        try folder.unpack(bytes, step: step)
        let differences = try Tool.run("diff -r go around/root && echo same", in: folder.directory.path)
        #expect(differences == "same\n")
        let modes = try Tool.run(
            "cd around/root; find . -mindepth 1 -printf '%y %m\\n' | sort | uniq -c | tr -s ' '",
            in: folder.directory.path)
        #expect(modes == " 5 d 755\n 4 f 644\n 1 f 755\n")
        #expect(try !folder.hasStrangers())
    }

    @Test func makesDirectoriesThatTheArchiveDoesNotName() throws {
        let folder = try ArchiveFolder()
        let bytes = try folder.archive(
            byPython: "add('./go/a/b/c', b'1'); add('go/a/b/', type=DIRTYPE); add('go/a/d'); end()")
        try folder.unpack(bytes)
        #expect(try folder.directory.read("around/root/a/b/c") == Array("1".utf8))
        #expect(try folder.directory.status("around/root/a").mode == ModeBits(0o755))
    }

    @Test func givesNobodyMoreThanReading() throws {
        let folder = try ArchiveFolder()
        let bytes = try folder.archive(
            byPython: "add('go/', type=DIRTYPE, mode=0o1777); add('go/a', mode=0o666); add('go/b', mode=0o010); end()")
        try folder.unpack(bytes)
        #expect(try folder.directory.status("around/root").mode == ModeBits(0o700))
        #expect(try folder.directory.status("around/root/a").mode == ModeBits(0o644))
        #expect(try folder.directory.status("around/root/b").mode == ModeBits(0o755))
    }

    @Test func readsBinaryNumbers() throws {
        let folder = try ArchiveFolder()
        let bytes = try folder.archive(
            byPython:
                "raw(patch(header('go/a', b'abc'), 124, b'\\x80' + bytes(10) + b'\\x03')); raw(b'abc' + bytes(509)); end()"
        )
        try folder.unpack(bytes)
        #expect(try folder.directory.read("around/root/a") == Array("abc".utf8))
    }

    @Test func passesOverGlobalHeadersAndAttributes() throws {
        let folder = try ArchiveFolder()
        let bytes = try folder.archive(
            byPython: """
                raw(TarInfo.create_pax_global_header({"comment": "x" * 600}))
                raw(header('go/a', b'abc', format=PAX_FORMAT, pax={"mtime": "1.5", "SCHILY.xattr.user.a": "b"}))
                raw(b'abc' + bytes(509)); end()
                """)
        try folder.unpack(bytes)
        #expect(try folder.directory.read("around/root/a") == Array("abc".utf8))
    }
}
