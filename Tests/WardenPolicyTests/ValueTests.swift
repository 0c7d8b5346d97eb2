import SystemPackage
import Testing
import WardenModel
import WardenPolicy

struct ValueTests {
    @Test(arguments: [
        ("mode: ^775", "\"0775\""), ("mode: ^0775", "\"0775\""), ("mode: ^0o775", "\"0775\""),
        ("mode: ^\"775\"", "\"0775\""), ("mode: ^509", "\"0775\""), ("mode: ^\"2798\"", "\"2770\""),
        ("mode: ^\"02770\"", "\"2770\""), ("mode: ^u=rwx", "\"2770\""), ("mode: ^\"\"", "\"2770\""),
        ("mode: ^[1]", "\"2770\""), ("mode: ^~", "\"2770\""), ("mode: ^99999999999999999999", "\"2770\""),
    ])
    func modesAreQuotedOctalDigits(_ marked: String, _ good: String) throws {
        let diagnostic = try only(marked)
        #expect(diagnostic.id == "mode-not-octal")
        #expect(diagnostic.suggestion == good)
    }

    @Test(arguments: [
        "0", "99999999999999999999", "1e9", "1_000", "1:30", ".inf", "18EiB", "10", "10 GiB", "10gib", "010GiB",
        "-1GiB",
        "0GiB", "1.5GiB", "18446744073709551615B", "9999999TiB", "GiB", "[1GiB]", "~",
    ])
    func sizesHaveUnits(_ value: String) throws {
        let diagnostic = try only("retention: {max-size: ^\(value)}")
        #expect(diagnostic.id == "bad-size")
        let good = try #require(diagnostic.suggestion)
        #expect(read(policyText(cache: "retention: {max-size: \(good)}")).policy != nil, "bad advice: \(good)")
    }

    @Test(
        arguments: [
            ("1B", 1), ("1KB", 1000), ("1MB", 1_000_000), ("1GB", 1_000_000_000), ("1TB", 1_000_000_000_000),
            ("1KiB", 1 << 10), ("3MiB", 3 << 20), ("1GiB", 1 << 30), ("\"2TiB\"", 2 << 40), ("1048576TiB", 1 << 60),
        ] as [(String, UInt64)])
    func sizesAreBytes(_ text: String, _ bytes: UInt64) {
        let policy = read(policyText(cache: "retention: {max-size: \(text)}")).policy
        #expect(policy?.caches.first?.retention?.maxSize == ByteCount(bytes))
    }

    @Test(arguments: [
        ("max-entries", "0", "bad-count"), ("max-entries", "1e9", "bad-count"), ("max-entries", "1_000", "bad-count"),
        ("max-entries", "\"5\"", "bad-count"), ("max-entries", "99999999999999999999", "bad-count"),
        ("max-age", "30", "bad-duration"), ("max-age", "1y", "bad-duration"), ("max-age", "0d", "bad-duration"),
        ("max-age", "99999999999999999d", "bad-duration"), ("max-age", "1h30m", "bad-duration"),
        ("low-water", "0%", "bad-percentage"), ("low-water", "100%", "bad-percentage"),
        ("low-water", "80", "bad-percentage"), ("low-water", "0.8", "bad-percentage"),
        ("min-free", "20", "bad-size"), ("min-free", "100%", "bad-size"), ("min-free-inodes", "10GiB", "bad-count"),
        ("own-trim", "yes", "not-a-boolean"), ("own-trim", "on", "not-a-boolean"),
        ("own-trim", "\"true\"", "not-a-boolean"), ("own-trim", "True", "not-a-boolean"),
        ("own-trim", "1", "not-a-boolean"), ("order", "lfu", "unknown-value"),
        ("when-exceeded", "delete", "unknown-value"), ("budget", "5m", "not-a-mapping"),
        ("budget", "{tiem: 5m}", "unknown-key"), ("drop-toolchains", "go1.20", "unknown-value"),
        ("drop-toolchains", "[]", "empty-list"), ("drop-toolchains", "[go1]", "bad-go-version"),
        ("drop-toolchains", "[\"1.20\"]", "bad-go-version"), ("drop-toolchains", "[go1.20.x]", "bad-go-version"),
    ])
    func quantitiesAreExact(_ key: String, _ value: String, _ id: String) {
        #expect(read(policyText(cache: "retention: {\(key): \(value)}")).diagnostics.map(\.id) == [id])
    }

    @Test(arguments: [
        "cache", "./cache", "~/cache", "~ci/cache", "$HOME/cache", "/home/${USER}/cache", "/var/../etc",
        "/var/cache/..", "{{ x }}",
    ])
    func pathsAreAbsoluteAndLiteral(_ path: String) {
        let text = "version: 1\npolicy: p\ncaches: [{path: \"\(path)\"}]\n"
        #expect(read(text).diagnostics.map(\.id) == ["bad-path"])
    }

    @Test(arguments: [
        "/", "//", "/.", "/etc", "/etc/go", "/home", "/home/x", "/usr", "/usr/lib/go", "/var", "/var/cache",
        "/var/cache/", "/tmp", "/root", "/proc/1/root", "/dev/shm/x", "/sys", "/boot", "/opt", "/srv", "/run", "/mnt",
        "/var/log", "/var/lib", "/usr/local",
    ])
    func systemDirectoriesAreNoCacheRoots(_ path: String) {
        let text = "version: 1\npolicy: p\ncaches: [{name: x, path: \"\(path)\"}]\n"
        #expect(read(text).diagnostics.map(\.id) == ["reserved-path"])
    }

    @Test(arguments: [
        ("/var/cache//go-build/", "/var/cache/go-build"), ("/var/./cache/go-build", "/var/cache/go-build"),
        ("/gocache", "/gocache"), ("/tmp/x/go-build", "/tmp/x/go-build"), ("/var/cache/日本", "/var/cache/日本"),
    ])
    func pathsAreCleaned(_ path: String, _ clean: String) {
        let text = "version: 1\npolicy: p\ncaches: [{name: x, path: \"\(path)\"}]\n"
        #expect(read(text).policy?.caches.first?.path == FilePath(clean))
    }

    @Test(arguments: [
        ("2027-01-31T18:00:00Z", "2027-01-31T18:00:00.000Z"), ("2027-01-31T18:00Z", "2027-01-31T18:00:00.000Z"),
        ("2027-01-31T20:00:00+02:00", "2027-01-31T18:00:00.000Z"),
        ("2027-01-31T18:00:00-05:30", "2027-01-31T23:30:00.000Z"),
        ("2028-02-29", "2028-02-29T23:59:59.999Z"), ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("2100-12-31", "2100-12-31T23:59:59.999Z"), ("9999-12-31", "9999-12-31T23:59:59.999Z"),
    ])
    func waiversEndAtMomentsWithZones(_ text: String, _ moment: String) {
        #expect(read(waiver(until: text)).policy?.waivers.first?.until.description == moment)
    }

    @Test(arguments: [
        "2027-02-29", "2100-02-29", "2027-13-01", "2027-1-31", "2027-01-31T18:00:00", "2027-01-31 18:00:00Z",
        "tomorrow",
        "31.01.2027", "2027-01-31T24:00:00Z", "2027-01-31T18:00:00+15:00", "2027-01-31T18:00:00Zx", "20270131",
        "2027-00-10", "2027-01-00", "2027-01-31T", "2027-01-31T1", "-027-01-31", "2027-01-31T18:00:",
        "2027-01-31T18:00+02",
    ])
    func waiversRefuseOtherDates(_ text: String) {
        #expect(read(waiver(until: text)).diagnostics.map(\.id) == ["bad-date"])
    }

    @Test(arguments: ["cache-unsafe-path", "cache-not-recognised", "waiver-expired", "waiver-unused"])
    func waiversAcceptNothingThatCannotBe(_ rule: String) {
        let text = waiver(until: "2027-01-31").replacing("entry-acl", with: rule)
        #expect(read(text).diagnostics.map(\.id) == ["waiver-cannot-hold"])
    }

    @Test func waiversAreNotTooMany() throws {
        let one = "- {rule: entry-acl, path: /var/cache/x, until: \"2027-01-31\", reason: r}\n"
        for (count, errors) in [(255, []), (256, ["waivers-too-many"])] {
            let text = "version: 1\npolicy: p\nwaivers:\n" + String(repeating: one, count: count)
            let policy = try #require(read(text).policy)
            #expect(conflicts(among: [policy]).map(\.id) == errors)
        }
    }

    @Test func waiversNeedAReason() {
        let text = waiver(until: "2027-01-31").replacing("  reason: r\n", with: "")
        #expect(read(text).diagnostics.map(\.message) == ["the key 'reason' is missing here"])
    }

    @Test(arguments: [
        "{GOCACHE: cache}", "{GOCACHE: /a b}", "{GOCACHE: \"/a$b\"}", "{GOCACHE: \"/a'b\"}", "{GOPATH: \"/a:/b\"}",
        "{GOMODCACHE: /a/../b}", "{GOFLAGS: \"-mod=mod -v\"}", "{gocache: /a}", "{GOCACHE: /}", "{\"A=B\": c}",
        "{\"\": c}",
    ])
    func variablesHoldNothingThatNeedsQuoting(_ variables: String) {
        let text = "version: 1\npolicy: p\nenvironment: [{variables: \(variables), deliver: [go-env]}]\n"
        #expect(read(text).diagnostics.map(\.id) == ["bad-variable"])
    }

    @Test(
        arguments: [
            ("group: ^no", "\"no\""), ("group: ^1000", "\"1000\""), ("owner: ^null", nil), ("name: ^1:30", "\"1:30\""),
        ] as [(String, String?)])
    func namesThatOtherToolsReadOtherwiseAreQuoted(_ marked: String, _ good: String?) throws {
        let diagnostic = try only(marked)
        #expect(diagnostic.id == "not-text")
        #expect(diagnostic.suggestion == good)
    }

    /// Returns the only diagnostic of a cache's marked line, after checking that it stands at the mark.
    private func only(_ marked: String) throws -> Diagnostic {
        let (text, mark) = try unmarked(policyText(cache: marked))
        let diagnostics = read(text).diagnostics
        let diagnostic = try #require(diagnostics.first)
        #expect(diagnostics.count == 1, "\(diagnostics)")
        #expect(diagnostic.mark == mark)
        return diagnostic
    }

    private func waiver(until: String) -> String {
        "version: 1\npolicy: p\nwaivers:\n- rule: entry-acl\n  path: /var/cache/x\n  until: \"\(until)\"\n  reason: r\n"
    }
}
