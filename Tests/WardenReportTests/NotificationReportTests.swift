import Foundation
import Testing
import WardenModel
import WardenReport

/// What 'notify' says of its deliveries.
@Suite("Reports of deliveries") struct NotificationReportTests {
    private func channel(
        _ name: String, _ outcome: NotificationReport.Channel.Outcome
    ) -> NotificationReport.Channel {
        NotificationReport.Channel(
            kind: "slack", name: name, new: 3, reminders: 0, resolved: 1, passed: 0, summary: "3 new, 1 resolved",
            outcome: outcome)
    }

    private var report: NotificationReport {
        NotificationReport(
            host: "h", channels: [channel("a", .sent), channel("b", .nothingToSay), channel("c\n", .failed("no"))],
            warnings: ["w"])
    }

    @Test func haveALineForEachChannel() {
        #expect(
            report.render() == """
                slack a: 3 new, 1 resolved, sent
                slack b: nothing to say
                slack c\\n: 3 new, 1 resolved, not sent: no

                """)
        #expect(report.failureCount == 1)
    }

    @Test func sayTheSameToPrograms() throws {
        struct Document: Decodable {
            struct Channel: Decodable {
                let kind: String
                let outcome: String
                let new: Int
                let reason: String?
            }
            let schema: String
            let channels: [Channel]
            let warnings: [String]
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(try report.renderJSON()))
        #expect(document.schema == "cachewarden.notify/1" && document.warnings == ["w"])
        #expect(document.channels.map(\.outcome) == ["sent", "nothing-to-say", "failed"])
        #expect(document.channels.map(\.reason) == [nil, nil, "no"] && document.channels.map(\.new) == [3, 3, 3])
    }
}
