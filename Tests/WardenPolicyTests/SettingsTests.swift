import SystemPackage
import Testing
import WardenModel
import WardenPolicy

struct SettingsTests {
    private func read(_ text: String) -> (settings: Settings?, diagnostics: [Diagnostic]) {
        SettingsReader.read(Array(text.utf8), file: "agent.yaml")
    }

    @Test func readsEveryKey() throws {
        let text = """
            version: 1
            labels: {role: builder, site: fra1}
            audit: {path: /var/log/cachewarden/audit.jsonl, rotate-size: 32MiB, keep: 5, when-full: journal}
            metrics: {textfile: /var/lib/prometheus/node-exporter/cachewarden.prom}
            notify:
              - {slack: {credential: slack-webhook}, at-least: high, remind: 24h}
              - {webhook: {credential: ops-hook}, at-least: medium}
              - {webhook: {credential: signed-hook, key: hook-key}}
              - {alertmanager: {credential: alertmanager-url}, at-least: low, remind: 1h}
              - {mail: {to: [ops@example.com]}, at-least: critical}
              - {syslog: {facility: local3}, at-least: low}
            """
        let (read, diagnostics) = read(text)
        #expect(diagnostics.map(\.description) == [])
        var wanted = Settings()
        wanted.labels = ["role": "builder", "site": "fra1"]
        wanted.audit.path = "/var/log/cachewarden/audit.jsonl"
        wanted.audit.rotateSize = ByteCount(32 << 20)
        wanted.audit.keep = 5
        wanted.audit.whenFull = .journal
        wanted.metricsTextfile = "/var/lib/prometheus/node-exporter/cachewarden.prom"
        wanted.notifications = [
            .init(channel: .slack(credential: "slack-webhook"), atLeast: .high, remind: .seconds(86_400)),
            .init(channel: .webhook(credential: "ops-hook", key: nil), atLeast: .medium, remind: nil),
            .init(channel: .webhook(credential: "signed-hook", key: "hook-key"), atLeast: .high, remind: nil),
            .init(
                channel: .alertmanager(credential: "alertmanager-url"), atLeast: .low, remind: .seconds(3_600)),
            .init(channel: .mail(to: ["ops@example.com"]), atLeast: .critical, remind: nil),
            .init(channel: .syslog(facility: "local3"), atLeast: .low, remind: nil),
        ]
        #expect(read == wanted)
    }

    @Test func aVersionAloneGivesTheDefaults() {
        #expect(read("version: 1\n").settings == Settings())
    }

    @Test(arguments: [
        "version: 1\nnotify: [{slack: {credential: https://hooks.slack.com/services/CANARY}}]\n",
        "version: 1\nnotify: [{slack: https://hooks.slack.com/services/CANARY}]\n",
        "version: 1\nnotify: [{slack: {url: \"https://hooks.slack.com/services/CANARY\"}}]\n",
        "version: 1\nnotify: [https://hooks.slack.com/services/CANARY]\n",
        "version: 1\nnotify:\n- webhook: {credential: \"CANARY/x\"}\n", "version: 1\nhttps://CANARY: 1\n",
        "version: 1\nnotify: [{slack: {credential: https://hooks.slack.com/CANARY}\n",
        "version: 1\nnotify: [{webhook: {credential: a, key: \"CANARY/+==\"}}]\n",
        "version: 1\nnotify: [{alertmanager: {credential: \"https://ops:CANARY@am\"}}]\n",
    ])
    func secretsAreRefusedAndNotRepeated(_ text: String) {
        let (settings, diagnostics) = read(text)
        #expect(settings == nil)
        #expect(!diagnostics.isEmpty)
        #expect(diagnostics.allSatisfy { !$0.description.contains("CANARY") }, "\(diagnostics)")
    }

    @Test(arguments: [
        ("notify: [{at-least: low}]", "one-channel"), ("notify: [{slack: {credential: a, key: b}}]", "unknown-key"),
        ("notify: [{mail: {to: []}}]", "empty-list"),
        ("notify: [{syslog: {}, mail: {to: [a@b]}}]", "one-channel"), ("notify: [{mail: {to: [ops]}}]", "bad-address"),
        ("notify: [{syslog: {facility: kern}}]", "unknown-value"), ("audit: {keep: 0}", "bad-count"),
        ("audit: {when-full: drop}", "unknown-value"), ("metrics: {textfile: /a/b.txt}", "bad-path"),
        ("labels: {role: 1}", "not-text"), ("labels: []", "not-a-mapping"), ("policy: p", "unknown-key"),
    ])
    func refuses(_ line: String, _ id: String) {
        #expect(read("version: 1\n\(line)\n").diagnostics.map(\.id) == [id])
    }
}
