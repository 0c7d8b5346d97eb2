package import SystemPackage
package import WardenModel

/// A small file that delivers variables is about to be written or removed, as a whole.
package struct FileIntended: Hashable, Sendable, Codable {
    private let file: PathText
    package let form: DeliveryForm
    package let policies: [String]
    package let rules: [RuleID]
    /// SHA-256 of what stands there, lower-case hexadecimal; `nil` for nothing.
    package let before: String?
    /// The same of what is written; `nil` for a file that goes.
    package let after: String?
    /// What is written.
    package let text: String?
    package let mode: String

    package init(
        path: FilePath, form: DeliveryForm, policies: [String], rules: [RuleID], before: String?, after: String?,
        text: String?, mode: String
    ) {
        file = PathText(path)
        self.form = form
        self.policies = policies
        self.rules = rules
        self.before = before
        self.after = after
        self.text = text
        self.mode = mode
    }

    package var path: FilePath { file.path }

    private enum CodingKeys: String, CodingKey {
        case file = "path"
        case form, policies, rules, before, after, text, mode
    }
}

/// What became of a file that was to be written or removed.
package struct FileConcluded: Hashable, Sendable, Codable {
    /// The sequence number of the `file-intended` record.
    package let intended: UInt64
    /// `FileOutcome.word`.
    package let outcome: String
    /// Why it failed.
    package let reason: String?

    package init(intended: UInt64, outcome: FileOutcome) {
        self.intended = intended
        self.outcome = outcome.word
        reason = if case .failed(let reason) = outcome { reason } else { nil }
    }
}
