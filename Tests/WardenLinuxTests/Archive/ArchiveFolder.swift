import SystemPackage
import WardenLinux
import WardenModel
import WardenTestSupport

/// Archives made by the host's own tools, and the place where they are unpacked.
struct ArchiveFolder: ~Copyable {
    let directory: TemporaryDirectory

    init() throws {
        let made = try TemporaryDirectory()
        try made.makeDirectory("around")
        try made.makeDirectory("around/root", mode: ModeBits(0o700))
        directory = consume made
    }

    /// Returns the archive that a shell script writes to `a.tar`.
    borrowing func archive(byShell script: String) throws -> [UInt8] {
        _ = try Tool.run(script, in: directory.path)
        return try directory.read("a.tar")
    }

    /// Returns the archive that calls of `add` and `raw` write with Python's `tarfile`; `end()` may come before more.
    borrowing func archive(byPython calls: String) throws -> [UInt8] {
        let prelude = """
            import tarfile
            globals().update({name: value for name, value in vars(tarfile).items() if name.isupper() or name == "TarInfo"})
            out = open("a.tar", "wb")
            def header(name, data=b"", type=REGTYPE, mode=0o644, format=USTAR_FORMAT, size=None, link="", pax=None):
                info = TarInfo(name)
                info.type, info.mode, info.linkname = type, mode, link
                info.size = len(data) if size is None else size
                if pax: info.pax_headers = pax
                return info.tobuf(format, "utf-8", "surrogateescape")
            def raw(block): out.write(block)
            def add(name, data=b"", **more):
                raw(header(name, data, **more))
                raw(data + bytes(-len(data) % 512))
            def patch(block, start, new):
                block = block[:start] + new + block[start + len(new):]
                total = sum(block[:148]) + 8 * 32 + sum(block[156:512])
                return block[:148] + b"%06o\\0 " % total + block[156:]
            def end(): raw(bytes(10240))

            """
        return try archive(byShell: "/usr/bin/python3 - <<'END'\n\(prelude)\(calls)\nout.close()\nEND\n")
    }

    /// Unpacks an archive into `around/root`, so many bytes at a time; throws `ArchiveError`.
    borrowing func unpack(_ bytes: [UInt8], step: Int = 65_536) throws {
        let root = try FileDescriptor.open(
            directory.path("around/root"), .readOnly, options: [.directory, .closeOnExec])
        var unpacker = ArchiveUnpacker(into: OwnedDescriptor(adopting: root))
        for start in stride(from: 0, to: bytes.count, by: step) {
            try unpacker.take(bytes[start..<min(start + step, bytes.count)].span)
        }
        try unpacker.finish()
    }

    /// Returns why an archive is refused, and `nil` where it is not.
    borrowing func complaint(_ bytes: [UInt8], step: Int = 65_536) throws -> String? {
        do {
            try unpack(bytes, step: step)
            return nil
        } catch let error as ArchiveError {
            return error.description
        }
    }

    /// Whether anything but `around/root` stands in `around`.
    borrowing func hasStrangers() throws -> Bool {
        try TreeSnapshot(of: directory.path("around"), depth: 1).paths != [RelativePath("root")]
    }
}
