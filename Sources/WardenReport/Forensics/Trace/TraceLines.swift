package import SystemPackage
package import WardenModel

/// What happens in a cache while it is traced, a line for each entry, for people.
package struct TraceLines {
    private static let widths = (time: 13, size: 10, event: 5, user: 10, task: 12, module: 24)

    private let style: TextStyle
    private let columns: Int

    package init(style: TextStyle = .plain, columns: Int = 100) {
        self.style = style
        self.columns = columns
    }

    /// Returns what stands above the lines: what is traced, how, and what is in the columns.
    package func head(of opening: TraceOpening) -> String {
        var page = TextPage(style: style, columns: columns)
        page.line(.init("tracing what is written" + (opening.tellsReads ? " and read" : ""), .strong))
        page.writeTraced(opening)
        page.blank()
        let widths = Self.widths
        let labels = [
            padded("time (UTC)", widths.time), aligned("size", widths.size), padded("", widths.event),
            padded("user", widths.user), padded("command", widths.task), padded("module", widths.module),
            "package or entry",
        ]
        page.line(.init(labels.joined(separator: "  "), .faint))
        return page.text
    }

    /// Returns a line for each entry.
    package func lines(of entries: [TracedEntry], userNames: [UserID: String]) -> String {
        let names = AccountNames(users: userNames, groups: [:])
        var page = TextPage(style: style, columns: columns)
        for entry in entries { write(entry, names, on: &page) }
        return page.text
    }

    /// Nothing is cut: what does not fit moves the rest of its line.
    private func write(_ entry: TracedEntry, _ names: AccountNames, on page: inout TextPage) {
        let widths = Self.widths
        let user = entry.user.map { names.name($0) } ?? "-"
        let columns = [
            padded(Self.clock(entry.at), widths.time), aligned(entry.size.map { "\($0)" } ?? "-", widths.size),
            padded(entry.event.word, widths.event), padded(user, widths.user),
            padded(entry.process?.task ?? "-", widths.task), padded(entry.module ?? "-", widths.module),
        ]
        page.line(
            .init(columns.joined(separator: "  ") + "  ", entry.event == .read ? .faint : .none),
            .init(entry.package ?? entry.shortPath, .strong), .init(entry.content.map { "  \($0)" } ?? "", .faint))
    }

    /// Returns the time of day: `09:14:02.120Z`.
    private static func clock(_ moment: Timestamp) -> String {
        let text = moment.description
        return text.firstIndex(of: "T").map { String(text[text.index(after: $0)...]) } ?? text
    }
}
