import Testing
import WardenModel
import WardenReport
import WardenTestSupport

/// Damaged saved plans are refused with a reason, or say what can be written and read again.
struct PlanFuzzTests {
    @Test("103: saved plans") func plans() throws {
        let plans = [
            Plan(host: "build-7", madeAt: ReportFixtures.noon, policyDigest: "c4c4", caches: [ReportFixtures.plan()]),
            Plan(host: "ü", madeAt: Timestamp(seconds: -1), policyDigest: "", caches: []),
        ]
        let words = ["{", "}", "[", "]", "\"", ":", ",", "null", "true", "1e9", "\\u0000", "..", "/"]
        try Fuzzing(try plans.map { try PlanDocument.encode($0) }, words: words).run { mutant in
            do throws(PlanDocumentError) {
                let plan = try PlanDocument.decode(mutant)
                // A plan that cannot be written is none that was saved.
                guard let again = try? PlanDocument.encode(plan) else { return }
                _ = try PlanDocument.decode(again)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
