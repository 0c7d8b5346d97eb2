internal import SystemPackage
package import WardenModel

/// What `verify` found, for programs, under `"schema": "cachewarden.verify/1"`.
package struct VerificationJSON {
    package static let schema = "cachewarden.verify/1"

    private let report: VerificationReport
    private var verification: OutputVerification { report.verification }

    package init(_ report: VerificationReport) { self.report = report }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package func render() throws -> [UInt8] {
        try JSONText.encode(document)
    }

    private var document: JSONValue {
        [
            "schema": .string(Self.schema), "verdict": .string(report.verdict.rawValue),
            "cache": .string(report.cache), "root": .string(report.root.string), "policy": .text(report.policy),
            "started-at": .string(report.startedAt.description),
            "finished-at": .string(report.finishedAt.description),
            "duration-seconds": .number(JSONReport.seconds(report.finishedAt.since(report.startedAt))),
            "threads": .count(report.threads), "interrupted": .bool(verification.isInterrupted),
            "outputs": .count(verification.checked), "matching": .count(verification.matching),
            "matching-bytes": .unsigned(verification.matchingSize.rawValue),
            "hashed-bytes": .unsigned(verification.hashed.rawValue),
            "bytes-per-second": report.bytesPerSecond.map { .unsigned($0.rawValue) } ?? .null,
            "damaged": .count(verification.mismatchCount),
            "damaged-outputs": .array(verification.mismatches.map(value(of:))),
            "not-checked": .array(verification.sortedOmissions.map { Self.value(of: $0.reason, $0.omitted) }),
            "limits": .list([VerificationText.limit]),
            "repair": report.repair.map(Self.value(of:)) ?? .null,
        ]
    }

    static func value(of repair: VerificationRepair) -> JSONValue {
        [
            "verdict": .string(repair.verdict.rawValue), "removed": .count(repair.outcome.removed),
            "freed-bytes": .unsigned(repair.outcome.freed.rawValue), "failed": .count(repair.outcome.failureCount),
            "notes": .list(repair.notes),
        ]
    }

    private func value(of mismatch: OutputVerification.Mismatch) -> JSONValue {
        [
            "path": .encodable(mismatch.file), "entry": .encodable(mismatch.entry),
            "inode": .unsigned(mismatch.inode),
            "owner": [
                "id": .unsigned(UInt64(mismatch.owner.rawValue)), "name": .text(report.userNames[mismatch.owner]),
            ],
            "size-bytes": .unsigned(mismatch.size.rawValue), "modified": .string(mismatch.modified.description),
            "content-sha256": .string(mismatch.contentHash),
        ]
    }

    static func value(
        of reason: Omission, _ omitted: OmittedEntries
    ) -> JSONValue {
        [
            "reason": .string(reason.code), "text": .string(reason.text), "leaves-doubt": .bool(reason.leavesDoubt),
            "count": .count(omitted.count), "examples": .array(omitted.examples.map { .encodable($0) }),
        ]
    }
}
