import Foundation
import Testing
import WardenModel
import WardenNotify
import WardenTestSupport

/// What receivers are sent.
@Suite("Renderers") struct RendererTests {
    /// Every format by its name.
    private static let formats: [(name: String, render: @Sendable (Message) -> [UInt8])] = [
        ("slack", { SlackMessage($0).render() }), ("webhook", { WebhookMessage($0).render() }),
        ("alertmanager", { AlertmanagerMessage($0, remind: nil).render() }),
        ("mail", { MailMessage($0, to: ["ops@example.com", "it@example.com"]).render() }),
        ("log", { message in Array(LogMessage(message).entries.map(\.line).joined(separator: "\n").utf8) }),
    ]

    private func pretty(_ bytes: [UInt8]) throws -> String {
        guard bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") else {
            return String(decoding: bytes, as: UTF8.self)
        }
        let value = try JSONSerialization.jsonObject(with: Data(bytes))
        let data = try JSONSerialization.data(
            withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private func bytes(_ format: String, _ message: Message) throws -> [UInt8] {
        try #require(Self.formats.first { $0.name == format }).render(message)
    }

    private func object(_ format: String, _ message: Message) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try bytes(format, message)))
    }

    @Test(arguments: formats.map(\.name)) func lookAsTheyDid(format: String) throws {
        try expectSnapshot(try pretty(try bytes(format, Fixtures.usual)), format)
    }

    @Test(arguments: formats.map(\.name)) func sayThatAUnitFailed(format: String) throws {
        let failure = UnitFailure(unit: "cachewarden-apply.service", result: "exit-code", status: "65")
        let message = Message(
            host: "build-7.example.com", version: "0.1.0", madeAt: Fixtures.time(2), occasion: .failure(failure))
        try expectSnapshot(try pretty(try bytes(format, message)), "failure-\(format)")
    }

    @Test(arguments: formats.map(\.name)) func sayNoMoreThanSystemdDid(format: String) throws {
        for status in [nil, "", "x\n<!channel>\u{202e}"] as [String?] {
            let failure = UnitFailure(unit: "a@\u{1b}[31m.service", result: nil, status: status)
            let message = Message(host: "h", version: "1", madeAt: Fixtures.time(2), occasion: .failure(failure))
            let text = String(decoding: try bytes(format, message), as: UTF8.self)
            #expect(!text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
            if format == "slack" {
                let document = try #require(try object("slack", message) as? [String: Any])
                #expect(document["text"] as? String == "cachewarden on h: a unit failed")
            }
        }
    }

    // MARK: - Hostile names

    @Test("No name reaches what Slack reads as markup") func slackIsNotMisled() throws {
        let document = try #require(try object("slack", Fixtures.hostile) as? [String: Any])
        #expect(document["text"] as? String == "cachewarden on build-7.example.com: 25 new")
        #expect(document["link_names"] as? Bool == false && document["mrkdwn"] as? Bool == false)
        var texts = 0
        func walk(_ value: Any) {
            if let list = value as? [Any] { list.forEach(walk) }
            guard let object = value as? [String: Any] else { return }
            switch object["type"] as? String {
            case "plain_text": #expect(object["emoji"] as? Bool == false)
            case "rich_text_preformatted":
                texts += 1
                for element in object["elements"] as? [[String: Any]] ?? [] {
                    #expect(Set(element.keys) == ["type", "text"] && element["type"] as? String == "text")
                }
            case "header", "section", "divider", "rich_text", "text": break
            case let other: Issue.record("\(other ?? "a block without a type")")
            }
            object.values.forEach(walk)
        }
        walk(document["blocks"] as Any)
        #expect(texts == 10)
    }

    @Test("Every line is one line", arguments: formats.map(\.name)) func noNameBreaksALine(format: String) throws {
        let bytes = try bytes(format, Fixtures.hostile)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7f && $0.value != 0x202e })
        if format == "log" { #expect(bytes.count { $0 == UInt8(ascii: "\n") } == Fixtures.hostileNames.count - 1) }
    }

    @Test func logLinesKeepTheirQuotes() {
        let pair = /[a-z]+="(?:[^"\\\]]|\\["\\\]])*"/
        for entry in LogMessage(Fixtures.hostile).entries {
            let rest = entry.line.dropFirst("alert ".count).replacing(pair, with: "")
            #expect(rest.allSatisfy { $0 == " " }, "\(entry.line)")
            #expect(entry.fields.allSatisfy { $0.name.hasPrefix("CACHEWARDEN_") })
        }
    }

    private static let readMail = """
        import email, email.policy, json, sys
        message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
        assert not message.defects, message.defects
        headers = {name: str(value) for name, value in message.items()}
        assert len(headers) == len(message.items()), message.items()
        print(json.dumps({"headers": headers, "text": message.get_content()}))
        """

    private struct Mail: Decodable {
        let headers: [String: String]
        let text: String
    }

    private func mail(_ message: Message) throws -> Mail {
        let output = try TestPython.run(
            Self.readMail, input: Data(MailMessage(message, to: ["ops@example.com"]).render()))
        return try JSONDecoder().decode(Mail.self, from: Data(output.utf8))
    }

    @Test(.enabled(if: TestPython.has("email"), "needs python3")) func mailHasItsOwnHeadersAlone() throws {
        let mail = try mail(Fixtures.hostile)
        #expect(
            Set(mail.headers.keys) == [
                "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                "Auto-Submitted", "X-Auto-Response-Suppress",
            ])
        #expect(mail.headers["Subject"] == "[cachewarden] build-7.example.com: 25 new")
        #expect(mail.text.contains("'<!channel>'") && mail.text.contains(#"a\u{d}\u{a}Bcc: x@y.z"#))
        let lines = MailMessage(Fixtures.hostile, to: ["a@b"]).render().split(separator: UInt8(ascii: "\n"))
        #expect(lines.allSatisfy { $0.count <= 76 && $0.first != UInt8(ascii: ".") && !$0.starts(with: "From ".utf8) })
    }

    @Test(.enabled(if: TestPython.has("email"), "needs python3")) func mailSaysAnyHostsNameInItsSubject() throws {
        let host = String(repeating: "bäu-", count: 15) + "\r\nBcc: x@y.z"
        let message = Message(host: host, version: "1", madeAt: Fixtures.time(0), items: [])
        let mail = try mail(message)
        #expect(mail.headers.count == 9 && mail.headers["Subject"]?.hasPrefix("[cachewarden] bäu-bäu-") == true)
        let raw = MailMessage(message, to: ["a@b"]).render()
        #expect(raw.allSatisfy { $0 < 0x80 })
        let words = String(decoding: raw, as: UTF8.self).matches(of: /=\?utf-8\?B\?[^?]*\?=/).map(\.0)
        #expect(words.count > 1 && words.allSatisfy { $0.utf8.count <= 75 })
        #expect(mail.headers["Date"] == "Wed, 18 Nov 2026 11:06:40 +0000")
    }

    @Test("A line that begins with a dot ends no mail") func mailHidesDots() {
        let dots = Message(
            host: String(repeating: ".", count: 79), version: "1", madeAt: Fixtures.time(0), items: [])
        let lines = MailMessage(dots, to: ["a@b"]).render().split(separator: 0x0a)
        #expect(lines.contains { $0.starts(with: "=2E".utf8) } && lines.allSatisfy { $0.first != UInt8(ascii: ".") })
    }

    // MARK: - Bounds

    @Test("145: ten alerts in full, the others by their number", arguments: ["slack", "webhook", "mail"])
    func isBounded(format: String) throws {
        let long = String(repeating: "ß", count: 1_000)
        let items = (0..<100).map { number in
            Fixtures.item(
                .new,
                Fixtures.finding(
                    subject: "\(number) \(long)",
                    examples: (0..<12).map { .init(path: RelativePath("\($0)\(long)"), found: long) }))
        }
        let bytes = try bytes(format, Fixtures.message(items))
        #expect(String(decoding: bytes, as: UTF8.self).contains("90"))
        guard format == "slack" else { return }
        #expect(bytes.count < 80_000)
        let document = try #require(try object(format, Fixtures.message(items)) as? [String: Any])
        let blocks = try #require(document["blocks"] as? [[String: Any]])
        #expect(blocks.count <= 50)
        func walk(_ value: Any, _ limit: Int) {
            if let list = value as? [Any] { for value in list { walk(value, limit) } }
            guard let object = value as? [String: Any] else { return }
            if let text = object["text"] as? String { #expect(text.count <= limit) }
            for value in object.values { walk(value, limit) }
        }
        for block in blocks { walk(block, block["type"] as? String == "header" ? 150 : 3_000) }
    }

    // MARK: - Alertmanager

    @Test func anAlertmanagerForgetsWhatNobodyRepeats() throws {
        let ends = try [nil, Duration.seconds(86_400)].map { remind in
            let bytes = AlertmanagerMessage(Fixtures.usual, remind: remind).render()
            let alerts = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [[String: Any]])
            #expect(alerts.count == 4)
            return alerts.compactMap { $0["endsAt"] as? String }
        }
        let now = "\(Fixtures.time(2))"
        #expect(ends[0] == ["\(Fixtures.time(51))", "\(Fixtures.time(51))", now, now])
        #expect(ends[1] == ["\(Fixtures.time(50))", "\(Fixtures.time(50))", now, now])
    }

    // MARK: - Signatures

    private static let sign = """
        import hmac, sys
        header, key, body = sys.argv[1], sys.argv[2].encode(), sys.stdin.buffer.read()
        parts = dict(part.split("=", 1) for part in header.split(","))
        wanted = hmac.new(key, parts["t"].encode() + b"." + body, "sha256").hexdigest()
        print(parts["t"], hmac.compare_digest(wanted, parts["v1"]))
        """

    @Test(.enabled(if: TestPython.has("hmac"), "needs python3"), arguments: [("s3cret", "True"), ("other", "False")])
    func signaturesAreVerifiedByOthers(key: String, isTrue: String) throws {
        let file = try SecretFile("s3cret\n")
        let body = WebhookMessage(Fixtures.hostile).render()
        let header = WebhookMessage.signature(of: body, at: Fixtures.time(0), key: file.secret)
        let said = try TestPython.run(Self.sign, [header, key], input: Data(body))
        #expect(said == "\(Fixtures.start) \(isTrue)\n")
    }
}
