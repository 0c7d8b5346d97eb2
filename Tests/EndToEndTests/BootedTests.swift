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
                let from: String
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
        /// - Parameter unheard: Starts that do not show it yet, since no running manager has read its files again.
        private func expect(
            _ values: [RealStart: String], on host: borrowing BootedHost, except unheard: Set<RealStart> = [],
            _ situation: String, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for user in Self.users {
                let doctor = try examined(user, on: host)
                for start in RealStart.allCases {
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
        private func deliver(_ host: borrowing BootedHost) throws {
            try host.write("/etc/profile.d/cachewarden.sh", "export GOCACHE=/var/cache/login\n")
            try host.write("/etc/csh/login.d/cachewarden", "setenv GOCACHE /var/cache/csh\n")
            try host.write("/etc/environment.d/cachewarden.conf", "GOCACHE=/var/cache/user\n")
            try host.write(
                "/etc/systemd/system.conf.d/cachewarden.conf",
                "[Manager]\nDefaultEnvironment=GOCACHE=/var/cache/system\n")
        }

        @Test func showsWhatIsDeliveredToNewLoginsAtOnceAndToServicesAfterAReload() throws {
            let host = try boot()
            try expect([:], on: host, "before")
            try deliver(host)
            let services: Set<RealStart> = [.systemService, .systemUnit]
            let own: Set<RealStart> = [.userService, .userUnit]
            try expect(Self.delivered, on: host, except: services.union(own), "written")
            try host.reloadSystemManager()
            try expect(Self.delivered, on: host, except: own, "system manager reloaded")
            for user in Self.users { try host.reloadManager(of: user) }
            try expect(Self.delivered, on: host, "users' managers reloaded")
        }

        @Test func showsTheSameAfterAReboot() throws {
            var host = try boot()
            try deliver(host)
            try host.shell("touch /run/here /etc/here")
            try host.reboot()
            #expect(try host.shell("ls /run/here /etc/here 2>/dev/null || :").output == "/etc/here\n")
            try expect(Self.delivered, on: host, "rebooted")
        }
    }
}
