internal import SystemPackage
internal import WardenModel

/// Tests that stand together in a CI server's tree.
struct JUnitSuite {
    let name: String
    /// What it is about: a cache root, or the host.
    let place: String
    let tests: [JUnitTest]

    func count(_ matches: (JUnitTest) -> Bool) -> Int { tests.count(where: matches) }
}

/// One rule's answer.
struct JUnitTest {
    enum Result {
        case passed(String?)
        case skipped(String)
        case failed(severity: String, message: String, text: String)
        case error(severity: String, message: String, text: String)
    }

    /// How many findings of a rule are written out.
    private static let limit = 20

    let name: String
    let result: Result

    var isFailure: Bool { if case .failed = result { true } else { false } }
    var isError: Bool { if case .error = result { true } else { false } }
    var isSkipped: Bool { if case .skipped = result { true } else { false } }

    /// - Parameters:
    ///   - findings: The rule's own.
    ///   - obstacle: Why a rule without findings could not be asked; `nil` where all were.
    init(_ rule: RuleID, _ findings: [Finding], obstacle: String?) {
        name = rule.rawValue
        let drift = findings.filter(\.isDrift)
        guard let worst = drift.max(by: { $0.severity < $1.severity }) else {
            let accepted = findings.filter { $0.disposition == .waived }
            let advice = findings.filter { $0.disposition == .advisory }
            if let waiver = accepted.first?.waiver {
                result = .skipped("accepted until \(waiver.until): \(escapedForDisplay(waiver.reason))")
            } else if let obstacle, advice.isEmpty {
                result = .skipped(obstacle)
            } else {
                result = .passed(advice.isEmpty ? nil : Self.text(advice))
            }
            return
        }
        let first = "\(worst.subject): \(worst.found), wanted \(worst.wanted)"
        let message = drift.count > 1 ? "\(first), and \(counted(drift.count - 1, "more finding"))" : first
        let severity = worst.severity.rawValue
        result =
            drift.contains { $0.disposition == .blocking }
            ? .error(severity: severity, message: message, text: Self.text(drift))
            : .failed(severity: severity, message: message, text: Self.text(drift))
    }

    init(of status: WaiverStatus) {
        name = "\(status.terms.rule.rawValue) at \(escapedForDisplay(status.terms.path.string))"
        let text = "\(escapedForDisplay(status.terms.reason)), until \(status.terms.until)"
        switch status.state {
        case .inForce: result = .passed("in force: \(text)")
        case .endsSoon: result = .passed("ends in \(counted(status.daysLeft, "day")): \(text)")
        case .unused: result = .passed("accepts nothing: \(text)")
        case .unseen: result = .skipped("not looked at: \(text)")
        case .ended:
            result = .failed(
                severity: Severity.medium.rawValue, message: "ended, and what it accepted is still there", text: text)
        }
    }

    private static func text(_ findings: [Finding]) -> String {
        var lines = findings.prefix(limit).flatMap { finding in
            [
                "\(finding.subject) (\(finding.severity.rawValue))", "  wanted  \(finding.wanted)",
                "  found   \(finding.found)",
            ]
                + finding.examples.filter { !$0.path.isRoot }.map { "  such as \($0.path): \($0.found)" }
                + ["  remedy  \(finding.remedy)"]
        }
        if findings.count > limit { lines.append("and \(counted(findings.count - limit, "more finding"))") }
        return lines.joined(separator: "\n")
    }
}
