internal import WardenModel

/// The JSON Schema (2020-12) of `JSONReport`'s documents, for whoever reads them.
///
/// It names what a reader may rely on. Members that are not named may be there: they are only ever added within
/// `cachewarden.report/1`.
package enum ReportSchema {
    /// Returns the schema in UTF-8. Throws only what `JSONEncoder` throws.
    package static func render() throws -> [UInt8] {
        try JSONText.encode(document)
    }

    private static var document: JSONValue {
        guard case .object(var members) = report else { return report }
        members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        members["title"] = .string(JSONReport.schema)
        members["description"] = "What one run of cachewarden found and did. Sizes are bytes, times RFC 3339 in UTC."
        members["$defs"] = [
            "finding": finding, "observation": observation, "access": access, "account": account, "path": path,
            "policy": object(["name": text, "path": orNull("string"), "sha256": orNull("string")]),
            "waiver": waiver,
        ]
        return .object(members)
    }

    // MARK: - The parts

    private static var report: JSONValue {
        object([
            "schema": ["const": .string(JSONReport.schema)], "agent-version": text,
            "command": oneOf(["check", "plan", "apply", "stat", "clean"]),
            "verdict": oneOf(RunReport.Verdict.allCases.map(\.rawValue)), "run-id": text, "host": text,
            "started-at": time, "finished-at": time, "duration-seconds": ["type": "number", "minimum": .integer(0)],
            "policies": list(of: reference("policy")), "summary": summary, "caches": list(of: cache),
            "toolchains": list(of: toolchain), "environment": ["anyOf": [environment, null]],
            "waivers": list(of: reference("waiver")), "waiver-findings": list(of: reference("finding")),
            "watch-findings": list(of: reference("finding")), "notes": list(of: text), "next-steps": list(of: text),
            "audit": ["anyOf": [object(["path": text, "sequence": count, "hash": text]), null]],
        ])
    }

    private static var summary: JSONValue {
        let counts = [
            "caches", "findings", "waived", "advisories", "planned", "applied", "removed", "freed-bytes", "skipped",
            "failed",
        ]
        var members = Dictionary(uniqueKeysWithValues: counts.map { ($0, count) })
        members["findings-by-severity"] = object(
            Dictionary(uniqueKeysWithValues: Severity.allCases.map { ($0.rawValue, count) }))
        return object(members)
    }

    private static var finding: JSONValue {
        object([
            "rule": oneOf(RuleID.allCases.map(\.rawValue)), "severity": oneOf(Severity.allCases.map(\.rawValue)),
            "disposition": oneOf(["repairable", "manual", "refused", "blocking", "advisory", "waived"]), "cache": text,
            "subject": text, "count": count, "wanted": text, "found": text, "remedy": text,
            "examples": list(of: object(["path": reference("path"), "found": text])),
        ])
    }

    private static var waiver: JSONValue {
        object([
            "policy": text, "rule": oneOf(RuleID.allCases.map(\.rawValue)), "path": text, "until": time, "reason": text,
            "state": oneOf(WaiverStatus.State.allCases.map(\.rawValue)), "days-left": ["type": "integer"],
            "findings": count, "inodes": count,
        ])
    }

    private static var cache: JSONValue {
        object([
            "name": text, "path": text, "layout": text, "mode": oneOf(["audit", "enforce"]),
            "before": reference("observation"), "after": ["anyOf": [reference("observation"), null]],
            "findings": list(of: reference("finding")),
            "remaining": ["anyOf": [list(of: reference("finding")), null]],
            "changes": list(
                of: object([
                    "rules": list(of: text), "role": orNull("string"), "inodes": count,
                    "before": ["anyOf": [reference("access"), null]], "after": reference("access"),
                    "steps": list(of: object(["step": text])), "examples": list(of: reference("path")),
                ])),
            "outcomes": list(
                of: object([
                    "change": count, "applied": count,
                    "exceptions": list(
                        of: object(["path": reference("path"), "outcome": oneOf(["applied", "skipped", "failed"])])),
                ])),
            "limits": list(
                of: object([
                    "rule": text, "measure": oneOf(["bytes", "names"]), "bound": oneOf(["at-most", "at-least"]),
                    "limit": count, "found": count,
                ])),
            "retention": [
                "anyOf": [object(["entries": count, "units": count, "allocated-bytes": count, "times": count]), null]
            ],
            "retention-outcome": [
                "anyOf": [
                    object([
                        "removed": count, "freed-bytes": count, "removed-by-rule": counts, "kept": counts,
                        "failed": count,
                    ]), null,
                ]
            ],
        ])
    }

    private static var observation: JSONValue {
        object([
            "observed-at": time,
            "root": object(["state": oneOf(["present", "missing", "not-a-directory", "unreachable"])]),
            "census": [
                "anyOf": [
                    object([
                        "inodes": count, "allocated-bytes": count, "inodes-by-role": counts,
                        "groups": list(
                            of: object([
                                "role": text, "refusal": orNull("string"), "inodes": count, "allocated-bytes": count,
                                "access": reference("access"), "part": ["anyOf": [reference("path"), null]],
                            ])),
                        "ages": list(
                            of: object([
                                "below-seconds": orNull("integer"), "files": count, "allocated-bytes": count,
                            ])),
                        "oldest-seconds": orNull("integer"),
                        "vanished": count, "failure-count": count, "failures": list(of: ["type": "object"]),
                    ]), null,
                ]
            ],
        ])
    }

    private static var access: JSONValue {
        object([
            "kind": text, "owner": reference("account"), "group": reference("account"),
            "mode": ["type": "string", "pattern": "^[0-7]{4}$"],
        ])
    }

    private static var account: JSONValue { object(["id": count, "name": orNull("string")]) }

    private static var environment: JSONValue {
        object([
            "files": list(
                of: object([
                    "path": text, "form": text, "policies": list(of: text), "mode": text, "variables": list(of: text),
                    "compliant": ["type": "boolean"], "outcome": orNull("string"),
                ])),
            "findings": list(of: reference("finding")),
            "remaining": ["anyOf": [list(of: reference("finding")), null]],
        ])
    }

    private static var toolchain: JSONValue {
        object([
            "path": text, "archive": text, "policy": text, "mode": text, "before": orNull("string"),
            "after": orNull("string"), "findings": list(of: reference("finding")), "outcome": orNull("string"),
        ])
    }

    // MARK: - Words

    private static var text: JSONValue { ["type": "string"] }
    private static var count: JSONValue { ["type": "integer", "minimum": .integer(0)] }
    private static var null: JSONValue { ["type": "null"] }
    private static var counts: JSONValue { ["type": "object", "additionalProperties": count] }
    private static var time: JSONValue { ["type": "string", "format": "date-time"] }
    /// A name on disk: text, or its bytes where these are no UTF-8.
    private static var path: JSONValue { ["anyOf": [text, object(["hex": text])]] }

    /// An object that has all of these, and perhaps more.
    private static func object(_ members: [String: JSONValue]) -> JSONValue {
        ["type": "object", "properties": .object(members), "required": .list(members.keys.sorted())]
    }

    private static func list(of item: JSONValue) -> JSONValue { ["type": "array", "items": item] }
    private static func oneOf(_ words: [String]) -> JSONValue { ["enum": .list(words)] }
    private static func orNull(_ type: String) -> JSONValue { ["type": .list([type, "null"])] }
    private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/$defs/\(name)")] }
}
