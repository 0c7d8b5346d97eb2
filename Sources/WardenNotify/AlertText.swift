internal import WardenModel

/// An alert in words, for people: mail and chat say the same.
enum AlertText {
    /// Longer values are cut: nobody reads more, and receivers refuse it.
    private static let longest = 300

    /// `new: entry-refused (high), cache go-build`
    static func title(_ item: Message.Item) -> String {
        let place = item.alert.cache.isEmpty ? "" : ", \(shown(item.alert.cache, 80))"
        return "\(word(item.state)): \(item.alert.rule.rawValue) (\(item.alert.severity.rawValue))\(place)"
    }

    /// Returns all that is known of it, one fact a line.
    static func lines(_ item: Message.Item) -> [String] {
        let alert = item.alert
        var lines = ["subject  \(shown(alert.subject, longest))"]
        if item.state == .new || item.state == .reminder {
            lines += [
                "count    \(alert.count)", "found    \(shown(alert.found, longest))",
                "wanted   \(shown(alert.wanted, longest))", "remedy   \(shown(alert.remedy, longest))",
            ]
            if !alert.examples.isEmpty {
                lines.append("examples \(alert.examples.count) of \(alert.count)")
                lines += alert.examples.map { "  \(name($0.path)): \(shown($0.found, 80))" }
            }
        }
        lines.append("since    \(item.firstSeen)")
        if let root = item.root {
            lines += ["", shown(root.listing, longest)] + root.accessList.map { shown($0, longest) }
        }
        if let run = item.run {
            lines += [
                "",
                "run      \(run.id): \(shown(run.command, 20)) as uid \(run.user), \(run.verdict) at \(run.finishedAt)",
            ]
        }
        return lines
    }

    static func name(_ path: String) -> String { path.isEmpty ? "(the root)" : "'\(shown(path, 120))'" }

    private static func word(_ state: Message.State) -> String {
        switch state {
        case .new: "new"
        case .reminder: "still standing"
        case .resolved: "resolved"
        case .passed: "came and went"
        }
    }
}

/// Returns text of which every character can be seen, cut to so many of them.
///
/// What comes from the outbox is escaped already, quotes and backslashes with it; this is for what is not meant to be
/// there. Control characters, invisible and bidirectional ones become `\u{…}`, so that no text starts a line.
func shown(_ text: String, _ limit: Int) -> String {
    var result = ""
    // What no cut will leave over is not looked at. Scalars, not characters: one of those has any number of marks.
    for scalar in text.unicodeScalars.prefix(limit + 1) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    guard result.unicodeScalars.count > limit else { return result }
    var cut = String.UnicodeScalarView()
    cut.append(contentsOf: result.unicodeScalars.prefix(max(0, limit - 1)))
    return String(cut) + "…"
}
