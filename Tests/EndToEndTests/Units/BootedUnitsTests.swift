import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// The units on a booted system: what they do by themselves, and what their sandboxes keep them from.
    @Suite(
        "Booted units", .enabled(if: BootedHost.isPossible, Comment(rawValue: BootedHost.reason)),
        .timeLimit(.minutes(10)))
    struct BootedUnitsTests {
        private static let cache = BootedHost.cache

        private static let settings = """
            version: 1
            metrics: {textfile: /var/lib/metrics/cachewarden.prom}
            notify:
              - {syslog: {}, at-least: low}
              - {mail: {to: [ops@example.com]}, at-least: low}

            """

        /// Installs the units as Units.md says, but for the build: the binary is the one under test, beside its libraries.
        func boot(with folders: [FilePath] = []) throws -> BootedHost {
            let policies = Installation.units.removingLastComponent().appending("policies")
            let host = try BootedHost.boot(with: [Installation.units, policies] + folders)
            let block = try #require(
                try DocumentedCommands.blocks("sh by-hand", of: "Sources/cachewarden/Documentation.docc/Units.md").first
            )
            try host.shell(
                """
                mkdir -p /opt/clone/.build/release /var/lib/metrics
                cd /opt/clone
                ln -s "$1" "$2" .
                printf '#!/bin/sh\\nexec /usr/local/lib/cachewarden/cachewarden "$@"\\n' >.build/release/cachewarden
                swift() { :; }
                \(block)
                groupadd builders
                """, Installation.units.string, policies.string)
            // It takes mails as Debian's do, and keeps them where a notifier may write.
            try host.write("/usr/sbin/sendmail", "#!/bin/sh\ncat >>/var/lib/cachewarden-notify/mails\n", mode: "755")
            return host
        }

        private func enforce(on host: borrowing BootedHost) throws {
            try host.write("/etc/cachewarden/agent.yaml", Self.settings)
            try host.enforce()
        }

        /// Starts a unit and expects that it ends well.
        func start(
            _ unit: String, on host: borrowing BootedHost, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let result = try host.command("/usr/bin/systemctl", ["start", unit]).run()
            guard result.status != 0 else { return }
            let journal = try host.command("/usr/bin/journalctl", ["--output=cat", "-u", unit]).run().output
            try #require(Bool(false), "\(unit): \(result)\n\(journal)", sourceLocation: sourceLocation)
        }

        private func state(of unit: String, on host: borrowing BootedHost) throws -> [String: String] {
            let shown = try host.run(
                "/usr/bin/systemctl", "show", unit, "--property=Result,ConditionResult,ActiveState")
            return Dictionary(
                shown.output.split(separator: "\n").map { line in
                    let pair = line.split(separator: "=", maxSplits: 1).map(String.init)
                    return (pair[0], pair.count == 2 ? pair[1] : "")
                }
            ) { $1 }
        }

        private func root(on host: borrowing BootedHost) throws -> String {
            try host.run("/usr/bin/stat", "--format=%U:%G %a", Self.cache).output
        }

        private let mails = "cat /var/lib/cachewarden-notify/mails 2>/dev/null || :"

        @Test func doNothingWithoutAPolicy() throws {
            let host = try boot()
            for unit in ["cachewarden-apply.service", "cachewarden-check.service"] {
                try start(unit, on: host)
                #expect(try state(of: unit, on: host)["ConditionResult"] == "no")
            }
            #expect(try state(of: "cachewarden-apply.timer", on: host)["ActiveState"] == "active")
            #expect(try state(of: "cachewarden-notify.path", on: host)["ActiveState"] == "active")
            #expect(try host.shell("find /var/cache -name 'go-build*'").output == "")
        }

        @Test func keepTheHostAsItsPolicySays() throws {
            var host = try boot()
            try enforce(on: host)
            try start("cachewarden-apply.service", on: host)
            #expect(try root(on: host) == "root:builders 2770\n")
            try host.run("/usr/bin/cachewarden", "audit", "verify")
            #expect(try host.shell("cat /var/lib/metrics/*.prom").output.contains("cachewarden_cache_present"))
            let report = try host.shell("journalctl -u cachewarden-apply").output
            // What the sandbox does to mounts is nobody's to mend.
            #expect(report.contains("REPAIRED") && !report.contains("cache-mount-options"), "\(report)")
            // What is never touched stands, and is told: 3 is no failure.
            try host.shell(
                """
                mkdir \(Self.cache)/00
                for end in 1 2 3; do touch "\(Self.cache)/00/$(printf '%063d' 0)$end-d"; done
                ln -s /etc/passwd "\(Self.cache)/00/$(printf '%064d' 0)-d"
                """)
            try start("cachewarden-apply.service", on: host)
            try host.wait(for: "entry-refused", mails)
            // As Notifications.md says; journald keeps what it was sent as fields.
            try host.wait(
                for: "CACHEWARDEN_HOST",
                "journalctl --output=json-pretty -t cachewarden CACHEWARDEN_RULE=entry-refused")
            try host.shell("rm -r \(Self.cache)/00")

            // The timer, moved to now: drift is found and repaired.
            try host.shell("chmod 0755 \(Self.cache)")
            try host.write(
                "/etc/systemd/system/cachewarden-apply.timer.d/now.conf",
                "[Timer]\nOnCalendar=\nRandomizedDelaySec=0\nAccuracySec=1s\nOnActiveSec=1s\n")
            try host.shell("systemctl daemon-reload; systemctl restart cachewarden-apply.timer")
            try host.wait(for: "root:builders 2770", "stat --format='%U:%G %a' \(Self.cache)")
            try host.remove("/etc/systemd/system/cachewarden-apply.timer.d")

            try host.reboot()
            try host.shell("chmod 0755 \(Self.cache)")
            try start("cachewarden-apply.service", on: host)
            #expect(try root(on: host) == "root:builders 2770\n")
            try host.run("/usr/bin/cachewarden", "audit", "verify")
        }

        /// A place whose way others have in hand: what makes missing caches follows no link there.
        @Test func makeNothingWhereOthersLead() throws {
            let host = try boot()
            try enforce(on: host)
            try host.shell("mkdir -m 1777 /var/cache/open; ln -s /srv /var/cache/open/go")
            try host.write(
                "/etc/cachewarden/policy.d/led.yaml",
                BootedHost.policy.replacingOccurrences(of: Self.cache, with: "/var/cache/open/go/build")
                    .replacingOccurrences(of: "policy: shared", with: "policy: led")
                    .replacingOccurrences(of: "name: go-build", with: "name: led"))
            try host.run("/usr/bin/systemctl", "daemon-reload")
            #expect(try host.command("/usr/bin/systemctl", ["start", "cachewarden-apply.service"]).run().status != 0)
            #expect(try host.shell("ls -A /srv").output == "")
            #expect(try root(on: host) == "root:builders 2770\n")
            #expect(try host.shell("journalctl -u cachewarden-apply").output.contains("cache-unsafe-path"))
        }

        @Test func bringVariablesToManagersThatRun() throws {
            let host = try boot()
            try host.addUsers(["anna"])
            try host.enforce(
                """
                environment:
                  - {variables: {GOCACHE: \(Self.cache)}, deliver: [user-services]}

                """)
            try start("cachewarden-apply.service", on: host)
            let report = try host.shell("journalctl --output=cat -u cachewarden-apply").output
            #expect(report.contains(/\nREPAIRED {2}.*: 1 file written,/), "\(report)")
            #expect(try host.environment(of: .userService, for: "anna")["GOCACHE"] == Self.cache)
        }

        @Test func looksWithoutBeingRoot() throws {
            let host = try boot()
            try enforce(on: host)
            try start("cachewarden-apply.service", on: host)
            try start("cachewarden-check.service", on: host)
            let first = try host.shell("journalctl -u cachewarden-check").output
            #expect(first.contains("COMPLIANT"), "\(first)")
            try host.shell("chmod 0700 \(Self.cache)")
            try start("cachewarden-check.service", on: host)
            #expect(try host.shell("journalctl -u cachewarden-check").output.contains("DRIFT"))
            #expect(try state(of: "cachewarden-check.service", on: host)["Result"] == "success")
            #expect(try root(on: host) == "root:builders 2700\n")
        }

        /// 121: what wins a race inside the agent meets this wall.
        @Test func canWriteNowhereElse() throws {
            let host = try boot()
            try enforce(on: host)
            try start("cachewarden-apply.service", on: host)
            let script = """
                for path in \(Self.cache) /var/log/cachewarden /var/lib/cachewarden /var/lib/metrics /etc /usr/bin /var/cache \\
                    /root /home /boot; do
                    if touch "$path/probe" 2>/dev/null; then echo "writes $path"; else echo "cannot write $path"; fi
                done
                # What the report has of the kernel.
                cat /proc/sys/fs/protected_{hardlinks,symlinks,regular} >/dev/null && echo "reads the settings of links"
                """
            try host.write("/usr/local/bin/probe", "#!/bin/bash\n" + script, mode: "755")
            try host.write(
                "/etc/systemd/system/cachewarden-apply.service.d/probe.conf",
                "[Service]\nExecStart=\nExecStart=/usr/local/bin/probe\n")
            try host.run("/usr/bin/systemctl", "daemon-reload")
            try start("cachewarden-apply.service", on: host)
            let said = try host.shell("journalctl --output=cat -u cachewarden-apply").output
            for path in [Self.cache, "/var/log/cachewarden", "/var/lib/cachewarden", "/var/lib/metrics"] {
                #expect(said.contains("\nwrites \(path)\n"), "\(said)")
            }
            #expect(said.contains("\nreads the settings of links\n"), "\(said)")
            for path in ["/etc", "/usr/bin", "/var/cache", "/root", "/home", "/boot"] {
                #expect(said.contains("\ncannot write \(path)\n"), "\(said)")
            }
        }

        @Test func watchTheHost() throws {
            var host = try boot()
            try enforce(on: host)
            let dropIn: FilePath = "/etc/systemd/system/cachewarden-watch.service.d/test.conf"
            try host.write(dropIn, "[Service]\nWatchdogSec=3s\nRestartSec=100ms\n")
            try host.run("/usr/bin/systemctl", "daemon-reload")
            try host.run("/usr/bin/systemctl", "enable", "--quiet", "cachewarden-watch")
            try start("cachewarden-watch.service", on: host)
            try host.wait(for: "nothing left that differs (start;", "journalctl --output=cat -u cachewarden-watch")
            #expect(try root(on: host) == "root:builders 2770\n")
            let status = "systemctl show cachewarden-watch --property=StatusText,NRestarts,ActiveState"
            try host.wait(for: "StatusText=1 cache, ", status)
            try host.shell("chmod 0755 \(Self.cache)")
            try host.wait(for: "root:builders 2770", "stat --format='%U:%G %a' \(Self.cache)")
            try host.run("/usr/bin/cachewarden", "audit", "verify")

            try host.write("/etc/cachewarden/policy.d/bad.yaml", "version: 2\n")
            try host.wait(for: "policy-refused", mails)
            try host.remove("/etc/cachewarden/policy.d/bad.yaml")
            try host.wait(for: "resolved: policy-refused", mails)
            try host.run("/usr/bin/systemctl", "reload", "cachewarden-watch")

            // One that does not answer is ended and started again.
            try host.run("/usr/bin/systemctl", "kill", "--signal=SIGSTOP", "cachewarden-watch")
            try host.wait(for: "NRestarts=1", status)
            try host.wait(for: "ActiveState=active", status)
            try host.run("/usr/bin/systemctl", "stop", "cachewarden-watch")
            #expect(try state(of: "cachewarden-watch.service", on: host)["Result"] == "success")

            try host.reboot()
            try host.shell("chmod 0755 \(Self.cache)")
            try host.wait(for: "root:builders 2770", "stat --format='%U:%G %a' \(Self.cache)")
            try host.run("/usr/bin/cachewarden", "audit", "verify")
        }

        @Test func tellThatOneOfThemFailed() throws {
            let host = try boot()
            try enforce(on: host)
            try host.write("/etc/cachewarden/policy.d/bad.yaml", "version: 2\n")
            let start = try host.command("/usr/bin/systemctl", ["start", "cachewarden-apply.service"]).run()
            #expect(start.status != 0)
            try host.wait(for: "cachewarden-apply.service failed (exit-code, 65)", mails)
            try host.wait(
                for: "cachewarden-apply.service failed", "journalctl --output=cat SYSLOG_IDENTIFIER=cachewarden")
        }
    }
}
