import Foundation
import SystemPackage
import Testing
import WardenGoCache
import WardenModel
import WardenObserve
import WardenTestSupport

struct SeenProcessesTests {
    @Test func knowsAGoCommand() throws {
        let directory = try TemporaryDirectory()
        for name in ["module", "module/sub"] { try directory.makeDirectory(FilePath(name)) }
        try directory.write("module/go.mod", "// a tool\nmodule \"example.com/tool\" // old\n\ngo 1.24\n")
        let go = try StandIn(
            try directory.makeSleep("go"), environment: ["GITLAB_CI": "true", "CI_JOB_ID": "7"],
            in: directory.path("module/sub"))
        let seen = try SeenProcesses()
        let process = try #require(seen.process(go.id, isGone: false))
        #expect(process.id == go.id)
        #expect(process.user == TestProcess.user)
        #expect(process.job == "gitlab 7")
        let command = try #require(process.command)
        #expect(command.process == go.id)
        #expect(command.subcommand == "60")
        #expect(command.directory == directory.path("module/sub").string)
        #expect(command.module == "example.com/tool")
        #expect(seen.process(go.id, isGone: false) == process)
    }

    @Test func findsTheCommandAbove() throws {
        let directory = try TemporaryDirectory()
        try directory.makeSymbolicLink("go", to: "/bin/sh")
        let script = "sleep 60 & echo $! >\(directory.path("id")); wait"
        let go = try StandIn(
            directory.path("go"), ["-c", script], environment: ["PATH": "/usr/bin:/bin"], in: directory.path)
        let end = ContinuousClock.now + .seconds(30)
        var child: Int32?
        while child == nil {
            try #require(ContinuousClock.now < end)
            Thread.sleep(forTimeInterval: 0.01)
            guard try directory.exists("id") else { continue }
            child = Int32(String(decoding: try directory.read("id"), as: UTF8.self).filter(\.isNumber))
        }
        let seen = try SeenProcesses()
        let id = try #require(child)
        let process = try #require(seen.process(id, isGone: false))
        #expect(process.command?.process == go.id)
        #expect(process.job == nil)
    }

    /// Who has ended is known by what was seen before; who was never seen is not.
    @Test func remembersWhoHasGone() throws {
        let directory = try TemporaryDirectory()
        let program = try directory.makeSleep("writer")
        let seen = try SeenProcesses()
        var before: TracedProcess?
        do {
            let writer = try StandIn(program)
            before = seen.process(writer.id, isGone: false)
        }
        let known = try #require(before)
        #expect(known.command == nil)
        seen.beginRound()
        #expect(seen.process(known.id, isGone: true) == known)
        let other = try StandIn(program)
        #expect(seen.process(other.id, isGone: true) == nil)
    }

    // MARK: - Tables

    @Test func forgetsTheOldest() {
        var table = RecentTable<Int, String>(limit: 2)
        for number in 1...4 { table.set(number, "\(number)") }
        #expect((1...4).map { table[$0] } == ["1", "2", "3", "4"])
        table.set(5, "5")
        #expect((1...5).map { table[$0] } == [nil, nil, "3", "4", "5"])
        table.set(5, "6")
        #expect(table[5] == "6")
    }

    /// As `Subkey` of cmd/go/internal/cache makes them.
    @Test(arguments: [
        ("stdout", "6f280e72989302b6afbed8b2c8c06aea3997b4ce7b0d456a391c674bfc772f8d"),
        ("srcfiles", "3d249acda9757edc53d799760619d17b32aa882522da7eb2539873e40b59b4af"),
        ("_cgo_gotypes.go", "f657d62c43ade4cf5a5183e5476c06523b43eb7e2566e5932d2d9a7b5bee1d4c"),
    ]) func makesTheKeysOfGo(name: String, key: String) throws {
        let digits = Array(hexadecimal((0..<32).map { UInt8($0) }).utf8)
        let hash = EntryHash(hexadecimal: digits.span)
        let action = try #require(hash)
        #expect(Subkeys(of: action).action(named: Array(name.utf8))?.description == key)
    }
}
