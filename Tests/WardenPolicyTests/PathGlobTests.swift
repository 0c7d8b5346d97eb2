import Testing
import WardenPolicy

struct PathGlobTests {
    @Test(arguments: [
        ("a.o", "a.o", true), ("a.o", "b/a.o", false), ("*.o", "a.o", true), ("*.o", ".o", true),
        ("*.o", "b/a.o", false), ("*.o", "a.oo", false), ("*/a", "b/a", true), ("*/a", "a", false),
        ("*/a", "c/b/a", false), ("**", "a", true), ("**", "a/b/c", true), ("**/a", "a", true), ("**/a", "c/b/a", true),
        ("**/a", "c/ba", false), ("a/**", "a/b", true), ("a/**", "a/b/c", true), ("a/**", "ab/c", false),
        ("a/**/z", "a/z", true), ("a/**/z", "a/b/c/z", true), ("a/**/z", "a/b/c/zz", false),
        ("**/b/**/d", "a/b/b/c/d", true), ("**/b/**/d", "a/c/d", false), ("**/a/b", "a/a/b", true),
        ("**/**/a", "a", true), ("?.o", "é.o", true), ("??.o", "é.o", false), ("?", "ab", false), ("a?", "a", false),
        ("*a*b*c", "xaybzc", true), ("*a*b*c", "xaybz", false), ("A", "a", false), ("a*", "a", true),
        ("a b+c", "a b+c", true), ("**/*.t?z", "x/y/z.tgz", true),
    ])
    func matchesPathsBelowTheRoot(_ pattern: String, _ path: String, _ isMatch: Bool) throws {
        let glob = try #require(PathGlob(pattern))
        #expect(glob.matches(Array(path.utf8)) == isMatch)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a**", "**a/b", "***", "a[0-9]", "a{b,c}", "a\\*", "a]",
    ])
    func refusesWhatIsNoPlainPath(_ pattern: String) { #expect(PathGlob(pattern) == nil) }

    @Test func comparesBytes() throws {
        let glob = try #require(PathGlob("?x?"))
        #expect(glob.matches([0xff, 0x78, 0xc3]))
        #expect(!glob.matches([0xff, 0xfe, 0x78, 0xc3]))
    }

    @Test func starsTakeNoExponentialTime() throws {
        let name = Array(String(repeating: "a", count: 250).utf8)
        let deep = Array(Array(repeating: "a", count: 500).joined(separator: "/").utf8)
        #expect(try !#require(PathGlob(String(repeating: "*a", count: 60) + "b")).matches(name))
        #expect(try !#require(PathGlob(String(repeating: "**/a/", count: 60) + "b")).matches(deep))
    }

    @Test func excludingIsStrongerThanIncluding() throws {
        let all = PathSelection()
        let some = PathSelection(
            include: [try #require(PathGlob("**/*.o")), try #require(PathGlob("tmp/**"))],
            exclude: [try #require(PathGlob("tmp/keep/**"))])
        for (path, isIn) in [("a/b.o", true), ("tmp/x", true), ("tmp/keep/b.o", false), ("c", false)] {
            #expect(some.contains(Array(path.utf8)) == isIn)
            #expect(all.contains(Array(path.utf8)))
        }
    }
}
