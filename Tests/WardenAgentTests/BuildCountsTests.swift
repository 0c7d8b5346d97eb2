import Testing
import WardenAgent
import WardenGoCache
import WardenModel

@Suite("Counts of builds") struct BuildCountsTests {
    private let moment = Timestamp(seconds: 1_700_000_000)

    @Test func comeBackAsTheyWereWritten() throws {
        var counts = BuildCounts()
        counts.countSuccess()
        counts.countFailure(.network, of: "example.com/p", by: "alice", at: moment)
        counts.countFailure(.network, of: "example.com/p", by: "alice", at: moment)
        #expect(BuildCounts(parsing: try counts.rendered()) == counts)
        #expect(counts.failed.map(\.count) == [2])
    }

    @Test(arguments: [
        "", "{}", "[]", "{\"schema\":\"cachewarden.builds/2\",\"succeeded\":1,\"failed\":[]}",
        "{\"schema\":\"cachewarden.builds/1\",\"succeeded\":-1,\"failed\":[]}", "{\"schema\":\"cachewarden.builds/1\"",
    ])
    func damageIsSeen(content: String) { #expect(BuildCounts(parsing: Array(content.utf8)) == nil) }

    @Test func theThousandAndFirstRowIsCountedUnderOther() {
        var counts = BuildCounts()
        for number in 0..<1_003 { counts.countFailure(.code, of: "m\(number)", by: "alice", at: moment) }
        #expect(counts.failed.count == 1_001)
        #expect(counts.failed.first { $0.module == "other" }?.count == 3)
        counts.countFailure(.code, of: "m7", by: "alice", at: moment)
        #expect(counts.failed.first { $0.module == "m7" }?.count == 2, "known rows are counted as before")
    }
}
