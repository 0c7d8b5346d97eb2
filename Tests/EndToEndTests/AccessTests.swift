import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Who may use a cache that `apply` has made, and one that somebody has broken since.
    @Suite("Access", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct AccessTests {
        private func access(_ host: borrowing TestHost, _ arguments: String...) throws -> CommandResult {
            try Command(Installation.binary, arguments: ["access", host.cache.string] + arguments).run()
        }

        @Test func agreesWithWhatMembersCanDo() throws {
            let host = try TestHost.make()
            #expect(try host.cachewarden("apply").run().status == 0)
            let users = ["--user", host.first, "--user", host.outsider]
            let whole = try access(host, users[0], users[1], users[2], users[3])
            #expect(whole.status == 0, "\(whole)")
            #expect(
                whole.output.contains(
                    "\(host.first) can read, search, create and delete: group::rwx\n"), "\(whole)")
            #expect(
                whole.output.contains("\(host.outsider) cannot read, search, create or delete: other::---\n"),
                "\(whole)")
            try Command("/usr/bin/setfacl", "-m", "m::r-x", host.cache.string).runSuccessfully()
            let cut = try access(host, "--user", host.first)
            #expect(cut.output.contains("\(host.first) can read and search: group::rwx\n"), "\(cut)")
            let words = cut.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(
                words.contains(
                    "\(host.first) cannot create or delete: group::rwx is cut to r-x by mask::r-x"),
                "\(cut)")
            var touch = Command("/usr/bin/touch", host.cache.appending("x").string)
            touch = touch.run(as: host.first, umask: "022")
            #expect(try touch.run().status != 0, "the kernel says so too")
            let everybody = try access(host)
            for part in ["  root ", "group \(host.group)", "  others "] {
                #expect(everybody.output.contains(part), "\(everybody)")
            }
        }

        @Test func asksTheMountAndTheInodesFlags() throws {
            let host = try TestHost.make()
            let mount = try MountedCache(for: host, options: "ro,mode=0777,size=1m")
            let readOnly = try access(host, "--user", "root")
            #expect(readOnly.output.contains("root cannot create or delete: it is on a file system"), "\(readOnly)")
            withExtendedLifetime(mount.path) {}
        }

        @Test func saysWhatItCannotAnswer() throws {
            let host = try TestHost.make()
            let folder = host.folder.path.string
            try host.folder.makeSymbolicLink("link", to: "etc")
            for (arguments, message) in [
                (["\(folder)/none"], "there is no '\(folder)/none'"),
                (["\(folder)/link"], "'\(folder)/link' is a symbolic link, and has no rights of its own"),
                (["\(folder)/link/policy.yaml"], "'\(folder)/link' is a symbolic link"),
                ([folder, "--user", "nobody-like-that"], "there is no user 'nobody-like-that'"),
                ([folder, "--group", "no-such-group"], "there is no group 'no-such-group'"),
            ] {
                let result = try Command(Installation.binary, arguments: ["access"] + arguments).run()
                #expect(result.status == 1 && result.errors.contains(message), "\(result)")
                #expect(result.errors.contains("\nhelp: "), "\(result)")
            }
        }
    }
}
