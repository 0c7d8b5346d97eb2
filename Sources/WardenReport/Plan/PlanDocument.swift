internal import FoundationEssentials
package import WardenModel

/// A plan as a file, with every subject, so that `apply --plan` does exactly what `plan` showed.
///
/// The document is `"schema": "cachewarden.plan/1"`. Reading trusts nothing in it: what is missing, of another type
/// or no state that a plan can have is refused with its place. Whether the plan still fits the host is another
/// question, which `differences(saved:fresh:limit:)` answers.
package enum PlanDocument {
    package static let schema = "cachewarden.plan/1"
    /// Far more than the plan for a cache of five million entries takes.
    package static let maxBytes = 512 * 1024 * 1024
    package static let maxSubjects = 5_000_000

    /// Returns the document in UTF-8, with a line break at its end. The same plan gives the same bytes.
    ///
    /// Throws only what `JSONEncoder` throws, for which a plan gives no cause.
    package static func encode(_ plan: Plan) throws -> [UInt8] {
        try JSONText.encode(PlanForm(plan), layout: .compact)
    }

    /// Returns the plan that a document holds.
    package static func decode(_ bytes: [UInt8]) throws(PlanDocumentError) -> Plan {
        guard bytes.count <= maxBytes else {
            throw PlanDocumentError(place: ".", reason: "the file has more than \(ByteCount(UInt64(maxBytes)))")
        }
        do {
            let plan = try JSONDecoder().decode(PlanForm.self, from: Data(bytes)).plan
            guard plan.changeCount <= maxSubjects else {
                throw PlanDocumentError(place: ".caches", reason: "more than \(maxSubjects) inodes are to be changed")
            }
            return plan
        } catch let error as PlanDocumentError {
            throw error
        } catch let error as DecodingError {
            throw PlanDocumentError(error)
        } catch {
            throw PlanDocumentError(place: ".", reason: "no plan: \(error)")
        }
    }
}

extension PlanDocumentError {
    fileprivate init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(place: Self.place(context.codingPath + [key]), reason: "missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            let reason = context.debugDescription
            // The decoder's own sentences begin with a capital and end with a full stop; ours do neither.
            let trimmed = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
            self.init(
                place: Self.place(context.codingPath), reason: trimmed.prefix(1).lowercased() + trimmed.dropFirst())
        @unknown default: self.init(place: ".", reason: "\(error)")
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        let steps = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(escapedForDisplay(key.stringValue))" }
        let place = steps.joined()
        return place.hasPrefix(".") ? place : "." + place
    }
}
