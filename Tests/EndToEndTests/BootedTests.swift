import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// What processes of a booted system really get, beside what `doctor` says of them.
    @Suite("Booted", .enabled(if: BootedHost.isPossible, Comment(rawValue: BootedHost.reason)), .timeLimit(.minutes(5)))
    struct BootedTests {
        /// As much of doctor's JSON as these tests read.
        private struct Report: Decodable {
            struct Variable: Decodable {
                let value: String?
            }

            struct User: Decodable {
                let name: String
                let starts: [String: [String: Variable]]
            }

            let users: [User]
        }

        private static let users = ["anna", "bert"]

        private func boot() throws -> BootedHost {
            let host = try BootedHost.boot()
            try host.addUsers(Self.users)
            return host
        }

        /// Where Go keeps what it builds in such a process (`os.UserCacheDir`); `nil` for a variable means that it is not set.
        private func cache(in environment: [String: String]) -> String {
            let standard = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { $0 + "/.cache" }
            return environment["GOCACHE"] ?? standard.map { $0 + "/go-build" } ?? "off"
        }

        /// Expects every start of every user to show this GOCACHE, and doctor to say the same cache.
        ///
        /// - Parameters:
        ///   - unheard: Starts that do not show it yet, since no running manager has read its files again.
        ///   - starts: Those that are looked at.
        private func expect(
            _ values: [RealStart: String], on host: borrowing BootedHost, except unheard: Set<RealStart> = [],
            among starts: [RealStart] = RealStart.allCases, _ situation: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for user in Self.users {
                let doctor = try examined(user, on: host)
                for start in starts {
                    let real = try host.environment(of: start, for: user)
                    let comment = Comment(rawValue: "\(situation): \(start) of \(user): \(real)")
                    let value = unheard.contains(start) ? nil : values[start]
                    #expect(real["GOCACHE"] == value, comment, sourceLocation: sourceLocation)
                    if start != .bare { #expect(real["HOME"] == "/home/\(user)", comment) }
                    guard let name = start.doctorStart?.rawValue, !unheard.contains(start) else { continue }
                    let said = doctor.starts[name]?["GOCACHE"]
                    #expect(
                        said?.value == cache(in: real),
                        "doctor: \(String(describing: said)); \(situation): \(start) of \(user): \(real)",
                        sourceLocation: sourceLocation)
                }
            }
        }

        private func examined(_ user: String, on host: borrowing BootedHost) throws -> Report.User {
            let result = try host.command("cachewarden", ["doctor", "--user", user, "--format", "json"]).run()
            try #require([0, 2].contains(result.status), "\(result)")
            let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            return try #require(report.users.first { $0.name == user })
        }

        // MARK: - What delivers, to whom, and when

        /// Each start gets a value of its own: none can be taken for another.
        private static let delivered: [RealStart: String] = [
            .loginShell: "/var/cache/login", .cshLogin: "/var/cache/csh", .userService: "/var/cache/user",
            .userUnit: "/var/cache/user", .systemService: "/var/cache/system", .systemUnit: "/var/cache/system",
        ]

        /// Writes by hand what delivers a cache to every start that has a file of its own.
        private func writeFiles(on host: borrowing BootedHost) throws {
            try host.write("/etc/profile.d/cachewarden.sh", "export GOCACHE=/var/cache/login\n")
            try host.write("/etc/csh/login.d/cachewarden", "setenv GOCACHE /var/cache/csh\n")
            try host.write("/etc/environment.d/cachewarden.conf", "GOCACHE=/var/cache/user\n")
            try host.write(
                "/etc/systemd/system.conf.d/cachewarden.conf",
                "[Manager]\nDefaultEnvironment=GOCACHE=/var/cache/system\n")
        }

        /// Expects the values only after they were delivered, and of running managers only after these were reloaded.
        private func follow(
            _ values: [RealStart: String], _ deliver: (borrowing BootedHost) throws -> Void
        ) throws {
            let host = try boot()
            try expect([:], on: host, "before")
            try deliver(host)
            let own = Set(Self.ownServices)
            try expect(values, on: host, except: own.union([.systemService, .systemUnit]), "delivered")
            try host.reloadSystemManager()
            try expect(values, on: host, except: own, "system manager reloaded")
            for user in Self.users { try host.reloadManager(of: user) }
            try expect(values, on: host, "users' managers reloaded")
        }

        @Test func showsWhatIsDeliveredToNewLoginsAtOnceAndToServicesAfterAReload() throws {
            try follow(Self.delivered) { host in try writeFiles(on: host) }
        }

        @Test func showsTheSameAfterAReboot() throws {
            var host = try boot()
            try writeFiles(on: host)
            try host.shell("touch /run/here /etc/here")
            try host.reboot()
            #expect(try host.shell("ls /run/here /etc/here 2>/dev/null || :").output == "/etc/here\n")
            try expect(Self.delivered, on: host, "rebooted")
        }

        private static let ownServices: [RealStart] = [.userService, .userUnit]

        private func all(_ starts: [RealStart], _ value: String) -> [RealStart: String] {
            Dictionary(uniqueKeysWithValues: starts.map { ($0, value) })
        }

        @Test func givesUsersServicesTheSystemManagersVariablesUntilTheirOwnFilesSayOtherwise() throws {
            let host = try boot()
            let own = Self.ownServices
            try host.write("/etc/systemd/system.conf.d/cw.conf", "[Manager]\nDefaultEnvironment=GOCACHE=/var/system\n")
            try host.reloadSystemManager()
            for user in Self.users { try host.reloadManager(of: user) }
            try expect(all(own, "/var/system"), on: host, except: Set(own), among: own, "managers reloaded")
            for user in Self.users { try host.restartManager(of: user) }
            try expect(all(own, "/var/system"), on: host, among: own, "users' managers restarted")
            // Each of these outdoes the one before, or hides it; from now on a reload is enough.
            let empty = "[Manager]\n"
            let manager = empty + "DefaultEnvironment=GOCACHE="
            let steps = [
                ("/etc/systemd/user.conf", manager + "/var/main", "/var/main"),
                ("~/.config/systemd/user.conf", empty, "/var/system"),
                ("~/.config/systemd/user.conf", manager + "/var/own-main", "/var/own-main"),
                ("/etc/systemd/user.conf.d/b.conf", manager + "/var/drop-in", "/var/drop-in"),
                ("~/.config/systemd/user.conf.d/a.conf", manager + "/var/earlier", "/var/drop-in"),
                ("~/.config/systemd/user.conf.d/b.conf", manager + "/var/own-drop-in", "/var/own-drop-in"),
                ("/etc/environment.d/b.conf", "GOCACHE=$GOCACHE/below", "/var/own-drop-in/below"),
                ("~/.config/environment.d/b.conf", "GOCACHE=/var/own", "/var/own"),
            ]
            for (path, text, value) in steps {
                for user in Self.users {
                    try host.write(FilePath(path.replacing("~", with: "/home/\(user)")), text + "\n")
                    try host.shell("chown -R \"$1:\" \"/home/$1\"", user)
                    try host.reloadManager(of: user)
                }
                try expect(all(own, value), on: host, among: own, path)
            }
        }

        @Test func showsTheHostsEnvironmentFileToAllButSystemServices() throws {
            let host = try boot()
            try host.write("/etc/environment", "GOCACHE=/var/everywhere\n")
            let values = all([.loginShell, .cshLogin, .cron] + Self.ownServices, "/var/everywhere")
            try expect(values, on: host, except: Set(Self.ownServices), "written")
            for user in Self.users { try host.reloadManager(of: user) }
            try expect(values, on: host, "users' managers reloaded")
        }

        /// Debian's csh and tcsh read /etc/csh.cshrc and /etc/csh.login, and tcsh's those source /etc/csh's folders.
        @Test func showsNothingOfProfileDToCshellsAndWhatIsInFoldersOfTheirOwn() throws {
            let host = try boot()
            try host.write("/etc/profile.d/cw.csh", "setenv GOCACHE /var/profile.d\n")
            try expect([:], on: host, among: [.cshLogin], "profile.d")
            try host.write("/etc/csh/cshrc.d/cw", "setenv GOCACHE /var/cshrc.d\n")
            try expect([.cshLogin: "/var/cshrc.d"], on: host, among: [.cshLogin], "cshrc.d")
            try host.write("/etc/csh/login.d/cw", "setenv GOCACHE /var/login.d\n")
            try expect([.cshLogin: "/var/login.d"], on: host, among: [.cshLogin], "login.d")
        }

        // MARK: - The fixture

        @Test func leavesNoProcessMountOrControlGroupBehind() throws {
            let name: String
            let leader: pid_t
            do {
                let host = try boot()
                (name, leader) = (host.name, host.leader)
                #expect(FileManager.default.fileExists(atPath: "/proc/\(leader)"))
                #expect(try groups(named: name) != "")
            }
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(leader)"))
            #expect(try groups(named: name) == "")
            #expect(try !String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).contains(" /run/root "))
        }

        private func groups(named name: String) throws -> String {
            try Command("/usr/bin/find", "/sys/fs/cgroup", "-name", name).run().output
        }
    }
}
