import Foundation
import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd {
    /// The Debian package as an administrator meets it: on a booted system, with real builds.
    @Suite(
        "Package",
        .enabled(
            if: BootedHost.isPossible && TestPackage.current != nil && !GoToolchain.all.isEmpty,
            Comment(rawValue: TestPackage.reason)),
        .timeLimit(.minutes(30)))
    struct PackageTests {
        private static let cache = PackagedHost.cache
        private static let units = ["cachewarden-apply.timer", "cachewarden-notify.path"]
        /// Where a test has the timer otherwise than the package.
        private static let timer: FilePath = "/etc/systemd/system/cachewarden-apply.timer.d"
        /// A link that pretends to be an output: what is never touched is told.
        private static let refused = "\(cache)/00/\(String(repeating: "0", count: 64))-d"

        // MARK: - What is wanted

        private static let limit = 45 << 20
        private static let more = """
                retention: {max-size: 45MiB, own-trim: true}
            environment:
              - variables: {GOCACHE: \(cache)}
                deliver: [login-shells, user-services, system-services, go-env]
                users: {group: builders}

            """
        private static let settings = """
            version: 1
            metrics: {textfile: /var/lib/prometheus/node-exporter/cachewarden.prom}
            notify:
              - {syslog: {facility: daemon}, at-least: low}
              - {mail: {to: [ops@example.com]}, at-least: low}
              - {webhook: {credential: hook}, at-least: low}

            """

        private func install() throws -> PackagedHost {
            let package = try #require(TestPackage.current)
            let place = try PackagedHost(with: [package])
            try place.install(package)
            for unit in Self.units { #expect(try place.state(of: unit) == "enabled active\n") }
            try place.makeReceivers()
            try place.host.addBuilders(PackagedHost.users)
            try place.host.write("/etc/cachewarden/agent.yaml", Self.settings)
            try place.host.enforce(Self.more)
            try place.writeModule()
            return place
        }

        @Test func keepsACacheThatTwoUsersBuildIn() throws {
            var place = try install()
            try expectTheTimersSettings(place)
            let made = try place.apply()
            #expect(made.contains("\nREPAIRED  "), "\(made)")
            for start in [RealStart.loginShell, .userService, .systemService] {
                #expect(try place.host.environment(of: start, for: "anna")["GOCACHE"] == Self.cache)
            }
            try expectHits(place)
            try expectANight(place, unused: ("old", "anna"), used: "new")

            let head = try place.auditHead()
            try missNights(place)
            try place.host.reboot()
            try expectTheSameAfterAReboot(place, since: head)
            try expectTheEndToBeTold(place)
            // What is gone is made again, and what others used instead goes.
            try expectANight(place, unused: ("new", "bert"), used: "old")
        }

        /// What a run by the timer does and says about a cache that is full and broken.
        ///
        /// - Parameters:
        ///   - unused: The large package that nobody uses, and who built it.
        ///   - used: The one that is built just before.
        private func expectANight(
            _ place: borrowing PackagedHost, unused: (package: String, user: String), used: String
        ) throws {
            let told = try place.told()
            let large = try spoil(place, unused: unused, used: used)
            let before = try place.auditHead()

            try letTheTimerElapse(place)
            try expectOrder(place, large, used: used)
            try expectRecords(place, since: before)
            try expectReport(place)
            try expectAlerts(place, after: told)
            try expectMetrics(place)
            try expectWalls(place)
            for user in PackagedHost.users { try place.buildProgram(as: user) }
        }

        // MARK: - Before the run

        /// The timer as the package has it, and as Units.md describes it.
        private func expectTheTimersSettings(_ place: borrowing PackagedHost) throws {
            let shown = try place.host.run(
                "/usr/bin/systemctl", "show", "cachewarden-apply.timer",
                "--property=TimersCalendar,Persistent,RandomizedDelayUSec,FixedRandomDelay"
            ).output
            for setting in [
                "TimersCalendar={ OnCalendar=*-*-* 03:15:00 ;", "Persistent=yes\n", "RandomizedDelayUSec=30min\n",
                "FixedRandomDelay=yes\n",
            ] {
                #expect(shown.contains(setting), "'\(setting)' in \(shown)")
            }
        }

        /// What one user has built the other one finds, and compiles nothing.
        private func expectHits(_ place: borrowing PackagedHost) throws {
            try place.buildProgram(as: "anna")
            for package in ["./small", "./old"] { #expect(try place.compiles(package, as: "anna")) }
            let made = try place.entries()
            try place.buildProgram(as: "bert")
            for package in ["./small", "./old"] { #expect(try !place.compiles(package, as: "bert")) }
            #expect(try place.entries() == made)
        }

        /// Makes all that is there days old, fills the cache beyond its limit, and breaks what the policy wants.
        ///
        /// - Returns: The two largest outputs: one that nobody has used for longest, and the one that was used last.
        private func spoil(
            _ place: borrowing PackagedHost, unused: (package: String, user: String), used: String
        ) throws -> (old: String, new: String) {
            let old = try place.largeOutput(of: unused.package, by: unused.user)
            try place.host.shell(
                """
                hash=$(basename "${1%-d}")
                actions=$(grep -rlF --include='*-a' "$hash" \(Self.cache))
                find \(Self.cache) -exec touch -h -a -m -d '3 days ago' {} +
                touch -a -m -d '4 days ago' "$1" $actions
                """, old)
            #expect(try place.compiles("./\(used)", as: "bert"))
            #expect(try place.size() > Self.limit)
            let new = try place.largeOutput(of: used, by: "bert")
            try place.host.shell("chmod 0755 \(Self.cache); chmod 0600 \"$1\"", new)
            try place.login("anna", "ln -s /etc/passwd \(Self.refused)")
            return (old, new)
        }

        private func letTheTimerElapse(_ place: borrowing PackagedHost) throws {
            try place.host.write(
                Self.timer.appending("now.conf"),
                "[Timer]\nOnCalendar=\nRandomizedDelaySec=0\nAccuracySec=100ms\nOnActiveSec=100ms\n")
            try place.host.shell("systemctl daemon-reload; systemctl restart cachewarden-apply.timer")
            try waitForRepair(place)
            try restoreTheTimer(place)
        }

        /// Waits for the end of a run that somebody else starts, and that mends the cache's root.
        private func waitForRepair(_ place: borrowing PackagedHost) throws {
            try place.host.wait(
                for: "2770 inactive",
                "echo $(stat --format=%a \(Self.cache)) $(systemctl is-active cachewarden-apply.service)")
        }

        private func restoreTheTimer(_ place: borrowing PackagedHost) throws {
            try place.host.remove(Self.timer)
            try place.host.shell("systemctl daemon-reload; systemctl restart cachewarden-apply.timer")
        }

        /// Leaves the host as if it had been off for nights, with something to mend.
        ///
        /// Only the timer's delay is taken from it: systemd adds it to what it makes up for too, as much as half an hour.
        private func missNights(_ place: borrowing PackagedHost) throws {
            try place.host.write(
                Self.timer.appending("at-once.conf"), "[Timer]\nRandomizedDelaySec=0\nAccuracySec=100ms\n")
            try place.host.shell(
                """
                stamp=/var/lib/systemd/timers/stamp-cachewarden-apply.timer
                [ -e $stamp ]
                touch -d '3 days ago' $stamp
                chmod 0755 \(Self.cache)
                """)
        }

        // MARK: - After it

        private func expectOrder(
            _ place: borrowing PackagedHost, _ large: (old: String, new: String), used: String
        ) throws {
            #expect(try place.size() <= Self.limit)
            #expect(
                try place.host.command("/usr/bin/stat", [large.old]).run().status != 0, "nobody used it for longest")
            let owners = try place.host.run("/usr/bin/stat", "--format=%U:%G %a", Self.cache, large.new)
            #expect(owners.output == "root:builders 2770\nbert:builders 660\n")
            #expect(try !place.compiles("./\(used)", as: "anna"))
        }

        private func expectRecords(_ place: borrowing PackagedHost, since head: String) throws {
            try place.expectWholeLog(since: head)
            #expect(try place.auditHead() != head)
            let hash = head.split(separator: ":").last ?? ""
            let records = try place.host.shell("cachewarden audit show --format json").output.split(separator: "\n")
            let behind = records.drop { !$0.hasSuffix("\"hash\":\"\(hash)\"}") }.dropFirst()
            for event in ["run-started", "changes-concluded", "retention-concluded", "run-ended"] {
                #expect(behind.contains { $0.contains("\"event\":\"\(event)\"") }, "\(event)")
            }
        }

        /// The journal has the whole report, and `systemctl status` what a person looks for.
        private func expectReport(_ place: borrowing PackagedHost) throws {
            let report = try place.lastReport()
            for text in [
                "\nPARTLY REPAIRED  ", "\nCache go-build  \(Self.cache)\n", "size-exceeded", "entry-refused",
                "\naudit     '/var/log/cachewarden/audit.jsonl', record ",
            ] {
                #expect(report.contains(text), "\(report)")
            }
            let status = try place.host.command("/usr/bin/systemctl", ["status", "cachewarden-apply.service"]).run()
            // 3 of systemctl's: not running, as a service is that does its work once.
            #expect(status.status == 3 && status.errors.isEmpty)
            for text in [
                "○ cachewarden-apply.service - Make shared build caches what their policies say\n",
                "50-policies.conf\n", "TriggeredBy: ● cachewarden-apply.timer\n", "Docs: man:cachewarden(1)\n",
                "(code=exited, status=3)\n", "]: What to do next\n", "]:     cachewarden audit show\n",
                ": Deactivated successfully.\n",
            ] {
                #expect(status.output.contains(text), "'\(text)' in \(status)")
            }
            // What journald takes for no text, and what terminals take for commands.
            #expect(!status.output.contains("blob data") && !status.output.contains("\u{1b}"))
        }

        /// Everybody hears of it, and the webhook by the URL that systemd handed to the notifier.
        private func expectAlerts(_ place: borrowing PackagedHost, after told: PackagedHost.Told) throws {
            try place.waitForMail("new: entry-refused", after: told)
            try place.waitForPost("\"rule\":\"entry-refused\"", after: told)
            // Since the boot: what was told before a reboot does not count after it.
            try place.host.wait(
                for: "alert state=\"new\" rule=\"entry-refused\"",
                "journalctl --quiet --boot --output=cat SYSLOG_IDENTIFIER=cachewarden SYSLOG_FACILITY=3")
        }

        private func expectMetrics(_ place: borrowing PackagedHost) throws {
            let lines = try scrape(place)
            let cache = #"{cache="go-build",path="\#(Self.cache)""#
            #expect(lines.contains("node_textfile_scrape_error 0"))
            for line in [
                "size_limit_bytes\(cache)} 4.718592e+07", "present\(cache)} 1",
                "findings\(cache),rule=\"entry-refused\",severity=\"high\"} 1",
            ] {
                #expect(lines.contains("cachewarden_cache_" + line), "\(lines)")
            }
            let removed = lines.filter { $0.hasPrefix("cachewarden_cache_removed_entries_total\(cache),rule=") }
            #expect(removed.count == 1 && removed.first?.contains(/rule="size-exceeded"} [1-9]/) == true, "\(lines)")
        }

        /// What node_exporter serves of ours with the settings of its own package.
        private func scrape(_ place: borrowing PackagedHost) throws -> Set<String> {
            let script = """
                systemctl start prometheus-node-exporter
                until (exec 3<>/dev/tcp/127.0.0.1/9100) 2>/dev/null; do sleep 0.1; done
                exec 3<>/dev/tcp/127.0.0.1/9100
                printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3
                cat <&3
                """
            let page = try place.host.run("/usr/bin/timeout", "30", "/bin/bash", "-ec", script).output
            let lines = page.split(whereSeparator: \.isNewline).map(String.init)
            return Set(lines.filter { $0.hasPrefix("cachewarden_") || $0.hasPrefix("node_textfile_") })
        }

        /// In the sandbox there is nothing to write to but what the policy and the settings name.
        private func expectWalls(_ place: borrowing PackagedHost) throws {
            let folder: FilePath = "/etc/systemd/system/cachewarden-apply.service.d"
            try place.host.write(
                "/usr/local/bin/probe",
                """
                #!/bin/sh
                for path in \(Self.cache) /var/cache /etc /etc/profile.d /usr/bin /home/anna; do
                    if touch "$path/probe"; then rm "$path/probe"; echo "writes $path"; else echo "cannot write $path"; fi
                done 2>/dev/null

                """, mode: "755")
            try place.host.write(
                folder.appending("probe.conf"), "[Service]\nExecStart=\nExecStart=/usr/local/bin/probe\n")
            try place.host.run("/usr/bin/systemctl", "daemon-reload")
            let said = try place.apply().split(separator: "\n").filter { $0.contains("write") }
            #expect(
                said == [
                    "writes \(Self.cache)", "cannot write /var/cache", "cannot write /etc", "writes /etc/profile.d",
                    "cannot write /usr/bin", "cannot write /home/anna",
                ])
            try place.host.remove(folder)
            try place.host.run("/usr/bin/systemctl", "daemon-reload")
        }

        // MARK: - After a reboot

        private func expectTheSameAfterAReboot(_ place: borrowing PackagedHost, since head: String) throws {
            for unit in Self.units { #expect(try place.state(of: unit) == "enabled active\n") }
            // Nobody starts a run here: it is the one that was missed.
            try waitForRepair(place)
            try restoreTheTimer(place)
            let told = try place.told()
            #expect(try !place.compiles("./new", as: "anna"))
            try place.host.shell("chmod 0755 \(Self.cache)")
            let report = try place.apply()
            #expect(report.contains("\nPARTLY REPAIRED  ") && report.contains("entry-refused"), "\(report)")
            let root = try place.host.run("/usr/bin/stat", "--format=%U:%G %a", Self.cache)
            #expect(root.output == "root:builders 2770\n")
            try place.expectWholeLog(since: head)
            try place.start("cachewarden-notify.service")
            #expect(try place.told() == told, "what stands is told once")
            #expect(try scrape(place).contains { $0.hasPrefix("cachewarden_cache_size_bytes{") })
            for user in PackagedHost.users { try place.buildProgram(as: user) }
        }

        /// Takes away what was told: the next of its kind is a new one.
        private func expectTheEndToBeTold(_ place: borrowing PackagedHost) throws {
            let told = try place.told()
            try place.host.run("/bin/rm", Self.refused)
            let report = try place.apply()
            #expect(!report.contains("entry-refused"), "\(report)")
            try place.waitForMail("resolved: entry-refused", after: told)
            try place.waitForPost("\"state\":\"resolved\"", after: told)
        }
    }
}
