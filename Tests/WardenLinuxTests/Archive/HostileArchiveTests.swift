import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// Archives that somebody has made to do harm.
struct HostileArchiveTests {
    private static let cases: [(calls: String, complaint: String)] = [
        ("add('/go/a')", "the archive's entry '/go/a' has an absolute name (at byte 0)"),
        ("add('go/../../x')", "the archive's entry 'go/../../x' has '.' or '..' in its name (at byte 0)"),
        ("add('../go/x')", "the archive's entry '../go/x' has '.' or '..' in its name (at byte 0)"),
        ("add('go/./x')", "the archive's entry 'go/./x' has '.' or '..' in its name (at byte 0)"),
        ("add('go//x')", "the archive's entry 'go//x' has an empty component in its name (at byte 0)"),
        ("add('go/x/')", "the archive's entry 'go/x/' has an empty component in its name (at byte 0)"),
        ("add('gone/x')", "the archive's entry 'gone/x' does not stand below 'go/' (at byte 0)"),
        ("add('go')", "the archive's entry 'go' does not stand below 'go/' (at byte 0)"),
        (
            "add('go/a'); add('go/l', type=SYMTYPE, link='/etc/passwd')",
            "the archive's entry 'go/l' is a symbolic link, neither a regular file nor a directory (at byte 512)"
        ),
        (
            "add('go/l', type=LNKTYPE, link='/etc/passwd')",
            "the archive's entry 'go/l' is a hard link, neither a regular file nor a directory (at byte 0)"
        ),
        (
            "add('go/\\x1b[2J\\n', type=CHRTYPE)",
            "the archive's entry 'go/\\x1b[2J\\n' is a character device, neither a regular file nor a directory (at byte 0)"
        ),
        ("add('go/d', type=BLKTYPE)", "is a block device"), ("add('go/p', type=FIFOTYPE)", "is a FIFO"),
        ("add('go/s', type=b'S')", "is a sparse file"), ("add('go/c', type=b'7')", "is of a type that is not known"),
        ("add('go/s', mode=0o4755)", "has a set-user-ID or set-group-ID bit"),
        ("add('go/s', mode=0o2755, type=DIRTYPE)", "has a set-user-ID or set-group-ID bit"),
        ("add('go/a'); add('go/a')", "the archive's entry 'go/a' is there twice"),
        ("add('go/a', type=DIRTYPE); add('go/a', type=DIRTYPE)", "the archive's entry 'go/a' is there twice"),
        ("add('go/', type=DIRTYPE); add('go/', type=DIRTYPE)", "the archive's entry 'go/' is there twice"),
        ("add('go/a', type=DIRTYPE); add('go/a')", "the archive's entry 'go/a' is there twice"),
        ("add('go/a/b'); add('go/a/', type=DIRTYPE); add('go/a/', type=DIRTYPE)", "is there twice"),
        (
            "add('go/a'); add('go/a/b')",
            "the archive's entry 'go/a' is a file, and another entry needs a directory there"
        ),
        ("add('go/a'); add('go/a/', type=DIRTYPE)", "the archive's entry 'go/a' is there twice"),
        ("raw(header('go/a', size=5<<30, format=GNU_FORMAT))", "takes the archive's files beyond 4.0 GiB"),
        ("raw(header('go/a', size=1<<70, format=GNU_FORMAT))", "has no valid number as its size"),
        ("raw(header('go/a', size=-1, format=GNU_FORMAT))", "has no valid number as its size"),
        ("raw(header('go/a', size=(1<<64)-1, format=PAX_FORMAT))", "takes the archive's files beyond 4.0 GiB"),
        ("raw(header('go/a', size=1<<64, format=PAX_FORMAT))", "has an extended header with a size that is no number"),
        ("raw(patch(header('go/a'), 124, b'12x4567\\0'))", "has no valid number as its size"),
        ("raw(patch(header('go/a'), 124, bytes(12)))", "has no valid number as its size"),
        ("raw(patch(header('go/a'), 100, b'\\xff' * 8))", "has no valid number as its mode"),
        ("raw(patch(header('go/a', b''), 257, bytes(8)))", "has a header that is neither ustar nor GNU"),
        (
            "b = header('go/a'); raw(b[:3] + b'b' + b[4:])",
            "the archive has a header whose checksum is wrong (at byte 0)"
        ),
        ("raw(header('go/a', size=7, type=DIRTYPE))", "is a directory with a size"),
        (
            "add('go/a', format=PAX_FORMAT, pax={'path': '/etc/' + 'x' * 200})", "has an absolute name"
        ),
        ("add('x', format=PAX_FORMAT, pax={'path': 'go/a\\0b'})", "'go/a\\x00b' has a NUL in its name"),
        ("add('go/' + 'x/' * 2500 + 'x', format=PAX_FORMAT)", "has a name of more than 4096 bytes"),
        ("add('go/' + 'x/' * 31 + 'x')", "stands more than 31 directories deep"),
        ("add('go/' + 'x' * 256, format=GNU_FORMAT)", "File name too long"),
        ("add('go/a', format=PAX_FORMAT, pax={'GNU.sparse.major': '1'})", "has an extended header with a sparse file"),
        ("add('x', b'99 path=go\\n', type=XHDTYPE)", "has an extended header with a record of a wrong length"),
        ("add('x', b'10 path=go', type=XHDTYPE)", "has an extended header with a record without an end"),
        ("add('x', b'8 path1\\n', type=XHDTYPE)", "has an extended header with a record without a value"),
        (
            "add('x', b'99999999999999999999 p=1\\n', type=XHDTYPE)",
            "has an extended header with a record of a wrong length"
        ),
        ("add('x', b'6 a=b\\n', type=XHDTYPE); add('y', b'6 a=b\\n', type=XHDTYPE)", "with another behind it"),
        ("add('x', b'6 a=b\\n', type=XHDTYPE)", "the archive has an extended header that belongs to no entry"),
        ("raw(header('x', size=65537, type=XHDTYPE))", "has an extended header of more than 65536 bytes"),
        ("raw(header('x', size=1<<33, type=GNUTYPE_LONGNAME, format=GNU_FORMAT))", "of more than 65536 bytes"),
        ("end(); raw(b'x')", "the archive has something else than zeros behind its end"),
        ("end(); add('go/a')", "the archive has something else than zeros behind its end"),
        ("raw(bytes(2 << 20))", "the archive goes on for more than 1048576 bytes behind its end"),
        (
            "[add('go/%d' % n, type=DIRTYPE) for n in range(3)]; raw(header('x', size=0, type=XGLTYPE) * 99998)",
            "100000 entries"
        ),
    ]

    @Test(arguments: cases.indices) func isRefused(index: Int) throws {
        let (calls, complaint) = Self.cases[index]
        let folder = try ArchiveFolder()
        let bytes = try folder.archive(byPython: calls + "\nend()")
        let found = try folder.complaint(bytes) ?? "nothing"
        #expect(found.contains(complaint))
        #expect(try !folder.hasStrangers())
    }

    @Test func isRefusedWhereItEndsTooEarly() throws {
        let folder = try ArchiveFolder()
        let calls =
            "add('go/', type=DIRTYPE); add('go/a', b'x' * 1500); add('go/' + 'n' * 150 + '/b', b'y', format=PAX_FORMAT)"
        let bytes = try folder.archive(byPython: calls + "\nraw(bytes(1024))")
        for size in stride(from: 0, to: bytes.count, by: 512) {
            let folder = try ArchiveFolder()
            #expect(try folder.complaint(Array(bytes[..<size])) == "the archive ends in the middle (at byte \(size))")
        }
        #expect(try folder.complaint(bytes) == nil)
    }

    @Test func findsNothingButADirectoryOfItsOwn() throws {
        let folder = try ArchiveFolder()
        try folder.directory.makeSymbolicLink("around/root/a", to: "/tmp")
        let bytes = try folder.archive(byPython: "add('go/a/cachewarden-was-here'); end()")
        #expect(try folder.complaint(bytes) != nil)
        #expect(try !folder.directory.exists("/tmp/cachewarden-was-here"))
    }
}
