import Testing
import WardenModel

struct TimestampParsingTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-23T03:50:59.120Z", 1_795_405_859, 120),
        ("2027-01-31T18:00+02:00", 1_801_411_200, 0), ("2027-01-31t16:00:00z", 1_801_411_200, 0),
        ("2024-02-29T00:00:00.5-01:30", 1_709_170_200, 500), ("2024-02-29T00:00:00.123456789Z", 1_709_164_800, 123),
    ])
    func readsTimes(_ text: String, _ seconds: Int64, _ milliseconds: UInt32) {
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds, nanoseconds: milliseconds * 1_000_000))
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T03:50:59", "2026-13-01T00:00Z", "2023-02-29T00:00Z", "2026-11-23T24:00Z",
        "2026-11-23T03:60Z", "2026-11-23T03:50:59.Z", "2026-11-23T03:50:59.1", "2026-11-23 03:50:59Z",
        "1969-12-31T00:00Z",
        "2026-11-23T03:50:59+15:00", "2026-11-23T03:50:59Zx", "２０２６-11-23T03:50Z",
    ])
    func refusesEverythingElse(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    /// Every moment that a record may carry comes back as it was written.
    @Test func readsWhatItWrites() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let moment = Timestamp(
                seconds: Int64.random(in: 0..<253_402_300_800, using: &generator),
                nanoseconds: UInt32.random(in: 0..<1_000, using: &generator) * 1_000_000)
            #expect(Timestamp(rfc3339: moment.description) == moment)
            let day = String(moment.description.prefix(10))
            #expect(Timestamp(dayOf: day)?.seconds == moment.seconds - moment.seconds % 86_400)
        }
    }
}
