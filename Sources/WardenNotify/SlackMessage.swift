internal import WardenModel

/// A message for a Slack webhook, in blocks (https://docs.slack.dev/reference/block-kit).
///
/// What others named stands in `plain_text` without emoji and in preformatted `rich_text` alone. Slack looks for no
/// mention, link or markup in those.
package struct SlackMessage {
    /// As many characters as Slack takes in a header and in a text.
    private static let longestHeader = 150
    private static let longestText = 3_000

    private let message: Message

    package init(_ message: Message) { self.message = message }

    package func render() -> [UInt8] {
        var blocks: [JSONValue] = [
            ["type": "header", "text": plain("cachewarden on \(shown(message.host, 80))", Self.longestHeader)],
            ["type": "section", "text": plain(message.summary, Self.longestText)],
        ]
        if !message.remarks.isEmpty { blocks.append(preformatted(message.remarks)) }
        for item in message.shown {
            blocks.append(["type": "divider"])
            blocks.append(["type": "section", "text": plain(AlertText.title(item), Self.longestText)])
            blocks.append(preformatted(AlertText.lines(item)))
        }
        if message.hiddenCount > 0 {
            blocks.append(["type": "section", "text": plain("and \(message.hiddenCount) more", Self.longestText)])
        }
        let document: JSONValue = [
            // Notifications show this; it is read as markup, so nothing that others named is in it.
            "text": .string("cachewarden on \(bare(message.host)): \(headline)"),
            "mrkdwn": .bool(false), "link_names": .bool(false), "unfurl_links": .bool(false),
            "unfurl_media": .bool(false), "blocks": .array(blocks),
        ]
        return document.render()
    }

    private var headline: String {
        if case .failure = message.occasion { "a unit failed" } else { message.summary }
    }

    private func plain(_ text: String, _ limit: Int) -> JSONValue {
        ["type": "plain_text", "emoji": .bool(false), "text": .string(shown(text, limit))]
    }

    private func preformatted(_ lines: [String]) -> JSONValue {
        var text = lines.joined(separator: "\n")
        if text.unicodeScalars.count > Self.longestText {
            var cut = String.UnicodeScalarView()
            cut.append(contentsOf: text.unicodeScalars.prefix(Self.longestText - 1))
            text = String(cut) + "…"
        }
        let elements: JSONValue = [["type": "text", "text": .string(text)]]
        return ["type": "rich_text", "elements": [["type": "rich_text_preformatted", "elements": elements]]]
    }

    /// A host's name can have no other characters.
    private func bare(_ host: String) -> String {
        shown(String(host.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }), 80)
    }
}
