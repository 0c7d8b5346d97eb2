import SystemPackage
import Testing
import WardenModel
import WardenPolicy

struct MeaningTests {
    private static let acl = "acl: {entries: [\"group:b:rwX\"]}"

    @Test(arguments: [
        "mode: ^\"2775\"\ngroup: b\nacl: {entries: [\"other::r-X\"]}", "acl: ^{entries: [\"group:b:rwX\"]}",
        "acl: ^{entries: [\"group::rwX\"]}", "acl: ^{entries: [\"user:a:rwX\", \"user:b:rwX\"]}",
        "acl: ^{entries: [\"user:a:rwX\"]}", "owner: b\nacl: ^{entries: [\"user:a:rwX\"]}",
        "acl: ^{entries: [\"other::-\"], default: [\"group:b:rwx\"]}",
        "entries: ^{files: \"0660\"}\nacl: {entries: [\"other::---\"]}",
    ])
    func sharedWritingNeedsTrust(_ marked: String) throws {
        let (text, mark) = try unmarked(policyText(cache: marked))
        let (policy, diagnostics) = read(text)
        #expect(policy == nil)
        #expect(diagnostics.map(\.id) == ["untrusted-sharing"])
        #expect(diagnostics.first?.mark == mark)
        #expect(diagnostics.first?.suggestion == "trust: mutual")
        #expect(read(text + "    trust: mutual\n").diagnostics.map(\.description) == [])
    }

    @Test(arguments: [
        "mode: \"0755\"", "mode: \"0700\"\nowner: ci", "owner: root\nacl: {entries: [\"user:ci:rwX\"]}",
        "owner: ci\nacl: {entries: [\"user:ci:rwX\", \"other::---\"]}",
        "mode: \"2770\"\nowner: ci\nacl: {entries: [\"group::---\", \"mask::---\"]}",
    ])
    func oneWriterNeedsNoTrust(_ lines: String) {
        #expect(!read(policyText(cache: lines)).diagnostics.map(\.id).contains("untrusted-sharing"))
    }

    @Test(arguments: [
        ("mode: ^\"0777\"", "other-writable"), ("entries: ^{files: \"0666\"}", "other-writable"),
        ("trust: mutual\nacl: ^{entries: [\"other::rwX\"]}", "other-writable"),
        ("entries: {owner: ^ci}", "entry-owner-set"), ("entries: {files: ^\"2640\"}", "bad-file-mode"),
        ("trust: mutual\ngroup: b\nmode: ^\"0770\"\n\(acl)", "no-setgid"),
        ("trust: mutual\ngroup: b\nmode: \"2770\"\nentries: ^{directories: \"0770\"}\n\(acl)", "no-setgid"),
        ("trust: mutual\ngroup: b\nmode: ^\"2770\"", "no-default-acl"),
        ("trust: mutual\nacl: ^{entries: [\"group:b:rwX\"], default: none}", "no-default-acl"),
        ("acl: ^{entries: [\"user:dev:r-X\"]}", "readers-without-write"),
        ("trust: mutual\nacl: ^{entries: [\"group:b:rwX\", \"user:ci:r-X\"]}", "readers-without-write"),
        ("mode: \"0700\"\nacl: ^{entries: [\"other::r-x\"]}", "acl-contradicts-mode"),
        ("mode: \"0750\"\nacl: ^{entries: [\"user::r-x\"]}", "acl-contradicts-mode"),
        ("mode: \"2750\"\ntrust: mutual\nacl: ^{entries: [\"group:b:rwX\"]}", "acl-contradicts-mode"),
        ("retention: {keep-recent: ^24h}", "keep-recent-short"), ("retention: {max-age: ^1h}", "age-below-keep-recent"),
        ("retention: ^{include: [x]}", "patterns-need-directory"),
        ("layout: go-mod\nretention: ^{exclude: [x]}", "patterns-need-directory"),
        ("layout: directory\nretention: {include: [^/x]}", "bad-glob"),
        ("layout: directory\nretention: {exclude: [x, ^\"a[0-9]\"]}", "bad-glob"),
        ("layout: directory\nretention: {include: ^[]}", "empty-list"),
        ("layout: go-mod\nretention: ^{max-size: 1GiB, when-exceeded: clean}", "clean-needs-go-build"),
        ("layout: directory\nretention: ^{when-exceeded: clean}", "clean-needs-go-build"),
        ("trust: mutual\nacl: {entries: [^\"group:b:rwX\", \"mask::r-x\"]}", "mask-cuts-entry"),
        ("trust: mutual\nacl: {entries: [\"other::-\"], default: [\"mask::rw\", ^\"g::rwX\"]}", "mask-cuts-entry"),
        ("trust: mutual\nacl: ^{entries: [\"group:b:rwX\", \"user:root:rwX\"]}", "privileged-user"),
        ("trust: mutual\nacl: ^{entries: [\"group:b:rwX\", \"user:0:rwX\"]}", "privileged-user"),
        ("trust: mutual\nacl: ^{entries: [\"group:b:rwX\", \"user:app-Release:r-X\"]}", "privileged-user"),
        ("owner: ^deployer\ntrust: mutual\nacl: {entries: [\"group:b:rwX\"]}", "privileged-user"),
        ("entries: ^{directories: \"1755\"}", "sticky-directories"), ("mode: ^\"4755\"", "set-user-id"),
        ("trust: mutual\nacl: {entries: [\"group:b:rwX\", ^\"g:b:r\"]}", "repeated-acl-entry"),
        ("acl: {entries: [^\"builders:rwX\"]}", "bad-acl-entry"), ("acl: {entries: ^[]}", "empty-list"),
        ("^pth: x", "unknown-key"), ("^max_size: x", "unknown-key"), ("group: ^\"a b\"", "bad-name"),
        ("^path: /x", "duplicate-key"), ("layout: ^go_build", "unknown-value"),
    ])
    func marksWhatCannotWork(_ marked: String, _ id: String) throws {
        let (text, mark) = try unmarked(policyText(cache: marked))
        let found = read(text).diagnostics.filter { $0.id == id }
        #expect(found.map(\.mark) == [mark], "\(read(text).diagnostics)")
    }

    @Test func homesAreOnlyLookedAt() {
        let text = { (mode: String) in
            "version: 1\npolicy: p\nmode: \(mode)\ncaches: [{path: /home/x/.cache/go-build}]\n"
        }
        #expect(read(text("enforce")).diagnostics.map(\.id) == ["cache-in-home"])
        #expect(read(text("audit")).diagnostics.map(\.id) == [])
    }

    @Test func readersOfOtherLayoutsAreFine() {
        let text = policyText(cache: "layout: go-mod\nacl: {entries: [\"user:dev:r-X\"]}")
        #expect(read(text).diagnostics.map(\.id) == [])
    }

    @Test func patternsAreForDirectories() throws {
        let text = policyText(cache: "layout: directory\nretention: {include: [\"**/*.o\", a], exclude: [\"keep/**\"]}")
        let files = try #require(read(text).policy?.caches.first?.retention?.files)
        #expect(files.include.map(\.text) == ["**/*.o", "a"] && files.exclude.map(\.text) == ["keep/**"])
    }
}

struct HostTests {
    @Test(arguments: [
        ("build-*", true), ("build-01", true), ("build-01.example.com", true), ("build-0?", true),
        ("build-0[1-3]", true),
        ("build-0[!2-9]", true), ("*", true), ("*.example.com", true), ("BUILD-01", true), ("b*1*c*m", true),
        ("build", false), ("build-0", false), ("build-0[2-9]", false), ("build-0[!1]", false), ("example.com", false),
        ("?", false),
    ])
    func globsMatchTheShortOrTheFullName(_ glob: String, _ isSelected: Bool) {
        let host = HostIdentity(name: "build-01.example.com")
        let policy = Policy(name: "p", hosts: [HostSelector(name: glob)], caches: [])
        #expect(host.isSelected(by: policy) == isSelected)
    }

    @Test(arguments: ["", "[a", "[]", "a b", "[b-a]", "a/b", "[a/b]"])
    func refusesOtherGlobs(_ glob: String) {
        let text = "version: 1\npolicy: p\nhosts: [{name: \"\(glob)\"}]\n"
        #expect(read(text).diagnostics.count == 1)
    }

    @Test func everyLabelMustMatchAndAnyItemSelects() {
        let host = HostIdentity(name: "a", labels: ["role": "builder", "site": "fra1"])
        func isSelected(_ selectors: HostSelector...) -> Bool {
            host.isSelected(by: Policy(name: "p", hosts: selectors, caches: []))
        }
        #expect(isSelected())
        #expect(isSelected(HostSelector(labels: ["role": "builder"])))
        #expect(!isSelected(HostSelector(labels: ["role": "builder", "site": "ams1"])))
        #expect(!isSelected(HostSelector(name: "b", labels: ["role": "builder"])))
        #expect(isSelected(HostSelector(name: "b"), HostSelector(name: "a", labels: ["site": "fra1"])))
        #expect(!isSelected(HostSelector()))
    }

    @Test func starsTakeNoExponentialTime() {
        let host = HostIdentity(name: String(repeating: "a", count: 200))
        let pattern = String(repeating: "*a", count: 60) + "b"
        #expect(!host.isSelected(by: Policy(name: "p", hosts: [HostSelector(name: pattern)], caches: [])))
    }
}

struct ConflictTests {
    private func policy(_ file: FilePath, _ text: String) throws -> Policy {
        let (policy, diagnostics) = PolicyReader.read(Array(text.utf8), file: file)
        return try #require(policy, "\(diagnostics)")
    }

    @Test(arguments: [
        ("/var/cache/a", "is the same as"), ("/var/cache/a/b", "lies in"), ("/var/cache/a/b/c", "lies in"),
    ])
    func rootsMustNotOverlap(_ path: String, _ relation: String) throws {
        let first = try policy("a.yaml", "version: 1\npolicy: a\ncaches:\n- path: /var/cache/a\n")
        let second = try policy("b.yaml", "version: 1\npolicy: b\ncaches:\n- {name: x, path: \(path)}\n")
        let error = try #require(conflicts(among: [first, second]).first)
        #expect(error.id == "cache-roots-overlap")
        #expect(error.file == "b.yaml" && error.mark == SourceMark(line: 4, column: 19))
        #expect(
            error.message
                == "the cache root '\(path)' \(relation) '/var/cache/a' of policy 'a' in 'a.yaml' line 4, column 9")
        let reversed = conflicts(among: [second, first])
        #expect(reversed.map(\.id) == ["cache-roots-overlap"])
    }

    @Test func siblingsAreNoConflict() throws {
        let text = "version: 1\npolicy: a\ncaches: [{path: /var/cache/go}, {path: /var/cache/go-build}]\n"
        #expect(conflicts(among: [try policy("a.yaml", text)]).isEmpty)
    }

    @Test func namesAndVariablesMustNotRepeat() throws {
        let text = { (cache: String, value: String) in
            """
            version: 1
            policy: same
            caches: [{name: c, path: /var/cache/\(cache)}]
            environment: [{variables: {GOCACHE: \(value)}, deliver: [go-env]}]
            """
        }
        let first = try policy("a.yaml", text("one", "/var/cache/one"))
        let second = try policy("b.yaml", text("two", "/var/cache/two"))
        let errors = conflicts(among: [first, second])
        #expect(errors.map(\.id) == ["policy-name-twice", "variable-twice"])
        #expect(errors.allSatisfy { $0.file == "b.yaml" && $0.message.contains("'a.yaml' line") })
        #expect(errors.compactMap(\.mark?.line) == [2, 4])
    }

    @Test func cacheNamesMustNotRepeatInOnePolicy() throws {
        let text = "version: 1\npolicy: a\ncaches: [{path: /var/cache/a/go-build}, {path: /var/cache/b/go-build}]\n"
        let errors = conflicts(among: [try policy("a.yaml", text)])
        #expect(errors.map(\.id) == ["cache-name-twice"])
    }
}
