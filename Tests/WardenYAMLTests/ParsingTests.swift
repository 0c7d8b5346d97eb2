import SystemPackage
import Testing
import WardenModel
import WardenYAML

private func parse(_ text: String) -> YAMLDocument { parseYAML(Array(text.utf8), file: "p.yaml") }

struct ParsingTests {
    @Test func keepsOrderTextQuotesAndPlaces() throws {
        let root = try #require(parse("b: 1\r\na: [x, \"2\"]\r\n").root)
        guard case .mapping(let pairs) = root.content else {
            Issue.record("no mapping")
            return
        }
        #expect(pairs.map(\.key.text) == ["b", "a"])
        #expect(pairs.map(\.key.mark) == [SourceMark(line: 1, column: 1), SourceMark(line: 2, column: 1)])
        guard case .sequence(let items) = pairs[1].value.content else {
            Issue.record("no list")
            return
        }
        #expect(items.compactMap(\.scalar?.text) == ["x", "2"])
        #expect(items.compactMap(\.scalar?.isPlain) == [true, false])
        #expect(items.map(\.mark) == [SourceMark(line: 2, column: 5), SourceMark(line: 2, column: 8)])
    }

    @Test func countsColumnsInCharacters() throws {
        // Each of the three is one character, of 1, 2 and 3 scalars.
        let document = parse("é: [e\u{301}, 👩🏽‍💻, &a x]\n")
        let diagnostic = try #require(document.diagnostics.first)
        #expect(diagnostic.mark == SourceMark(line: 1, column: 11))
        #expect(diagnostic.sourceLine == "é: [e\u{301}, 👩🏽‍💻, &a x]")
    }

    @Test func acceptsByteOrderMarkOfUTF8() throws {
        let document = parseYAML([0xef, 0xbb, 0xbf] + Array("a: *b\n".utf8), file: "p.yaml")
        #expect(document.diagnostics.map(\.id) == ["alias"])
        #expect(document.diagnostics.first?.mark == SourceMark(line: 1, column: 4))
    }

    @Test(arguments: [
        ("a: ^&x 1\n", "anchor"), ("a: ^*x\n", "alias"), ("a: ^!!str 1\n", "tag"),
        ("a: ^!include x\n", "tag"), ("a: ^!!python/object:os.system x\n", "tag"), ("^<<: {a: 1}\n", "merge-key"),
        ("a: 1\n^---\nb: 1\n", "second-document"), ("a: 1\nb: 2\n^a: 3\n", "duplicate-key"),
        ("a:\n^\tb: 1\n", "tab"), ("a: \"x^\ty\"\n", "tab"), ("a: ^\u{202e}b\n", "control-character"),
        ("a: ^\u{7}b\n", "control-character"), ("a: x^\ry: 1\n", "control-character"),
        ("a: ^\u{2028}b\n", "control-character"), ("a: ^\u{0}b\n", "nul-byte"), ("a: ^\"\\0\"\n", "control-character"),
        ("^%YAML 1.1\n---\na: 1\n", "yaml-directive"), ("^[a]: 1\n", "key-not-text"),
        ("a: [1, 2\nb^: 3\n", "yaml-syntax"),
        ("a: 'x\n^", "yaml-syntax"), ("a: b^: c\n", "yaml-syntax"),
    ])
    func refusesAtTheMark(_ marked: String, _ id: String) throws {
        let (text, mark) = try unmarked(marked)
        let document = parse(text)
        let diagnostic = try #require(document.diagnostics.first, "nothing was refused in \(text.debugDescription)")
        #expect(diagnostic.id == id)
        #expect(diagnostic.mark == mark)
        #expect(diagnostic.level == .error)
    }

    @Test(arguments: ["", "# nothing\n", "---\n...\n", "\u{feff}", "   \n\n"])
    func refusesFilesWithoutAValue(_ text: String) {
        let document = parse(text)
        if let root = document.root {
            #expect(root.scalar?.text == "")
        } else {
            #expect(document.diagnostics.map(\.id) == ["empty-file"])
        }
    }

    @Test func refusesOtherEncodings() {
        for bytes: [UInt8] in [[0xff, 0xfe, 0x61, 0], [0xfe, 0xff, 0, 0x61]] {
            #expect(parseYAML(bytes, file: "p.yaml").diagnostics.map(\.id) == ["not-utf8"])
        }
        let latin = parseYAML(Array("a: 1\nb: ".utf8) + [0xe9, 0x0a], file: "p.yaml")
        #expect(latin.diagnostics.map(\.id) == ["not-utf8"])
        #expect(latin.diagnostics.first?.mark == SourceMark(line: 2, column: 4))
        #expect(latin.diagnostics.first?.message.contains("0xe9") == true)
        let cut = parseYAML(Array("a: ".utf8) + [0xe2, 0x82], file: "p.yaml")
        #expect(cut.diagnostics.map(\.id) == ["not-utf8"])
    }

    @Test func findsAllOfThemInOneCall() {
        let document = parse("a: &x 1\nb: *x\na: !!int 2\n<<: {c: 1}\n")
        #expect(document.diagnostics.map(\.id) == ["anchor", "alias", "tag", "duplicate-key", "merge-key"])
    }
}

/// Returns the text without its only `^`, and the place where it stood.
///
/// A CR and LF would be one character: scalars are looked at.
func unmarked(_ marked: String) throws -> (text: String, mark: SourceMark) {
    let parts = marked.unicodeScalars.split(separator: "^", omittingEmptySubsequences: false).map { String($0) }
    try #require(parts.count == 2)
    let lines = parts[0].unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    return (parts[0] + parts[1], SourceMark(line: lines.count, column: (lines.last?.count ?? 0) + 1))
}
