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
            try host.cachewarden("apply").runSuccessfully()
            try host.cachewarden("clean", "go-build").runSuccessfully()
            for file in ["cachewarden.prom", "cachewarden-clean.prom"] {
                let check = try Command("/bin/sh", "-c", "promtool check metrics <'\(folder.appending(file))'").run()
                #expect(check.status == 0 && check.output.isEmpty && check.errors.isEmpty, "\(check)")
            }

            let page = try scrape(folder, while: host.cachewarden("apply"))
            #expect(page.contains("node_textfile_scrape_error 0"))
            for command in ["apply", "clean"] {
                #expect(page.contains(#"cachewarden_last_run_verdict{command="\#(command)",verdict="drift"} 0"#))
                #expect(page.contains(#"cachewarden_audit_sequence{command="\#(command)"}"#))
            }
            let size = "cachewarden_cache_size_bytes{cache=\"go-build\",path=\"\(host.cache)\"}"
            #expect(page.contains(size))
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
            return try command.runSuccessfully().output
        }
    }
}

extension Installation {
    static let hasPrometheus =
        canMakeUsers
        && ["/usr/bin/promtool", "/usr/bin/prometheus", "/usr/bin/prometheus-node-exporter"]
            .allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
}
