import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A member of the group plants what members can plant; the agent must not become the way out of the cache.
    @Suite("A hostile cache", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct HostileCacheTests {
        @Test(.timeLimit(.minutes(2)))
        func losesNothingButItsDrift() throws {
            let host = try TestHost.make()
            let tree = try host.makeUsedCache(by: host.first)
            try host.folder.makeDirectory("victims", mode: ModeBits(0o700))
            try host.folder.write("victims/file", "secret", mode: ModeBits(0o600))
            try host.folder.write("victims/linked", "secret", mode: ModeBits(0o600))
            try host.folder.makeDirectory("victims/directory", mode: ModeBits(0o700))
            try host.folder.write("victims/directory/inner", "secret", mode: ModeBits(0o600))
            let planted = try plant(in: host)
            let victims = try TreeSnapshot(of: host.folder.path("victims"))
            let before = try TreeSnapshot(of: host.folder.path)

            let check = try host.cachewarden("check").run()
            #expect(check.status == 2, "\(check)")
            #expect(check.output.contains("entry-refused"), "\(check)")
            #expect(check.output.contains("entry-stranger"), "\(check)")
            #expect(try TreeSnapshot(of: host.folder.path).differences(from: before).isEmpty)

            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 3, "\(apply)")
            #expect(try TreeSnapshot(of: host.folder.path("victims")).differences(from: victims).isEmpty)
            for entry in tree.actions + tree.outputs {
                #expect(try host.folder.status(entry).mode == ModeBits(0o660))
            }
            let standing = try standingRules(host)
            #expect(standing == ["entry-refused"], "everything else must be repaired")
            for (path, status) in planted {
                #expect(try host.folder.status(path) == status, "\(path) must stay as it was")
            }
        }

        @Test("21: a private file that a member moves to an entry's name stays private")
        func privateFilesStayPrivate() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try host.cachewarden("apply").runSuccessfully()
            // A folder where members keep files side by side: whoever may write there may move what they cannot read.
            try host.folder.makeDirectory("common", mode: ModeBits(0o777))
            // printf 'honest\n' | sha256sum
            let honest = "00249c9ae9fff21dddb2a4a6caa40033bd99369b6678a35e1051fcc8d175dfca-d"
            let forged = "00" + String(repeating: "1", count: 62)
            for (name, content) in [("1", "secret\n"), ("2", "secret\n"), ("3", "secret\n"), ("4", "honest\n")] {
                try host.folder.write(FilePath("common").appending(name), content, mode: ModeBits(0o600))
            }
            let common = host.folder.path("common").string
            try Command("/bin/chown", "-R", "\(host.first):\(host.first)", common).runSuccessfully()
            let script = """
                mkdir -p "$1/00" "$1/fuzz" && cd "$2" && ! cat 1 2>/dev/null && mv 1 "$1/00/\(forged)-d" &&
                mv 2 "$1/00/\(forged)-a" && mv 3 "$1/fuzz/0123456789abcdef" && mv 4 "$1/00/\(honest)"
                """
            try Command("/bin/sh", "-c", script, "sh", host.cache.string, common)
                .run(as: host.second, umask: "022").runSuccessfully()
            let apply = try host.cachewarden("apply").run()
            #expect(apply.status == 3 && apply.output.contains("stay private"), "\(apply)")
            for name in ["00/\(forged)-d", "00/\(forged)-a", "fuzz/0123456789abcdef"] {
                let status = try host.folder.status(FilePath("go-build").pushing(FilePath(name)))
                #expect(status.mode == ModeBits(0o600), "\(name): \(status)")
            }
            #expect(try host.folder.status(FilePath("go-build/00").appending(honest)).mode == ModeBits(0o660))
        }

        /// Returns the rules of what a check still finds, advice aside.
        private func standingRules(_ host: borrowing TestHost) throws -> Set<String> {
            let check = try host.cachewarden("check", "--format", "json").run()
            #expect(check.status == 2, "\(check)")
            let report = try JSONDecoder().decode(Report.self, from: Data(check.output.utf8))
            let findings = report.caches.flatMap(\.findings).filter { $0.disposition != "advisory" }
            return Set(findings.map(\.rule))
        }

        /// As much of a JSON report as these tests read.
        private struct Report: Decodable {
            struct Cache: Decodable {
                let findings: [Finding]
            }

            struct Finding: Decodable {
                let rule: String
                let disposition: String
            }

            let caches: [Cache]
        }

        /// Plants one of everything and returns the inodes that must stay as they are.
        private func plant(in host: borrowing TestHost) throws -> [FilePath: FileStatus] {
            let cache: FilePath = "go-build"
            let folder = host.folder.path("victims")
            try host.folder.makeDirectoryIfMissing(cache.appending("00"))
            let digits = { (digit: String) in
                FilePath("00").appending("00" + String(repeating: digit, count: 62) + "-d")
            }
            var planted: [FilePath] = []
            func plant(_ name: FilePath, _ make: (FilePath) throws -> Void) throws {
                planted.append(cache.pushing(name))
                try make(cache.pushing(name))
            }
            try plant(digits("1")) { try host.folder.makeSymbolicLink($0, to: folder.appending("file")) }
            try plant(digits("2")) { try host.folder.makeSymbolicLink($0, to: "/nonexistent") }
            try plant(digits("3")) { try host.folder.makeHardLink($0, to: "victims/linked") }
            try plant(digits("4")) { try host.folder.makeFIFO($0) }
            try plant(digits("5")) { try host.folder.makeSocket($0) }
            try plant(digits("6")) {
                try host.folder.write($0, "#!/bin/sh\n")
                try host.folder.setMode($0, ModeBits(0o4755))
            }
            try plant(digits("7")) {
                try host.folder.makeDirectory($0)
                try host.folder.write($0.appending("one"), "1")
                try host.folder.write($0.appending("two"), "2")
            }
            try plant("fuzz-link") { try host.folder.makeSymbolicLink($0, to: folder.appending("directory")) }
            try plant("movie.iso") { try host.folder.makeSparseFile($0, size: ByteCount(1 << 40)) }
            try plant("two\nlines") { try host.folder.write($0, "x") }
            try plant(FilePath(nameBytes: [0x66, 0xff, 0xfe])) { try host.folder.write($0, "x") }
            try plant("deep") { try host.folder.makeDeepChain($0, depth: 3_000) }
            // Nothing of this is root's: a member planted it.
            try Command("/usr/bin/find", host.cache.string, "-exec", "/bin/chown", "-h", host.first, "{}", "+").run()
            try host.folder.setMode(cache.pushing(digits("6")), ModeBits(0o4755))
            var statuses: [FilePath: FileStatus] = [:]
            for path in planted { statuses[path] = try host.folder.status(path) }
            return statuses
        }
    }
}
