import Foundation
import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd {
    /// What node_exporter and promtool make of the figures that runs leave.
    @Suite("Metrics", .enabled(if: Installation.hasPrometheus, "needs root, useradd, acl, promtool and node_exporter"))
    struct MetricsTests {
        @Test("154: node_exporter serves what runs leave, and sees no half of a file") func areScraped() throws {
            let host = try TestHost.make()
            let folder = try host.folder.makeDirectory("metrics")
            let textfile = folder.appending("cachewarden.prom")
            try host.folder.write(
                "etc/agent.yaml",
                "version: 1\naudit: {path: \(host.auditLog)}\nmetrics: {textfile: \(textfile)}\n")
            _ = try host.makeUsedCache(by: host.first)
            func counting(_ command: Command) -> Command {
                var command = command
                command.environment["STATE_DIRECTORY"] = host.folder.path("state").string
                return command
            }
            try counting(host.cachewarden("apply")).runSuccessfully()
            try counting(host.cachewarden("clean", "go-build")).runSuccessfully()
            for file in ["cachewarden.prom", "cachewarden-clean.prom"] {
                let check = try Command.checking(metrics: folder.appending(file)).run()
                #expect(check.status == 0 && check.output.isEmpty && check.errors.isEmpty, "\(check)")
            }

            let page = try scrape(folder, while: counting(host.cachewarden("apply")))
            #expect(page.contains("node_textfile_scrape_error 0"))
            for command in ["apply", "clean"] {
                #expect(page.contains(#"cachewarden_last_run_verdict{command="\#(command)",verdict="drift"} 0"#))
                #expect(page.contains(#"cachewarden_audit_sequence{command="\#(command)"}"#))
            }
            #expect(page.contains(#"cachewarden_runs_total{command="apply",verdict="repaired"}"#))
            let size = "cachewarden_cache_size_bytes{cache=\"go-build\",path=\"\(host.cache)\"}"
            #expect(page.contains(size))
        }

        /// Whatever a user puts where the counts are, the run ends, and no other user's numbers change.
        @Test(arguments: ["file", "link", "pipe", "large", "damaged", "claim"])
        func believesUsersNoMoreThanTheirNumbers(_ kind: String) throws {
            let host = try TestHost.make()
            let folder = try host.folder.makeDirectory("metrics")
            try host.folder.write(
                "etc/agent.yaml",
                "version: 1\naudit: {path: \(host.auditLog)}\nmetrics: {textfile: \(folder)/cachewarden.prom}\n")
            _ = try host.makeUsedCache(by: host.first)
            let policy = String(decoding: try host.folder.read("etc/policy.yaml"), as: UTF8.self)
            let variables = "{GOCACHE: \(host.cache)}"
            try host.writePolicy(
                policy
                    + "\nenvironment: [{variables: \(variables), deliver: [go-env], users: {group: \(host.group)}}]\n")
            let row = { (user: String) in
                """
                {"schema":"cachewarden.builds/1","succeeded":7,"failed":[
                {"user":"\(user)","module":"m","reason":"permission","count":3,"last":"2026-11-23T03:50:59.120Z"}]}
                """
            }
            let script = """
                cd "$1" && mkdir -p .local/state/cachewarden && cd .local/state/cachewarden
                case $2 in
                    file) printf %s "$3" >failed-builds.json ;;
                    claim) printf %s "$4" >failed-builds.json ;;
                    link) printf %s "$3" >real.json && ln -s real.json failed-builds.json ;;
                    pipe) mkfifo failed-builds.json ;;
                    large) { printf %s "$3"; head -c 8M /dev/zero | tr '\\0' ' '; } >failed-builds.json ;;
                    damaged) printf '%s}' "$3" >failed-builds.json ;;
                esac
                """
            let home = host.folder.path("home").appending(host.first).string
            try Command(
                "/bin/sh", "-euc", script, "sh", home, kind, row(host.first), row(host.second)
            ).run(as: host.first, umask: "022").runSuccessfully()
            var apply = host.cachewarden("apply")
            apply.environment["STATE_DIRECTORY"] = host.folder.path("state").string
            let result = try apply.run()
            #expect([0, 2].contains(result.status), "\(result)")
            let page = String(decoding: try host.folder.read("metrics/cachewarden.prom"), as: UTF8.self)
            let counts = page.split(separator: "\n").filter { $0.contains("user=\"\(host.group)") }
            let believed = ["file", "claim"].contains(kind)
            let expected = [
                "cachewarden_builds_succeeded_total{user=\"\(host.first)\"} 7",
                "cachewarden_builds_failed_total{user=\"\(host.first)\",reason=\"permission\"} 3",
            ]
            #expect(counts.map(String.init) == (believed ? expected : []), "\(page)")
        }

        /// Returns what node_exporter serves at the end; fails where it could not read a file while runs wrote them.
        private func scrape(_ folder: FilePath, while run: Command) throws -> String {
            let script = """
                log=$(mktemp)
                prometheus-node-exporter --collector.disable-defaults --collector.textfile \\
                    --collector.textfile.directory="$1" --web.listen-address=127.0.0.1:0 2>"$log" &
                exporter=$!
                trap 'kill $exporter; rm -f "$log"' EXIT
                until port=$(grep -o 'Listening on" address=127.0.0.1:[0-9]*' "$log"); do sleep 0.1; done
                scrape() {
                    exec 3<>"/dev/tcp/127.0.0.1/${port##*:}"
                    printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3
                    cat <&3
                }
                shift
                for _ in 1 2 3 4 5; do
                    "$@" >/dev/null &
                    while kill -0 $! 2>/dev/null; do scrape | grep -q '^node_textfile_scrape_error 0' || exit 9; done
                    wait $! || exit
                done
                scrape
                """
            // Two of these at once, here and elsewhere, would wait for the run's lock.
            var command = Command(
                "/bin/bash",
                arguments: ["-c", script, "-", folder.string, run.executable.string] + run.arguments)
            command.retriedStatus = run.retriedStatus
            command.environment = run.environment
            return try command.runSuccessfully().output
        }
    }
}

extension Command {
    /// Returns promtool's look at a file of figures, which says nothing where they are good.
    static func checking(metrics file: FilePath) -> Command {
        Command("/bin/sh", "-c", "exec promtool check metrics <\"$1\"", "sh", file.string)
    }
}

extension Installation {
    static let hasPrometheus =
        canMakeUsers
        && ["/usr/bin/promtool", "/usr/bin/prometheus", "/usr/bin/prometheus-node-exporter"]
            .allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
}
