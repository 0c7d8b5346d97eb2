/// What all pages have in common.
enum HTMLFrame {
    /// How many rows of a table are written out.
    static let rowLimit = 50

    /// Writes the head: the title, the style, and a policy by which a page loads and runs nothing.
    static func writeHead(_ title: String, on page: inout MarkupPage) {
        page.wrap("head") { page in
            page.empty("meta", [("charset", "utf-8")])
            page.empty("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
            page.empty("meta", [("name", "color-scheme"), ("content", "light dark")])
            // Whatever a hostile name smuggled in could neither run nor call anybody.
            page.empty(
                "meta",
                [
                    ("http-equiv", "Content-Security-Policy"),
                    ("content", "default-src 'none'; style-src 'unsafe-inline'"),
                ])
            page.element("title", title)
            page.open("style")
            page.verbatim(htmlStyle)
            page.close("style")
        }
    }

    /// Writes a table, with its first column as the rows' headers.
    static func writeTable(_ caption: String, _ columns: [String], _ rows: [[String]], on page: inout MarkupPage) {
        page.wrap("div", [("class", "wide")]) { page in
            page.wrap("table") { page in
                page.element("caption", caption)
                page.wrap("thead") { page in
                    page.wrap("tr") { page in
                        for column in columns { page.element("th", column, [("scope", "col")]) }
                    }
                }
                page.wrap("tbody") { page in
                    for row in rows.prefix(rowLimit) { writeRow(row, on: &page) }
                }
            }
        }
        if rows.count > rowLimit {
            page.element("p", "and \(grouped(rows.count - rowLimit)) more", [("class", "faint")])
        }
    }

    private static func writeRow(_ row: [String], on page: inout MarkupPage) {
        page.wrap("tr") { page in
            for (index, cell) in row.enumerated() {
                if index == 0 { page.element("th", cell, [("scope", "row")]) } else { page.element("td", cell) }
            }
        }
    }
}
