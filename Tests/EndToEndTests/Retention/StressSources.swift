import Foundation
import SystemPackage
import WardenModel
import WardenTestSupport

/// A program whose builds look up many entries at once and use them seconds later.
///
/// Go finds out while it plans where the cache holds what a package imports, and opens it when that package's turn comes.
/// In between `early` compiles for a second or two; `late` and the linker then want 40 small packages, and those of the
/// standard library, that were found before. Whoever removes one of them in that time breaks the build.
struct StressProgram: Sendable {
    let name: String
    /// A package of the standard library that no other program imports: with its imports it lies idle between two
    /// builds of this program.
    let imported: (path: String, use: String)

    static let all = [
        StressProgram(name: "alpha", imported: ("encoding/json", "json.Valid(nil)")),
        StressProgram(name: "beta", imported: ("regexp", "regexp.MustCompile(`a+`).MatchString(text)")),
    ]

    private static let leaves = 40
    /// Packages with the revision in them; all others are hits in every build but the first.
    private static let changing = ["leaf00", "leaf01", "leaf02", "leaf03", "early", "late"]

    /// Writes the program at a path below a directory that its user cannot write.
    func write(in directory: borrowing TemporaryDirectory, at path: FilePath) throws {
        try directory.makeDirectory(path)
        for (file, content) in files {
            let parent = path.pushing(file).removingLastComponent()
            if try !directory.exists(parent) { try directory.makeDirectory(parent) }
            try directory.write(path.pushing(file), content)
        }
        try Self.revise(directory.path(path), to: 0)
    }

    /// Gives a program's changing packages another constant, as an edit does. No build may be reading them.
    static func revise(_ program: FilePath, to revision: Int) throws {
        for package in changing {
            let file = program.appending(package).appending("revision.go")
            try Data("package \(package)\n\nconst Revision = \(revision)\n".utf8)
                .write(to: URL(fileURLWithPath: file.string))
        }
    }

    private var files: [FilePath: String] {
        var files: [FilePath: String] = [
            "go.mod": "module example.com/\(name)\n\ngo 1.18\n",
            "early/early.go": early, "late/late.go": late, "late/late_test.go": test, "main.go": main,
        ]
        for leaf in leafNames {
            files[FilePath("\(leaf)/leaf.go")] = """
                package \(leaf)

                import "strings"

                var Text = strings.Repeat("\(name)", \(Self.changing.contains(leaf) ? "Revision % 7" : "3"))

                """
        }
        for package in Self.changing {
            files[FilePath("\(package)/revision.go")] = "package \(package)\n\nconst Revision = 0\n"
        }
        return files
    }

    private var leafNames: [String] {
        (0..<Self.leaves).map { "leaf" + ($0 < 10 ? "0" : "") + String($0) }
    }

    /// 200 functions of 50 statements that no optimiser can fold: more than a second for the compiler.
    private var early: String {
        var text = "package early\n\n"
        for function in 0..<200 {
            text += "func f\(function)(x, y int) int {\n"
            for line in 0..<50 {
                text += "\tif x&\((line * 7 + function) % 251) > y%\(line + 2) "
                text += "{ x = x*\(line + 3) + y } else { y ^= x >> \(line % 13) }\n"
            }
            text += "\treturn x + y\n}\n\n"
        }
        let sum = (0..<200).map { "f\($0)(x, Revision)" }.joined(separator: " + ")
        return text + "func Sum(x int) int { return \(sum) }\n"
    }

    private var late: String {
        let imports = (leafNames + ["early"]).map { "\t\"example.com/\(name)/\($0)\"" }.joined(separator: "\n")
        let texts = leafNames.map { "\($0).Text" }.joined(separator: " + ")
        return """
            package late

            import (
            \t"\(imported.path)"
            \(imports)
            )

            func Sum() int {
            \ttext := \(texts)
            \tif \(imported.use) {
            \t\ttext += "!"
            \t}
            \treturn len(text) + Revision + early.Sum(len(text))
            }

            """
    }

    private var test: String {
        """
        package late

        import "testing"

        func TestSum(t *testing.T) {
        \tif Sum() != Sum() {
        \t\tt.Fatal("Sum differs from itself")
        \t}
        }

        """
    }

    private var main: String {
        """
        package main

        import (
        \t"fmt"

        \t"example.com/\(name)/late"
        )

        func main() { fmt.Println(late.Sum()) }

        """
    }
}
