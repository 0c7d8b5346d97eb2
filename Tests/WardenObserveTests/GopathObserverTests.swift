import SystemPackage
import Testing
import WardenModel
import WardenObserve
import WardenTestSupport

@Suite struct GopathObserverTests {
    private func make(_ files: [(FilePath, String)]) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        for (path, text) in files {
            var made = FilePath("home")
            if try !folder.exists(made) { try folder.makeDirectory(made) }
            for component in path.removingLastComponent().components {
                made.append(component)
                if try !folder.exists(made) { try folder.makeDirectory(made) }
            }
            try folder.write(FilePath("home").appending(path.components), text)
        }
        return folder
    }

    private func observe(_ folder: borrowing TemporaryDirectory) -> GopathObservation {
        GopathObserver(top: folder.path).observe("/home/go", home: "/home")
    }

    @Test func findsModulesArchivesAndFoldersThatAreMissing() throws {
        let folder = try make([
            ("go/src/example.com/a/go.mod", "module example.com/a\nreplace x => ../b\nreplace y => ../c\n"),
            ("go/src/example.com/b/go.mod", "module example.com/b\nreplace z => /elsewhere\n"),
            ("go/src/example.com/b/below/go.mod", "module example.com/b/below\n"),
            ("go/src/example.com/.hidden/go.mod", "module example.com/h\n"),
            ("go/src/1/2/3/4/5/go.mod", "module too/deep\n"), ("go/src/1/2/3/4/go.mod", "module deep\n"),
            ("go/pkg/linux_amd64/a.a", ""), ("go/pkg/linux_arm64_race/a.a", ""), ("go/pkg/mod/cache/x", ""),
            ("go/pkg/sumdb/x", ""), ("go/pkg/linux_/x", ""), ("go/pkg/my_things/x", ""),
        ])
        let found = observe(folder)
        #expect(found.archives == ["/home/go/pkg/linux_amd64", "/home/go/pkg/linux_arm64_race"])
        #expect(
            found.modules == [
                .init(path: "/home/go/src/1/2/3/4"),
                .init(path: "/home/go/src/example.com/a", missingReplacements: ["y => ../c"]),
                .init(path: "/home/go/src/example.com/b"),
            ])
    }

    @Test func followsNoLinkAndEndsInAnyTree() throws {
        let folder = try make([("other/go.mod", "module other\n"), ("go/src/a/x.go", "")])
        try folder.makeSymbolicLink("home/go/src/link", to: "../../other")
        try folder.makeSymbolicLink("home/go/src/loop", to: ".")
        for number in 0..<3_000 { try folder.makeDirectory(FilePath("home/go/src/a/\(number)")) }
        #expect(observe(folder) == GopathObservation(path: "/home/go"))
    }

    @Test func findsNothingWhereThereIsNothing() throws {
        #expect(observe(try make([])) == GopathObservation(path: "/home/go"))
    }
}
