internal import SystemPackage
package import WardenModel

/// What `verify` found in a module cache, for programs, under `"schema": "cachewarden.verify-modules/1"`.
package struct ModuleVerificationJSON {
    package static let schema = "cachewarden.verify-modules/1"

    private let report: ModuleVerificationReport
    private var verification: ModuleVerification { report.verification }

    package init(_ report: ModuleVerificationReport) { self.report = report }

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
            "versions": .count(verification.checked), "matching": .count(verification.matching),
            "matching-bytes": .unsigned(verification.matchingSize.rawValue),
            "hashed-bytes": .unsigned(verification.hashed.rawValue),
            "damaged": .count(verification.damageCount),
            "damaged-versions": .array(verification.damages.map(Self.value(of:))),
            "not-checked": .array(
                Omission.sorted(verification.omitted).map {
                    VerificationJSON.value(of: $0.reason, $0.omitted)
                }),
            "limits": .list(ModuleVerificationText.limits),
            "repair": report.repair.map(VerificationJSON.value(of:)) ?? .null,
        ]
    }

    private static func value(of damage: ModuleVerification.Damage) -> JSONValue {
        var (wanted, found): (String?, String?)
        if case .tree(let want, let have) = damage.difference { (wanted, found) = (want, have) }
        return [
            "path": .encodable(damage.version.path), "missing": .list(damage.faults.map(\.rawValue)),
            "difference": .text(damage.difference?.code), "wanted": .text(wanted), "found": .text(found),
            "changed": .string(damage.version.changed.description),
        ]
    }
}

extension ModuleVerification.Difference {
    /// The difference in one word, for programs.
    fileprivate var code: String {
        switch self {
        case .tree: "tree"
        case .ziphash: "ziphash"
        }
    }
}
