import Testing
import WardenModel
import WardenNotify

@Suite("Fingerprints") struct FingerprintTests {
    private func alert(_ host: String, _ cache: String, _ subject: String, count: Int = 1) -> Alert {
        Alert(
            host: host, rule: .entryMode, severity: .high, cache: cache, subject: subject, count: count, wanted: "",
            found: "", remedy: "", examples: [])
    }

    @Test func dependOnWhatIsTheSameAlertAlone() {
        #expect(alert("h", "c", "s").fingerprint == alert("h", "c", "s", count: 7).fingerprint)
        #expect(alert("h", "c", "s").fingerprint.utf8.count == 64)
        // Parts that run into each other would be one alert.
        let others = [alert("h", "cs", ""), alert("hc", "", "s"), alert("h", "", "cs"), alert("g", "c", "s")]
        #expect(Set((others + [alert("h", "c", "s")]).map(\.fingerprint)).count == 5)
    }
}
