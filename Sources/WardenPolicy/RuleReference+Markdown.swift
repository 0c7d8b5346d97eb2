internal import WardenModel

/// Returns the reference of all rules and of all checks of policy files as a DocC article, in the order of their ids.
///
/// The repository holds it as `Documentation.docc/Rules.md`; whoever changes a text writes that file anew.
package func ruleReferenceMarkdown() -> String {
    """
    # Rules

    What cachewarden looks for, how much it matters, why, and what to do.

    <!-- Generated from Sources/WardenPolicy/RuleReference*.swift and LintReference*.swift. Do not edit. -->

    ## Overview

    Rule ids are stable: policies, reports and other people's scripts may rely on them.

    \(ruleTable())

    ## The rules

    \(rulePages())

    ## Checks of policy files

    What `policy lint`, and every run before it begins, finds wrong or doubtful in policies and settings that can be
    read. An error refuses them; a warning is printed, and the run goes on. These ids are stable too.

    \(lintTable())

    \(lintPages())

    """
}

private func ruleTable() -> String {
    let rows = RuleID.allCases.map(RuleReference.of).map {
        "| [\($0.id.rawValue)](#\($0.id.rawValue)) | \($0.severity.rawValue) | \($0.summary) |"
    }
    return (["| rule | severity | finds |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
}

private func rulePages() -> String {
    RuleID.allCases.map(RuleReference.of).map { rule in
        page(
            rule.id.rawValue, "\(rule.summary) Severity: \(rule.severity.rawValue).", why: rule.why,
            remedy: rule.remedy)
    }.joined(separator: "\n\n")
}

private func lintTable() -> String {
    let rows = LintID.allCases.map(LintReference.of).map {
        "| [\($0.id.rawValue)](#\($0.id.rawValue)) | \($0.level.rawValue) | \($0.summary) |"
    }
    return (["| check | level | finds |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
}

private func lintPages() -> String {
    LintID.allCases.map(LintReference.of).map { check in
        page(
            check.id.rawValue, "\(check.summary) Level: \(check.level.rawValue).", why: check.why, remedy: check.remedy)
    }.joined(separator: "\n\n")
}

private func page(_ id: String, _ summary: String, why: String, remedy: String) -> String {
    """
    ### \(id)

    \(summary)

    \(why)

    **What to do:** \(remedy)
    """
}
