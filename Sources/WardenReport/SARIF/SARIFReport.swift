internal import SystemPackage
package import WardenModel

/// A run's report in the Static Analysis Results Interchange Format, version 2.1.0, for code scanning dashboards.
///
/// A result stands where the policy asks for what was not found: at a cache's `path` in its policy file, or else at the
/// beginning of the file. What a waiver accepts is a suppressed result with the waiver's reason and state.
/// See [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
package struct SARIFReport {
    private static let schema =
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

    private let report: RunReport
    private let references: [RuleReference]

    /// - Parameter references: Of all rules.
    package init(_ report: RunReport, references: [RuleReference]) {
        self.report = report
        self.references = references
    }

    /// Returns the document in UTF-8, with a line break at its end.
    ///
    /// Throws only what `JSONEncoder` throws, for which a report gives no cause.
    package func render() throws -> [UInt8] {
        try JSONText.encode(document)
    }

    private var document: JSONValue {
        let run: JSONValue = [
            "tool": ["driver": driver],
            "automationDetails": ["id": .string("cachewarden/\(report.host)/\(report.command.rawValue)")],
            "invocations": [invocation],
            "results": .array(results),
            "columnKind": .string("utf16CodeUnits"),
            "properties": ["verdict": .string(report.verdict.rawValue), "run-id": .string(report.runID)],
        ]
        return ["$schema": .string(Self.schema), "version": .string("2.1.0"), "runs": [run]]
    }

    private var driver: JSONValue {
        [
            "name": .string("cachewarden"), "version": .string(report.version),
            "rules": .array(references.map(Self.value(of:))),
        ]
    }

    private static func value(of reference: RuleReference) -> JSONValue {
        [
            "id": .string(reference.id.rawValue),
            "shortDescription": ["text": .string(reference.summary)],
            "fullDescription": ["text": .string(reference.why)],
            "help": ["text": .string(reference.remedy)],
            "defaultConfiguration": ["level": .string(level(of: reference.severity))],
            "properties": ["severity": .string(reference.severity.rawValue)],
        ]
    }

    private var invocation: JSONValue {
        [
            "executionSuccessful": .bool(report.verdict != .failed),
            "startTimeUtc": .string(report.startedAt.description), "endTimeUtc": .string(report.finishedAt.description),
            "machine": .string(report.host),
        ]
    }

    // MARK: - Results

    private var results: [JSONValue] {
        let places = Dictionary(uniqueKeysWithValues: references.enumerated().map { ($1.id, $0) })
        return report.caches.flatMap { cache in
            let place = report.policies.lazy.compactMap { $0.caches[cache.plan.path] }.first
            return cache.standing.map { value(of: $0, at: place ?? file(of: nil), places) }
        }
            + (report.toolchains.flatMap(\.standing) + report.delivery.standing + report.waiverFindings
            + report.watchFindings).map {
                value(of: $0, at: file(of: $0.cache), places)
            }
    }

    private func value(of finding: Finding, at place: PolicyPlace?, _ places: [RuleID: Int]) -> JSONValue {
        var members: [String: JSONValue] = [
            "ruleId": .string(finding.rule.rawValue),
            "ruleIndex": places[finding.rule].map(JSONValue.count) ?? .integer(-1),
            "message": ["text": .string(Self.message(of: finding))],
            "partialFingerprints": ["cachewarden/v1": .string(fingerprint(of: finding))],
            "properties": [
                "severity": .string(finding.severity.rawValue), "disposition": .string(finding.disposition.rawValue),
                "inodes": .count(finding.count), "remedy": .string(finding.remedy),
                "examples": .list(finding.examples.map { "\($0.path): \($0.found)" }),
            ],
        ]
        // What is advice has failed nothing; such results have no level.
        let isAdvice = finding.disposition == .advisory
        members["kind"] = .string(isAdvice ? "informational" : "fail")
        members["level"] = .string(isAdvice ? "none" : Self.level(of: finding.severity))
        if let location = location(of: finding, at: place) { members["locations"] = [location] }
        if finding.disposition == .waived, let waiver = finding.waiver {
            members["suppressions"] = [suppression(by: waiver)]
        }
        return .object(members)
    }

    private func suppression(by waiver: WaiverTerms) -> JSONValue {
        let state = report.waivers.first { $0.terms == waiver }?.state
        // In words too: dashboards show the justification, and hardly any of them a property.
        let words = state.map { "\(TextReport.word($0)), " } ?? ""
        return [
            "kind": .string("external"),
            "justification": .string("\(escapedForDisplay(waiver.reason)) (\(words)until \(waiver.until))"),
            "properties": ["state": .text(state?.rawValue)],
        ]
    }

    private static func message(of finding: Finding) -> String {
        "\(finding.subject): found \(finding.found), wanted \(finding.wanted). \(finding.remedy)"
    }

    /// The same finding on the same host has it in every run.
    private func fingerprint(of finding: Finding) -> String {
        [report.host, finding.rule.rawValue, finding.cache, finding.subject].joined(separator: "\n")
    }

    private func location(of finding: Finding, at place: PolicyPlace?) -> JSONValue? {
        var members: [String: JSONValue] = [:]
        if let place {
            var physical: [String: JSONValue] = ["artifactLocation": ["uri": .string(Self.uri(of: place.file))]]
            if let line = place.line {
                physical["region"] = ["startLine": .count(line), "startColumn": .count(place.column ?? 1)]
            }
            members["physicalLocation"] = .object(physical)
        }
        if let path = finding.place {
            members["logicalLocations"] = [
                ["fullyQualifiedName": .string(escapedForDisplay(path.string)), "kind": .string("resource")]
            ]
        }
        return members.isEmpty ? nil : .object(members)
    }

    /// Returns the policy's file; of a name that is none of a policy, or no name, the first file.
    private func file(of policy: String?) -> PolicyPlace? {
        let named = report.policies.first { $0.name == policy && $0.path != nil }
        return (named ?? report.policies.first { $0.path != nil })?.path.map { PolicyPlace(file: $0) }
    }

    private static func level(of severity: Severity) -> String {
        switch severity {
        case .critical, .high: "error"
        case .medium: "warning"
        case .low: "note"
        }
    }

    /// Returns a `file` URI: everything but RFC 3986's unreserved characters and slashes is percent-encoded.
    static func uri(of path: FilePath) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        return "file://"
            + path.string.utf8.map {
                plain.contains($0) ? String(Unicode.Scalar($0)) : "%" + hexadecimal([$0]).uppercased()
            }
            .joined()
    }
}
