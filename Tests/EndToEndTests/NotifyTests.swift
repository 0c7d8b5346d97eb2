import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Alerts on their whole way: a run as root, a notifier without rights, real receivers.
    @Suite("Alerts", .enabled(if: NotifyHost.isPossible, NotifyHost.reason)) struct NotifyTests {
        private struct Body: Decodable {
            struct Alert: Decodable {
                struct Root: Decodable {
                    let path: String
                    let listing: String
                    let acl: [String]
                }
                struct Example: Decodable {
                    let path: String
                }
                struct Run: Decodable {
                    let id: String
                    let user: Int
                }
                let state: String
                let rule: String
                let count: Int
                let examples: [Example]
                let root: Root?
                let run: Run?
            }
            let alerts: [Alert]
            let more: Int
        }

        private func body(_ request: WebhookReceiver.Request?) throws -> Body {
            try JSONDecoder().decode(Body.self, from: Data(try #require(request).body.utf8))
        }

        /// Asks the function that Notifications.md gives to receivers.
        private func isGenuine(_ request: WebhookReceiver.Request?, key: String) throws -> Bool {
            let request = try #require(request)
            let header = try #require(request.headers["x-cachewarden-signature"])
            let function = try DocumentedCommands.blocks(
                "python", of: "Sources/cachewarden/Documentation.docc/Notifications.md")
            let ask = """
                import sys
                print(is_genuine(sys.argv[1], sys.stdin.buffer.read(), sys.argv[2].encode()))
                """
            let script = function.joined() + ask
            return try TestPython.run(script, [header, key], input: Data(request.body.utf8)) == "True\n"
        }

        @Test("A drifted cache is told once, and once more when it is repaired", .timeLimit(.minutes(5)))
        func tellsOnceAndThatItIsOver() throws {
            let place = try NotifyHost()
            let receiver = try WebhookReceiver(in: place.host.folder)
            try place.settings("{webhook: {credential: hook, key: key}, at-least: low}", "{syslog: {}, at-least: low}")
            try place.credential("hook", "https://localhost:\(receiver.port)/services/CANARY")
            try place.credential("key", "s3cret-CANARY")
            try place.listenToSyslog()
            _ = try place.host.makeUsedCache(by: place.host.first)
            #expect(try place.apply("audit").status == 2)

            let told = try place.notify()
            #expect(told.status == 0 && told.errors.isEmpty, "\(told)")
            #expect(told.output.contains(/^webhook hook: \d+ new, sent\nsyslog daemon: \d+ new, sent\n$/), "\(told)")
            let first = try receiver.requests()
            let alerts = try body(first.first).alerts
            #expect(first.count == 1 && alerts.contains { $0.rule == "root-group" && $0.state == "new" })
            #expect(try isGenuine(first.first, key: "s3cret-CANARY") && !isGenuine(first.first, key: "other"))
            let count = try body(first.first).more + alerts.count
            let root = try #require(alerts.first?.root)
            #expect(root.path == "/go-build" && alerts.first?.run?.user == 0)
            try expectPicture(root, of: place.host.cache)
            let lines = try place.syslogLines(atLeast: count)
            #expect(
                lines.allSatisfy {
                    $0.contains(/^<2[0-9]>\w{3} [ \d]\d [\d:]{8} cachewarden\[\d+\]: alert state="new" rule="/)
                })

            #expect(
                try place.notify().output == "webhook hook: nothing to say\nsyslog daemon: nothing to say\n")
            #expect(try place.apply("audit").status == 2)
            #expect(
                try place.notify().output == "webhook hook: nothing to say\nsyslog daemon: nothing to say\n")
            #expect(try receiver.requests().count == 1)

            #expect(try place.apply("enforce").status == 0)
            let over = try place.notify()
            #expect(over.output.hasPrefix("webhook hook: \(count) resolved, sent\n"), "\(over)")
            let last = try body(receiver.requests().last).alerts
            #expect(Set(last.map(\.state)) == ["resolved"] && last.count == 10)
            try place.expectNoSecret("CANARY")
        }

        /// The listing and the list are those of `ls` and `getfacl`.
        private func expectPicture(_ root: Body.Alert.Root, of cache: FilePath) throws {
            var command = Command("/bin/ls", "-ldL", "--time-style=+%Y-%m-%d %H:%M:%S %z", cache.string)
            command.environment["TZ"] = "UTC"
            let listing = try command.runSuccessfully().output.replacing(cache.string, with: "/go-build")
            #expect(root.listing + "\n" == listing)
            let list = try Command("/usr/bin/getfacl", "-p", cache.string).runSuccessfully().output
            let lines = list.split(separator: "\n").map {
                String($0).replacing("# file: \(cache)", with: "# file: /go-build")
            }
            #expect(root.acl == lines)
        }

        @Test("146: what nobody could be told is told later, once", .timeLimit(.minutes(5)))
        func tellsLater() throws {
            let place = try NotifyHost()
            try place.settings(
                "{slack: {credential: hook}, at-least: low}", "{mail: {to: [ops@example.com]}, at-least: low}")
            let receiver = try WebhookReceiver(in: place.host.folder, answers: ["403", "200"])
            try place.credential("hook", "https://localhost:\(receiver.port)/CANARY")
            try place.makeSendmail()
            _ = try place.host.makeUsedCache(by: place.host.first)
            #expect(try place.apply("audit").status == 2)
            let failed = try place.notify()
            #expect(
                failed.status == 3 && failed.output.contains(" new, not sent: localhost answered 403\n"), "\(failed)")
            #expect(failed.output.contains(/mail ops@example.com: \d+ new, sent\n/), "\(failed)")
            let told = try place.notify()
            #expect(told.status == 0 && told.output.contains(/^slack hook: \d+ new, sent\nmail \S+: nothing to say\n$/))
            #expect(try place.mails().count == 1)
            try place.expectNoSecret("CANARY")
        }

        @Test("145: 10,000 refusals are one alert, whatever they are called", .timeLimit(.minutes(5)))
        func countsRefusals() throws {
            let place = try NotifyHost()
            try place.settings(
                "{webhook: {credential: hook}, at-least: low}", "{slack: {credential: slack}, at-least: low}",
                "{mail: {to: [ops@example.com]}, at-least: low}", "{syslog: {}, at-least: low}")
            let receiver = try WebhookReceiver(in: place.host.folder)
            for name in ["hook", "slack"] { try place.credential(name, "https://localhost:\(receiver.port)/\(name)") }
            try place.makeSendmail()
            try place.listenToSyslog()
            _ = try place.host.makeUsedCache(by: place.host.first)
            let hostile = """
                import os, sys
                folder = sys.argv[1].encode() + b"/00/"
                names = [b"<!channel>", b"@here", b"*bold*", b"a\\nb", b"\\x1b[31m", b"\\"'`", b"<http:x|y>", b"\\xff"]
                names += [b"x%d" % number for number in range(10000 - len(names))]
                os.makedirs(folder, exist_ok=True)
                for name in names: os.symlink("nowhere", folder + name)
                """
            try Command("/usr/bin/env", "python3", "-c", hostile, place.host.cache.string).runSuccessfully()
            _ = try place.apply("audit")
            let told = try place.notify()
            #expect(told.status == 0, "\(told)")
            let requests = try receiver.requests()
            let refused = try body(requests.first { $0.path == "/hook" }).alerts.filter { $0.rule == "entry-refused" }
            #expect(refused.count == 1 && refused.first?.count == 10_000 && refused.first?.examples.count == 10)
            let names = refused.first?.examples.map(\.path) ?? []
            #expect(names.contains("00/<!channel>") && names.contains("00/\\x1b[31m"), "\(names)")
            let slack = try #require(requests.first { $0.path == "/slack" }).body
            #expect(slack.utf8.count < 40_000)
            let fallback = try #require(JSONSerialization.jsonObject(with: Data(slack.utf8)) as? [String: Any])["text"]
            #expect((fallback as? String)?.contains { "<>&@*_`".contains($0) } == false)
            let texts = try requests.map(\.body) + place.mails() + place.syslogLines(atLeast: 1)
            for text in texts { #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }) }
        }

        @Test("The proxy of the environment is used", .timeLimit(.minutes(5))) func goesThroughProxies() throws {
            let place = try NotifyHost()
            try place.settings("{slack: {credential: hook}}")
            let receiver = try WebhookReceiver(
                in: place.host.folder, certificate: "DNS:hooks.invalid,DNS:localhost")
            let proxy = try Proxy(in: place.host.folder, to: receiver.port)
            let proxied = ["https_proxy": "http://127.0.0.1:\(proxy.port)"]
            try place.credential("hook", "https://hooks.invalid/services/CANARY")
            let direct = try place.notify("--test")
            #expect(direct.status == 1 && direct.output.contains("hooks.invalid"), "\(direct)")
            let told = try place.notify("--test", environment: proxied)
            #expect(told.status == 0, "\(told)")
            #expect(try receiver.requests().map(\.path) == ["/services/CANARY"])
            let far = "CONNECT hooks.invalid:443 HTTP/1.1\n"
            #expect(try proxy.log() == far)

            // One that is near goes through it as well, unless no_proxy names it.
            try place.credential("hook", "https://localhost:\(receiver.port)/near")
            let near = try place.notify("--test", environment: proxied)
            #expect(near.status == 0, "\(near)")
            #expect(try proxy.log() == far + "CONNECT localhost:\(receiver.port) HTTP/1.1\n")
            let past = try place.notify("--test", environment: proxied.merging(["no_proxy": "localhost"]) { $1 })
            #expect(past.status == 0, "\(past)")
            #expect(try proxy.log() == far + "CONNECT localhost:\(receiver.port) HTTP/1.1\n")
            #expect(try receiver.requests().map(\.path) == ["/services/CANARY", "/near", "/near"])
        }

        @Test("What stands is told again when that is wanted", .timeLimit(.minutes(5))) func reminds() throws {
            let place = try NotifyHost()
            try place.settings(
                "{mail: {to: [ops@example.com]}, at-least: low, remind: 1s}",
                "{mail: {to: [it@example.com]}, at-least: low, remind: 1h}")
            try place.makeSendmail()
            _ = try place.host.makeUsedCache(by: place.host.first)
            #expect(try place.apply("audit").status == 2)
            let told = try place.notify()
            #expect(told.output.contains(/^mail ops\S+: \d+ new, sent\nmail it\S+: \d+ new, sent\n$/), "\(told)")
            usleep(1_100_000)
            let again = try place.notify()
            #expect(
                again.output.contains(/^mail ops\S+: \d+ standing, sent\nmail it\S+: nothing to say\n$/), "\(again)")
            #expect(try place.mails().count == 3)
        }

        @Test(
            "An Alertmanager has the alert, and its end",
            .enabled(if: Alertmanager.isPossible, "needs prometheus-alertmanager"), .timeLimit(.minutes(5)))
        func reachesAnAlertmanager() throws {
            let place = try NotifyHost()
            let server = try Alertmanager(in: place.host.folder)
            try place.settings("{alertmanager: {credential: am}, at-least: low}")
            try place.credential("am", "http://127.0.0.1:\(server.port)")
            _ = try place.host.makeUsedCache(by: place.host.first)
            _ = try place.apply("audit")
            let told = try place.notify()
            #expect(told.status == 0, "\(told)")
            let alerts = try server.alerts()
            #expect(alerts.contains { $0["rule"] == "root-group" && $0["alertname"] == "CachewardenFinding" })
            #expect(alerts.allSatisfy { $0["cache"] == "go-build" && $0["host"]?.isEmpty == false })
            #expect(try place.notify().output == "alertmanager am: \(alerts.count) standing, sent\n")
            #expect(try server.alerts().count == alerts.count)
            #expect(try place.apply("enforce").status == 0)
            #expect(try place.notify().output == "alertmanager am: \(alerts.count) resolved, sent\n")
            #expect(try server.alerts() == [])
        }
    }
}
