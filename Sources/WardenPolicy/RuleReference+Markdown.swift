internal import WardenModel

/// Returns the reference of all rules as a DocC article, in the order of `RuleID`.
///
/// The repository holds it as `Documentation.docc/Rules.md`; whoever changes a text writes that file anew.
package func ruleReferenceMarkdown() -> String {
    let references = RuleID.allCases.map(RuleReference.of)
    let rows = references.map {
        "| [\($0.id.rawValue)](#\($0.id.rawValue)) | \($0.severity.rawValue) | \($0.isEnforced ? "yes" : "not yet") "
            + "| \($0.summary) |"
    }
    let pages = references.map { reference in
        """
        ### \(reference.id.rawValue)

        \(reference.summary) Severity: \(reference.severity.rawValue)\
        \(reference.isEnforced ? "." : ". Not looked for by this version yet.")

        \(reference.why)

        **What to do:** \(reference.remedy)
        """
    }
    return """
        # Rules

        What cachewarden looks for, how much it matters, why, and what to do.

        <!-- Generated from Sources/WardenPolicy/RuleReference*.swift. Do not edit. -->

        ## Overview

        Rule ids are stable: policies, reports and other people's scripts may rely on them.

        | rule | severity | looked for | finds |
        | --- | --- | --- | --- |
        \(rows.joined(separator: "\n"))

        ## The rules

        \(pages.joined(separator: "\n\n"))

        """
}
