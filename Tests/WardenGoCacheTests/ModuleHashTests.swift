import Foundation
import Testing
import WardenGoCache
import WardenModel

/// Golden hashes were made by golang.org/x/mod/sumdb/dirhash.
@Suite("The hash of a module version") struct ModuleHashTests {
    private func sha256(_ bytes: [UInt8]) -> [UInt8] { hexadecimalBytes(of: bytes) }

    /// Asks sha256sum(1): this target has no digest of its own.
    private func hexadecimalBytes(of bytes: [UInt8]) -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sha256sum")
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        do {
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data(bytes))
            try input.fileHandleForWriting.close()
        } catch {
            Issue.record(error)
            return []
        }
        let digits = Array(output.fileHandleForReading.readDataToEndOfFile().prefix(64))
        process.waitUntilExit()
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
    }

    private func version(_ path: String, _ version: String = "v1.0.0") throws -> ModuleVersion {
        try #require(ModuleVersion(path: path, version: version))
    }

    private func file(_ path: String, _ content: String) -> ModuleHash.File {
        ModuleHash.File(path: Array(path.utf8), digest: sha256(Array(content.utf8)))
    }

    private func hash(_ files: [ModuleHash.File], _ version: ModuleVersion) -> String? {
        ModuleHash(of: files, in: version, sha256: sha256)?.text
    }

    /// The files of `example.com/Case/lib`, which Go itself has hashed.
    private var files: [ModuleHash.File] {
        [
            file("lib.go", "package lib\n\nconst Version=1\n"), file("deep/x.go", "package er\n"),
            file("go.mod", "module example.com/Case/lib\n\ngo 1.18\n"),
        ]
    }

    @Test func isWhatGoWrites() throws {
        let version = try version("example.com/Case/lib")
        #expect(hash(files, version) == "h1:a4CpuLVdk9tp0b4K0kn0ySjM+h77K1g7ZPqZnXug5nU=")
        #expect(hash(files.reversed(), version) == hash(files, version))
        #expect(hash([], version) == "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }

    @Test func everyByteAndEveryNameCounts() throws {
        let version = try version("example.com/Case/lib")
        var hashes = [hash(files, version), hash(files, try self.version("example.com/case/lib"))]
        hashes.append(hash(files, try self.version("example.com/Case/lib", "v1.0.1")))
        hashes.append(hash(Array(files.dropLast()), version))
        hashes.append(hash(files + [file("empty", "")], version))
        hashes.append(hash(files.dropLast() + [file("go.mod", "module example.com/Case/lib\n\ngo 1.19\n")], version))
        hashes.append(hash(files.dropLast() + [file("go.sum", "module example.com/Case/lib\n\ngo 1.18\n")], version))
        #expect(Set(hashes).count == hashes.count && !hashes.contains(nil))
    }

    @Test func namesWithLineBreaksHaveNone() throws {
        #expect(hash(files + [file("a\nb", "")], try version("example.com/Case/lib")) == nil)
    }

    /// Only a go.mod that is the very copy of its `_go.mod` is Go's, and only in a toolchain.
    @Test func copiesThatGoMakesInToolchainsDoNotCount() throws {
        let toolchain = try version("golang.org/toolchain", "v0.0.1-go1.27.3.linux-amd64")
        let archive = [file("src/_go.mod", "module std\n"), file("src/a.go", "package a\n")]
        let wanted = hash(archive, toolchain)
        #expect(hash(archive + [file("src/go.mod", "module std\n")], toolchain) == wanted)
        #expect(hash(archive + [file("src/go.mod", "module evil\n")], toolchain) != wanted)
        #expect(hash(archive + [file("src/cmd/go.mod", "module std\n")], toolchain) != wanted)
        #expect(hash(archive + [file("src/xgo.mod", "module std\n")], toolchain) != wanted)
        let other = try version("example.com/toolchain")
        #expect(hash(archive + [file("src/go.mod", "module std\n")], other) != hash(archive, other))
    }

    @Test func aHashMayStandInWhiteSpace() throws {
        let text = "h1:a4CpuLVdk9tp0b4K0kn0ySjM+h77K1g7ZPqZnXug5nU="
        for content in [text, text + "\n", " \t" + text + "\r\n"] {
            #expect(ModuleHash(parsing: Array(content.utf8))?.text == text)
        }
        for content in [
            "", "\n", "h1:", String(text.dropLast()), text + "=", "h2" + text.dropFirst(2), text + " x",
            text.replacing("+", with: "*"), text.replacing("a4", with: "a\0"),
        ] {
            #expect(ModuleHash(parsing: Array(content.utf8)) == nil, "\(content)")
        }
    }
}

@Suite("Parts of module versions") struct ModuleFaultTests {
    private static let all: ModuleParts = [.info, .mod, .zip, .ziphash, .lock, .tree]

    @Test(
        arguments: [
            (all, []), (all.subtracting(.lock), []), ([.info, .mod], []), (.lock, []), (.info, []), ([], []),
            (.leftover, []), (.ziphash, []),
            // Somebody removed zips to save room, or a tree.
            ([.tree, .ziphash], []), (all.subtracting(.zip), []), (all.subtracting(.tree), []),
            (all.subtracting(.ziphash), [.noZiphash]), (all.subtracting(.info), [.noInfo]),
            (all.subtracting(.mod), [.noMod]), (.zip, [.noZiphash, .noInfo, .noMod]),
            ([.tree, .info, .mod], [.noZiphash]), (.tree, [.noDownload]), ([.tree, .lock], [.noZiphash]),
            (all.union(.partial), [.unfinished]), (.partial, [.unfinished]),
        ] as [(ModuleParts, [ModuleFault])])
    func areMissedWhereGoLeavesThem(parts: ModuleParts, faults: [ModuleFault]) throws {
        let version = try #require(ModuleVersion(path: "example.com/A", version: "v1.0.0"))
        #expect(version.faults(of: parts) == faults)
        let again = try #require(ModuleVersion(treePath: version.treePath))
        #expect(again == version)
    }

    @Test func whatGoUnpacksFromItselfLacksNothing() throws {
        let snapshot = try #require(ModuleVersion(path: "golang.org/fips140", version: "v1.0.0"))
        #expect(snapshot.faults(of: [.tree, .lock]) == [])
        let toolchain = try #require(
            ModuleVersion(path: "golang.org/toolchain", version: "v0.0.1-go1.27.3.linux-amd64"))
        #expect(toolchain.faults(of: [.tree, .zip, .ziphash, .lock]) == [])
        #expect(toolchain.faults(of: [.tree, .zip, .lock]) == [.noZiphash])
    }
}
