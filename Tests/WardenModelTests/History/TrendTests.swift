import Testing
import WardenModel

struct TrendTests {
    private func point(_ second: Int64, _ found: UInt64, _ left: UInt64) -> Trend.Point {
        Trend.Point(
            moment: Timestamp(seconds: second), found: ByteCount(found), left: ByteCount(left), entries: 1, limit: nil)
    }

    @Test func keepsTheLastPointOfEachPart() {
        let parts = Int64(Trend.parts)
        var trend = Trend(since: Timestamp(seconds: 0), until: Timestamp(seconds: parts * 10))
        for second in stride(from: 0, through: parts * 10, by: 1) { trend.add(point(second, 2, UInt64(second) + 1)) }
        #expect(trend.points.count == Trend.parts)
        #expect(trend.points.first?.moment.seconds == 9 && trend.points.last?.moment.seconds == parts * 10)
        // What no point shows any more is not forgotten.
        #expect(trend.smallest == ByteCount(1) && trend.largest == ByteCount(UInt64(parts) * 10 + 1))
    }

    @Test(arguments: [(0, 0), (100, 100), (100, 50)])
    func takesEverySpan(_ since: Int64, _ until: Int64) {
        var trend = Trend(since: Timestamp(seconds: since), until: Timestamp(seconds: until))
        for second in [Int64.min / 2, 0, 75, 1 << 40] { trend.add(point(second, 1, 3)) }
        #expect(trend.largest == ByteCount(3) && !trend.points.isEmpty)
    }
}
