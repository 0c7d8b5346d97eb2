import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// The exported dashboard over what a real run leaves, as a real Prometheus has it.
    @Suite(
        "Dashboard",
        .enabled(
            if: Installation.hasPrometheus && Installation.canBuild,
            "needs root, useradd, acl, Go, prometheus, promtool and node_exporter"),
        .timeLimit(.minutes(5)))
    struct DashboardTests {
        /// A host of which a run leaves something to show in every panel.
        private func prepare() throws -> TestHost {
            let host = try TestHost.make()
            let folder = try host.folder.makeDirectory("metrics")
            try host.folder.write(
                "etc/agent.yaml",
                "version: 1\naudit: {path: \(host.auditLog)}\n"
                    + "metrics: {textfile: \(folder.appending("cachewarden.prom"))}\n")
            try host.limit("{max-size: 1GiB, max-age: 30d}")
            let policy = String(decoding: try host.folder.read("etc/policy.yaml"), as: UTF8.self)
            try host.writePolicy(
                policy
                    + "\nenvironment: [{variables: {GOCACHE: \(host.cache)}, deliver: [go-env], users: {group: \(host.group)}}]\nwaivers: [{rule: root-owner, path: \(host.cache), until: \"2037-01-31\", reason: r}]\n"
            )
            _ = try host.makeUsedCache(by: host.first)
            // Entries that go, one that stays, and a link that nobody touches.
            let script = """
                find "$1" -type f -name '*-[ad]' -exec touch -a -m -d '40 days ago' {} +
                touch "$(find "$1" -type f -name '*-a' | head -n 1)"
                ln -s /etc/passwd "$(find "$1" -mindepth 1 -maxdepth 1 -name '??' | head -n 1)/link"
                """
            try Command("/bin/sh", "-euc", script, "sh", host.cache.string).runSuccessfully()
            try failBuilds(host)
            var apply = host.cachewarden("apply")
            apply.environment["STATE_DIRECTORY"] = host.folder.path("state").string
            let applied = try apply.run()
            try #require(applied.status == 3, "the link is refused: \(applied.output) \(applied.errors)")
            let page = String(decoding: try host.folder.read("metrics/cachewarden.prom"), as: UTF8.self)
            for family in ["builds_succeeded_total", "builds_failed_total", "environment_findings"] {
                #expect(page.contains("\ncachewarden_\(family){"), "\(page)")
            }
            let check = try Command.checking(metrics: folder.appending("cachewarden.prom")).run()
            #expect(check.status == 0 && check.output.isEmpty && check.errors.isEmpty, "\(check)")
            return host
        }

        /// Leaves a user's builds in the counts, one good and one that fails.
        private func failBuilds(_ host: borrowing TestHost) throws {
            let toolchain = try #require(GoToolchain.all.last)
            let program = try host.makeProgram("counted")
            for package in [".", "./missing"] {
                var exec = try host.cachewarden(
                    as: host.first, "exec", "--", toolchain.go.string, "build", "-o", "/dev/null", package)
                exec.environment["HOME"] = host.folder.path("home").appending(host.first).string
                exec.environment["GOTOOLCHAIN"] = "local"
                exec.directory = program
                #expect(try exec.run().status == (package == "." ? 0 : 1))
            }
        }

        @Test func everyQueryReturnsSeries() throws {
            let host = try prepare()
            let exported = try Command(Installation.binary, "export", "dashboard").runSuccessfully().output
            let document = try JSONSerialization.jsonObject(with: Data(exported.utf8)) as? [String: Any]
            let panels = try #require(document?["panels"] as? [[String: Any]])
            let queries = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap {
                $0["expr"] as? String
            }
            #expect(queries.count >= panels.count && panels.count > 10)
            let asked = queries.map { $0.replacing("$instance", with: ".*").replacing("$cache", with: ".*") }
            #expect(!asked.contains { $0.contains("$") }, "a variable that nobody sets")
            let answers = try answers(
                to: asked, on: host, once: "increase(cachewarden_builds_failed_total[1h])")  // It needs two samples.
            #expect(answers.count == asked.count)
            for (query, answer) in zip(asked, answers) { #expect(answer.contains("=>"), "\(query): \(answer)") }
        }

        private static let alert = #"ALERTS{alertname="CachewardenPermissionsBroken",alertstate="pending"}"#
        /// What is true of a dashboard that is red, and of none that is green.
        private static let red = [
            #"cachewarden_last_run_verdict{command="apply",verdict="drift"} == 1"#,
            "cachewarden_cache_permissions_right == 0", #"cachewarden_cache_findings{rule="root-group"} > 0"#,
            #"cachewarden_cache_findings{rule="entry-acl"} > 0"#,
            #"sum(cachewarden_cache_findings{severity=~"high|critical"}) > 0"#, alert,
        ]
        /// And the other way round.
        private static let green = [
            #"cachewarden_last_run_verdict{command="apply",verdict="repaired"} == 1"#,
            "cachewarden_cache_permissions_right == 1",
        ]

        /// The way of the article "From drift to green", with each of its commands.
        @Test func fromADriftedHostToAGreenDashboard() throws {
            let host = try TestHost.make()
            let folder = try host.folder.makeDirectory("metrics")
            try host.folder.write(
                "etc/agent.yaml",
                "version: 1\naudit: {path: \(host.auditLog)}\nmetrics: {textfile: \(folder)/cachewarden.prom}\n")
            _ = try host.makeUsedCache(by: host.first)
            func want(_ mode: String) throws {
                try host.writePolicy(try TestHost.sharedPolicy(group: host.group, cache: host.cache, mode: mode))
            }
            func run(_ name: String) throws -> CommandResult {
                var command = host.cachewarden(name)
                command.environment["STATE_DIRECTORY"] = host.folder.path("state").string
                return try command.run()
            }
            try want("audit")
            try see(host)
            #expect(try run("apply").status == 2)
            let before = try answers(to: Self.red + Self.green, on: host, once: Self.alert)
            let isRed = Self.red.map { _ in true } + Self.green.map { _ in false }
            #expect(before.map { $0.contains("=>") } == isRed, "the dashboard is red: \(before)")

            let plan = try run("plan")
            #expect(plan.status == 2 && plan.output.contains("181 inodes, in this order"), "\(plan)")
            try want("enforce")
            #expect(try run("apply").status == 0)
            #expect(try run("check").status == 0)
            let after = try answers(
                to: Self.red + Self.green + ["ALERTS"], on: host,
                once: "count_over_time(cachewarden_cache_permissions_right[1h]) > 3")
            #expect(
                after.map { $0.contains("=>") } == isRed.map { !$0 } + [false], "and now it is green: \(after)")
            let settings = ["--settings", host.settings.string]
            let told = try Command(Installation.binary, arguments: ["report", "--since", "7d"] + settings).run()
            #expect(told.status == 0 && told.output.contains("1 drift, 1 repaired"), "\(told)")
            #expect(told.output.contains("root-group"), "\(told)")
            let shown = try Command(Installation.binary, arguments: ["audit", "show"] + settings).run()
            #expect(shown.status == 0 && shown.output.contains("ended repaired with exit code 0"), "\(shown)")
        }

        /// What the article does before anything is measured, and what it hands to Grafana.
        private func see(_ host: borrowing TestHost) throws {
            let files = ["--policy", host.policy.string, "--settings", host.settings.string]
            try Command(Installation.binary, arguments: ["policy", "lint"] + files).runSuccessfully()
            let check = try host.cachewarden("check").run()
            #expect(check.status == 2, "\(check)")
            for words in ["root-group", "entry-acl", "180 inodes", "remedy"] {
                #expect(check.output.contains(words), "\(words): \(check)")
            }
            let doctor = try host.cachewarden("doctor").run()
            #expect(doctor.status == 0, "\(doctor)")
            for user in host.users { #expect(doctor.output.contains("User \(user), home "), "\(doctor)") }
            let dashboard = try Command(Installation.binary, "export", "dashboard").runSuccessfully().output
            let document = try JSONSerialization.jsonObject(with: Data(dashboard.utf8)) as? [String: Any]
            #expect(document?["panels"] != nil)
        }

        /// Returns what Prometheus answers to each query, once it has scraped what the run left and has an answer to `once`.
        private func answers(
            to queries: [String], on host: borrowing TestHost, once: String
        ) throws -> [String] {
            let files = ["--policy", host.policy.string, "--settings", host.settings.string]
            let rules = Command(Installation.binary, arguments: ["export", "alert-rules"] + files)
            try host.folder.write("rules.yml", try rules.runSuccessfully().output)
            let script = """
                folder=$1
                once=$2
                shift 2
                rm -rf "$folder/tsdb" "$folder/exporter.log"
                prometheus-node-exporter --collector.disable-defaults --collector.textfile \\
                    --collector.textfile.directory="$folder/metrics" --web.listen-address=127.0.0.1:0 >"$folder/exporter.log" 2>&1 &
                trap 'kill $(jobs -p); wait' EXIT
                until port=$(grep -o 'Listening on" address=127.0.0.1:[0-9]*' "$folder/exporter.log" 2>/dev/null); do sleep 0.1; done
                printf 'global: {scrape_interval: 1s, evaluation_interval: 1s}\\nrule_files: [rules.yml]\\nscrape_configs: [{job_name: n, static_configs: [{targets: ["%s"]}]}]\\n' \\
                    "127.0.0.1:${port##*:}" >"$folder/prometheus.yml"
                # A port that is free now; nobody else here takes one meanwhile.
                own=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
                prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/tsdb" \\
                    --web.listen-address="127.0.0.1:$own" >"$folder/prometheus.log" 2>&1 &
                ask() { promtool query instant "http://127.0.0.1:$own" "$1"; }
                until ask "$once" 2>/dev/null | grep -q '=>'; do sleep 0.2; done
                for query in "$@"; do ask "$query" | head -n 1; echo "--"; done
                """
            let command = Command(
                "/bin/bash", arguments: ["-c", script, "-", host.folder.path.string, once] + queries)
            return try command.runSuccessfully().output.components(separatedBy: "--\n").dropLast()
        }
    }
}
