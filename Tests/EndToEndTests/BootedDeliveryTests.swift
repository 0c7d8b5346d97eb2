import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A policy that sends builds to a cache, on a booted system with two users and every way to start a build.
    @Suite(
        "Booted delivery",
        .enabled(
            if: BootedHost.isPossible && Installation.canBuild,
            Comment(rawValue: BootedHost.reason + " and " + Installation.buildsReason)),
        .timeLimit(.minutes(10)))
    struct BootedDeliveryTests {
        private static let users = ["anna", "bert"]
        private static let cache = BootedHost.cache
        /// Those who get the variable from a file of their own; the others get it from the toolchain.
        private static let told: [RealStart] = [
            .loginShell, .cshLogin, .userService, .userUnit, .systemService, .systemUnit,
        ]

        private static let delivery = """
            environment:
              - variables: {GOCACHE: \(cache)}
                deliver: [login-shells, user-services, system-services, go-env]
                users: {group: builders}

            """

        private func boot() throws -> BootedHost {
            let toolchain = try #require(Installation.toolchains.last)
            let host = try BootedHost.boot(with: [toolchain.root])
            try host.addUsers(Self.users)
            try host.install(toolchain)
            try host.addBuilders(Self.users)
            try host.shell(
                """
                for user in anna bert; do
                    systemctl restart "user@$(id -u "$user")"
                    mkdir "/home/$user/program"
                    printf 'module example.com/%s\\n\\ngo 1.24\\n' "$user" >"/home/$user/program/go.mod"
                    printf 'package main\\n\\nimport "errors"\\n\\nfunc main() { println(errors.New("%s").Error()) }\\n' \\
                        "$user" >"/home/$user/program/main.go"
                    chown -R "$user:" "/home/$user/program"
                done
                """)
            return host
        }

        private func apply(
            _ policy: String, on host: borrowing BootedHost, sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> CommandResult {
            try host.write("/etc/cachewarden/policy.d/shared.yaml", policy)
            // A careful administrator's umask, under which nobody else could read what is delivered.
            return try host.command("/bin/sh", ["-c", "umask 077; exec cachewarden apply"]).run()
        }

        /// Expects every start of every user to have the variable, or none.
        private func expect(
            _ value: String?, on host: borrowing BootedHost, _ situation: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for user in Self.users {
                for start in RealStart.allCases {
                    let real = try host.environment(of: start, for: user)
                    let wanted = Self.told.contains(start) ? value : nil
                    #expect(
                        real["GOCACHE"] == wanted, "\(situation): \(start) of \(user): \(real)",
                        sourceLocation: sourceLocation)
                }
            }
        }

        /// Builds in a process that is started this way, and returns the cache that `go` says it used.
        private func build(_ start: RealStart, as user: String, on host: borrowing BootedHost) throws -> CommandResult {
            let script = "cd /home/\(user)/program && go env GOCACHE && go build -o /tmp/\(user)-\(start) ."
            return try host.output(of: start, for: user, "PATH=/usr/local/go/bin:/usr/bin:/bin; \(script)")
        }

        private static let builders: [RealStart] = [.loginShell, .userService, .systemService, .cron, .bare]

        @Test func sendsEveryBuildToTheCacheOfThePolicy() throws {
            let host = try boot()
            for user in Self.users {
                for start in Self.builders {
                    // Each finds a cache in its own home, or, without HOME, none at all.
                    let before = try build(start, as: user, on: host)
                    let own = start == .bare ? "" : "/home/\(user)/.cache/go-build\n"
                    #expect(
                        before.output.hasPrefix(own) && (before.status == 0) == (start != .bare), "\(start): \(before)")
                }
            }
            let applied = try apply(BootedHost.policy + Self.delivery, on: host)
            // What the users have built before is found, and is theirs to remove.
            #expect(applied.status == 0, "\(applied)")
            try expect(Self.cache, on: host, "applied")
            try host.shell("rm -rf /home/*/.cache /tmp/anna-* /tmp/bert-*")
            for user in Self.users {
                for start in Self.builders {
                    let built = try build(start, as: user, on: host)
                    #expect(built.status == 0 && built.output == "\(Self.cache)\n", "\(start) of \(user): \(built)")
                }
            }
            #expect(try host.shell("find /home -name go-build").output == "", "nobody has a cache of their own")
            #expect(try host.shell("find \(Self.cache) -name '*-d' | wc -l").output != "0\n")
            let check = try host.command("cachewarden", ["check"]).run()
            #expect(check.status == 0, "\(check)")
            let again = try host.command("cachewarden", ["apply"]).run()
            #expect(again.status == 0 && again.output.hasPrefix("COMPLIANT"), "\(again)")
            #expect(try host.shell("ls /run/cachewarden").output == "run.lock\n", "everybody was told")
        }

        @Test func isStillThereAfterARebootAndGoesWithThePolicy() throws {
            var host = try boot()
            #expect(try apply(BootedHost.policy + Self.delivery, on: host).status == 0)
            try host.reboot()
            try expect(Self.cache, on: host, "rebooted")
            let taken = try apply(BootedHost.policy, on: host)
            #expect(taken.status == 0 && taken.output.hasPrefix("REPAIRED"), "\(taken)")
            // What a user's manager got from the system's when it started it keeps as long as it runs.
            for user in Self.users { try host.restartManager(of: user) }
            try expect(nil, on: host, "taken back")
            #expect(
                try host.shell("grep -rl cachewarden /etc/profile.d /etc/csh /etc/environment.d /etc/systemd || :")
                    .output == "")
            #expect(try host.shell("grep -c GOCACHE /usr/local/go/go.env || :").output == "0\n")
        }

        /// A run that is killed between a file and the telling leaves the telling to the next.
        @Test func tellsManagersWhatAKilledRunDidNot() throws {
            let host = try boot()
            #expect(try apply(BootedHost.policy, on: host).status == 0)
            try host.write(
                "/etc/environment.d/90-cachewarden.conf", Self.title + "# policy shared\nGOCACHE=\(Self.cache)\n")
            try host.write("/run/cachewarden/reload-pending", "user-manager\n", mode: "600")
            let policy =
                BootedHost.policy
                + Self.delivery.replacing(
                    "[login-shells, user-services, system-services, go-env]", with: "[user-services]")
            let applied = try apply(policy, on: host)
            #expect(applied.status == 0 && applied.output.hasPrefix("COMPLIANT"), "\(applied)")
            #expect(try host.environment(of: .userService, for: "anna")["GOCACHE"] == Self.cache)
            #expect(try host.shell("ls /run/cachewarden").output == "run.lock\n")
            // Nothing else tells users' managers here, so they must be able to read the folder that is made for it.
            try host.shell("rm -r /etc/environment.d")
            #expect(try apply(policy, on: host).status == 0)
            #expect(try host.environment(of: .userService, for: "anna")["GOCACHE"] == Self.cache)
        }

        @Test func saysWhenManagersCannotBeTold() throws {
            let host = try boot()
            try host.shell("mv /usr/bin/systemctl /usr/bin/systemctl.away; rm -f /bin/systemctl")
            let applied = try apply(BootedHost.policy + Self.delivery, on: host)
            #expect(applied.status == 3 && applied.output.contains("running managers do not know"), "\(applied)")
            #expect(try host.shell("sort /run/cachewarden/reload-pending").output == "system-manager\nuser-manager\n")
            try host.shell("mv /usr/bin/systemctl.away /usr/bin/systemctl")
            #expect(try host.command("cachewarden", ["apply"]).run().status == 0)
            try expect(Self.cache, on: host, "told")
        }

        /// The real thing, as an administrator would do it: from an archive to a login that builds with it.
        @Test func bringsAToolchainFromItsArchiveToEveryLogin() throws {
            let toolchain = try #require(Installation.toolchains.last)
            let folder = try TemporaryDirectory(mode: ModeBits(0o755))
            let script = """
                tar -C "$1" --exclude='*_test.go' --exclude=testdata --transform='s,^,go/,' -cf - \\
                    VERSION go.env bin pkg src lib | gzip -1 >"$2/go.tar.gz"
                sha256sum "$2/go.tar.gz" | cut -c1-64
                """
            let packed = try Command("/bin/sh", "-euc", script, "sh", toolchain.root.string, folder.path.string)
                .runSuccessfully()
            let archive = folder.path("go.tar.gz")
            let host = try BootedHost.boot(with: [archive])
            try host.addUsers(["anna"])
            try host.addBuilders(["anna"])
            let toolchains = """
                toolchains:
                  - path: /usr/local/go
                    archive: \(archive)
                    sha256: "\(packed.output.prefix(64))"
                    path-entry: true

                """
            let applied = try apply(BootedHost.policy + toolchains + Self.delivery, on: host)
            #expect(applied.status == 0 && applied.output.contains("1 toolchain installed"), "\(applied)")
            try host.write(
                "/home/anna/main.go", "package main\n\nimport \"errors\"\n\nvar _ = errors.New\n\nfunc main() {}\n")
            for start in [RealStart.loginShell, .cshLogin] {
                let built = try host.output(
                    of: start, for: "anna", "go version && go env GOROOT GOCACHE && go build -o /dev/null main.go")
                let version = "go version go\(toolchain.version.map(String.init).joined(separator: ".")) linux/"
                #expect(built.status == 0 && built.output.hasPrefix(version), "\(start): \(built)")
                #expect(built.output.hasSuffix("\n/usr/local/go\n\(Self.cache)\n"), "\(start): \(built)")
            }
            let check = try host.command("cachewarden", ["check"]).run()
            #expect(check.status == 0, "\(check)")
            #expect(try host.shell("ls -A /usr/local | grep cachewarden- || :").output == "")
        }

        @Test func namesWhoSetsItOtherwise() throws {
            let host = try boot()
            #expect(try apply(BootedHost.policy + Self.delivery, on: host).status == 0)
            try host.write("/etc/profile.d/zz.sh", "export GOCACHE=/var/theirs\n")
            try host.run(
                as: "bert", "/bin/sh", "-c", "HOME=/home/bert /usr/local/go/bin/go env -w GOCACHE=/home/bert/mine")
            let check = try host.command("cachewarden", ["check", "--format", "json"]).run()
            #expect(check.status == 2)
            let found = try JSONDecoder().decode(Report.self, from: Data(check.output.utf8)).environment.findings
            #expect(
                found.map { "\($0.rule): \($0.found)" } == [
                    "environment-conflict: GOCACHE=/var/theirs, set in '/etc/profile.d/zz.sh', line 1",
                    "user-cache-elsewhere: GOCACHE=/home/bert/mine, set by 'go env -w' in '/home/bert/.config/go/env', line 1",
                ])
        }

        /// As much of the JSON as these tests read.
        private struct Report: Decodable {
            struct Environment: Decodable {
                struct Finding: Decodable {
                    let rule: String
                    let found: String
                }

                let findings: [Finding]
            }

            let environment: Environment
        }

        private static let title =
            "# Kept by cachewarden: what is changed here comes back, and what its policies drop goes.\n"
    }
}
