/// Why a saved plan cannot be used: where in the document, and what is wrong there.
package struct PlanDocumentError: Error, Hashable, Sendable {
    /// The place as `jq` writes it: `.caches[0].changes[2].steps[1].mode`; `.` is the document.
    package let place: String
    package let reason: String

    package init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }
}

extension PlanDocumentError: CustomStringConvertible {
    package var description: String { place == "." ? reason : "\(place): \(reason)" }
}
