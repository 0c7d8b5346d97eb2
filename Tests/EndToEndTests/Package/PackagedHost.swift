import Foundation
import SystemPackage
import Testing
import WardenTestSupport

/// The Debian packages under test.
enum TestPackage {
    /// `$CACHEWARDEN_TEST_PACKAGE`, which `.ci/package` makes.
    static let current = file("CACHEWARDEN_TEST_PACKAGE").flatMap { isReadable($0) ? $0 : nil }
    /// `$CACHEWARDEN_TEST_OLD_PACKAGE`, that of an earlier commit. It may still be in the making.
    static let earlier = file("CACHEWARDEN_TEST_OLD_PACKAGE")

    static let reason = BootedHost.reason + ", Go toolchains, and a Debian package as $CACHEWARDEN_TEST_PACKAGE"

    /// Returns the earlier commit's package once it is there.
    static func madeEarlier() throws -> FilePath {
        let path = try #require(earlier)
        while !isReadable(path) { Thread.sleep(forTimeInterval: 1) }
        return path
    }

    private static func file(_ variable: String) -> FilePath? {
        TestProcess.environment(variable).flatMap { $0.hasSuffix(".deb") ? FilePath($0) : nil }
    }

    private static func isReadable(_ path: FilePath) -> Bool {
        FileManager.default.isReadableFile(atPath: path.string)
    }
}

/// A booted host that has the binary of a package, and not the one that was built beside the tests.
struct PackagedHost: ~Copyable {
    static let cache = BootedHost.cache
    static let users = ["anna", "bert"]

    var host: BootedHost

    /// Boots with the packages at hand, two users, and a toolchain that logins find; nothing is installed yet.
    init(with packages: [FilePath]) throws {
        let toolchain = try #require(GoToolchain.all.last)
        let host = try BootedHost.boot(with: packages + [toolchain.root])
        try host.remove("/usr/local/bin/cachewarden")
        try host.addUsers(Self.users)
        try host.install(toolchain)
        try host.write(
            "/etc/profile.d/go.sh",
            "export PATH=/usr/local/go/bin:$PATH GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local\n")
        self.host = host
    }

    func install(_ package: FilePath) throws {
        try host.run("/usr/bin/dpkg", "--force-confold", "--install", package.string)
        try #require(host.shell("command -v cachewarden").output == "/usr/bin/cachewarden\n")
    }

    /// Starts a unit, waits for its end, and expects that it ended well.
    func start(_ unit: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let result = try host.command("/usr/bin/systemctl", ["start", unit]).run()
        guard result.status != 0 else { return }
        let journal = try self.journal("--unit=\(unit)")
        try #require(Bool(false), "\(unit): \(result)\n\(journal)", sourceLocation: sourceLocation)
    }

    /// Starts a run, and returns what it reported to the journal.
    func apply(sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try start("cachewarden-apply.service", sourceLocation: sourceLocation)
        return try lastReport()
    }

    /// What the latest run reported to the journal.
    func lastReport() throws -> String {
        let invocation = try host.shell(
            "journalctl --sync; systemctl show --property=InvocationID --value cachewarden-apply.service")
        return try journal("_SYSTEMD_INVOCATION_ID=\(invocation.output.filter { $0 != "\n" })")
    }

    /// Whether a unit starts with the system, and whether it runs: `enabled active`.
    func state(of unit: String) throws -> String {
        try host.shell("echo $(systemctl is-enabled \"$1\") $(systemctl is-active \"$1\")", unit).output
    }

    func journal(_ options: String...) throws -> String {
        try host.command("/usr/bin/journalctl", ["--quiet", "--output=cat"] + options).runSuccessfully().output
    }

    /// Runs a script in a login of a user's.
    @discardableResult
    func login(
        _ user: String, _ script: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> CommandResult {
        try host.command("/bin/su", ["-", user, "-c", script]).runSuccessfully(sourceLocation: sourceLocation)
    }

    // MARK: - The audit log

    /// The log's end as the journal has it, which nobody who may write to the log alone can change.
    func auditHead() throws -> String {
        struct Entry: Decodable {
            let sequence: String
            let hash: String
            enum CodingKeys: String, CodingKey {
                case sequence = "CACHEWARDEN_AUDIT_SEQUENCE"
                case hash = "CACHEWARDEN_AUDIT_HASH"
            }
        }
        let fields = "--output-fields=CACHEWARDEN_AUDIT_SEQUENCE,CACHEWARDEN_AUDIT_HASH"
        let last = try host.shell(
            "journalctl --quiet -t cachewarden -o json \(fields) | grep AUDIT_SEQUENCE | tail -n 1"
        ).output
        let entry = try JSONDecoder().decode(Entry.self, from: Data(last.utf8))
        return "\(entry.sequence):\(entry.hash)"
    }

    /// Expects a whole log that still has what stood at its end.
    func expectWholeLog(since head: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let verdict = try host.command("cachewarden", ["audit", "verify", "--head", head]).run()
        #expect(verdict.status == 0, "\(verdict)", sourceLocation: sourceLocation)
    }

    // MARK: - Builds

    /// Writes a module that everybody may read: a program, a small package, and two whose outputs take 16 MiB each.
    func writeModule() throws {
        try host.write("/srv/module/go.mod", "module example.com/module\n\ngo 1.24\n")
        try host.write(
            "/srv/module/main.go",
            "package main\n\nimport \"errors\"\n\nfunc main() { println(errors.New(\"built\").Error()) }\n")
        try host.write("/srv/module/small/small.go", "package small\n\nfunc Twice(n int) int { return 2 * n }\n")
        try host.shell(
            """
            for name in old new; do
                mkdir /srv/module/$name
                { printf 'package %s\\n\\nvar Text = "the %s text: ' $name $name; head -c 16M /dev/zero | tr '\\0' x; echo '"'; } \\
                    >/srv/module/$name/text.go
            done
            # Go does not index files that changed a moment ago: a second build would add the index to the cache.
            find /srv/module -type f -exec touch -d '1 hour ago' {} +
            """)
    }

    /// Builds the program and runs it.
    func buildProgram(as user: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let built = try login(
            user, "cd /srv/module && go build -o ~/program . && ~/program", sourceLocation: sourceLocation)
        #expect(built.errors.hasSuffix("built\n"), "\(built)", sourceLocation: sourceLocation)
    }

    /// Builds a package, and returns whether it was compiled: else it was in the cache.
    func compiles(
        _ package: String, as user: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Bool {
        let steps = try login(user, "cd /srv/module && go build -x \(package)", sourceLocation: sourceLocation)
        return steps.errors.contains("/compile ")
    }

    func entries() throws -> Set<String> {
        let found = try host.shell("find \(Self.cache) -name '*-[ad]'").output
        return Set(found.split(separator: "\n").map(String.init))
    }

    /// Finds the output that a user's build of one of the large packages has just made. To search one is to use it, so that
    /// what was made to look old is left out.
    func largeOutput(of package: String, by user: String) throws -> String {
        let found = try host.shell(
            """
            find \(Self.cache) -name '*-d' -user "$2" -size +15M -newermt '1 hour ago' -exec grep -lF "the $1 text:" {} +
            """, package, user)
        let paths = found.output.split(separator: "\n").map(String.init)
        try #require(paths.count == 1)
        return paths[0]
    }

    /// What the cache takes on disk, in bytes.
    func size() throws -> Int {
        let found = try host.shell("du -s --block-size=1 \(Self.cache)").output
        return try #require(found.split(separator: "\t").first.flatMap { Int($0) })
    }
}
