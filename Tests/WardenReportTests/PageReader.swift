import Foundation
import Testing

/// A page as those read it who do not see it: by its landmarks, and its tables by their captions and headers.
struct PageReader {
    let page: String

    init(_ bytes: [UInt8]) { page = String(decoding: bytes, as: UTF8.self) }

    /// Expects that nobody is lost on the page, and that it needs nothing else.
    func expectWhole(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">") && page.hasSuffix("</html>\n"),
            sourceLocation: sourceLocation)
        let policy = "content=\"default-src 'none'; style-src 'unsafe-inline'\""
        #expect(
            page.contains("<meta http-equiv=\"Content-Security-Policy\" \(policy)/>"), sourceLocation: sourceLocation)
        for outside in ["@import", "url("] {
            #expect(!page.contains(outside), "\(outside)", sourceLocation: sourceLocation)
        }
        // Content may say what it likes.
        let markup = page.replacing(/<style>(.|\n)*<\/style>/, with: "").replacing(/>[^<]*</, with: "><")
        for outside in ["<script", "<img", "<link", "http:", "https:", "javascript:", " on"] {
            #expect(!markup.contains(outside), "\(outside)", sourceLocation: sourceLocation)
        }
        for landmark in ["<header>", "<main>", "<footer>", "<h1>"] {
            #expect(
                page.components(separatedBy: landmark).count == 2, "one \(landmark)", sourceLocation: sourceLocation)
        }
        // Every table says what it is about, and every column and row has a header.
        for table in page.components(separatedBy: "<table").dropFirst() {
            for part in ["<caption>", "<thead>", "<th scope=\"col\">", "<th scope=\"row\">"] {
                #expect(table.contains(part), "\(part) in \(table.prefix(200))", sourceLocation: sourceLocation)
            }
        }
    }

    /// Returns the text of the cells below the headers of the first table with this caption.
    func rows(of caption: String) throws -> [[String]] {
        let rest = page.components(separatedBy: "<caption>\(caption)</caption>").dropFirst().first
        let table = try #require(rest, "there is no table '\(caption)'")
        let body = table.components(separatedBy: "</tbody>")[0].components(separatedBy: "<tbody>").last ?? ""
        return body.components(separatedBy: "<tr>").dropFirst().map { row in
            row.matches(of: /<t[hd][^>]*>([^<]*)<\/t[hd]>/).map { String($0.output.1) }
        }
    }

    /// Returns the numbers at the head of the page with what they count.
    var numbers: [[String]] {
        page.matches(of: /<dt>([^<]*)<\/dt>\s*<dd>([^<]*)<\/dd>/).map { [String($0.output.1), String($0.output.2)] }
    }
}
