/// Tables whose rows have a bar each: a picture of numbers that stand beside it as text.
enum HTMLBars {
    struct Bar {
        let name: String
        /// Of the whole, from 0 to 1; what is more looks like 1.
        let share: Double
        let text: String
        var isBad = false
    }

    /// - Parameter columns: What stands before the bars, and behind them.
    static func write(_ bars: [Bar], _ caption: String, _ columns: [String], on page: inout MarkupPage) {
        page.wrap("table", [("class", "bars")]) { page in
            page.element("caption", caption)
            page.wrap("thead") { page in writeHeaders(columns, on: &page) }
            page.wrap("tbody") { page in
                for bar in bars { page.wrap("tr") { page in write(bar, on: &page) } }
            }
        }
    }

    /// For those who hear the table: whoever sees the bars needs no headers.
    private static func writeHeaders(_ columns: [String], on page: inout MarkupPage) {
        page.wrap("tr") { page in
            for (index, column) in columns.enumerated() {
                if index == 1 { page.element("td", "", [("aria-hidden", "true")]) }
                page.wrap("th", [("scope", "col")]) { page in page.element("span", column, [("class", "unseen")]) }
            }
        }
    }

    private static func write(_ bar: Bar, on page: inout MarkupPage) {
        page.element("th", bar.name, [("scope", "row")])
        page.wrap("td", [("class", "bar"), ("aria-hidden", "true")]) { page in
            guard bar.share > 0 else { return }
            let width = Int((min(1, bar.share) * 100).rounded())
            page.element("span", "", [("class", bar.isBad ? "bad" : "good"), ("style", "width:\(width)%")])
        }
        page.element("td", bar.text)
    }
}
