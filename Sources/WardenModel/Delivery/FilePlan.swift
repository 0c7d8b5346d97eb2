package import SystemPackage

/// What stands at the path of a small file that the agent keeps.
package enum FileState: Hashable, Sendable {
    case missing
    case present(content: [UInt8], mode: ModeBits)
    /// Something that must not be believed or touched, and why, for people.
    case unusable(String)

    package var content: [UInt8]? { if case .present(let content, _) = self { content } else { nil } }
}

/// A file that delivers variables, as it was found.
package struct FileObservation: Hashable, Sendable {
    package let path: FilePath
    package let form: DeliveryForm
    package let state: FileState

    package init(path: FilePath, form: DeliveryForm, state: FileState) {
        self.path = path
        self.form = form
        self.state = state
    }
}

/// What is to become of a small file, as a whole.
package struct FileChange: Hashable, Sendable {
    /// What must still stand there when the change comes; `nil` for nothing.
    package let before: [UInt8]?
    /// `nil` for a file that is to go.
    package let after: [UInt8]?
    package let mode: ModeBits

    package init(before: [UInt8]?, after: [UInt8]?, mode: ModeBits) {
        self.before = before
        self.after = after
        self.mode = mode
    }
}

/// The part of a plan that concerns one file.
package struct FilePlan: Hashable, Sendable {
    package let path: FilePath
    package let form: DeliveryForm
    /// Of the policies that want something of it, sorted.
    package let policies: [String]
    package let mode: CachePlan.Mode
    /// What it sets when all is as it should be: `GOCACHE=/var/cache/go-build`.
    package let wanted: [String]
    package private(set) var finding: Finding?
    /// `nil` where nothing is to be done, or nothing can be.
    package private(set) var change: FileChange?

    /// Returns the plan with its finding as a waiver leaves it: what is accepted stays as it is.
    package func waived(_ waive: (Finding) -> Finding) -> FilePlan {
        var plan = self
        plan.finding = finding.map(waive)
        if plan.finding?.disposition == .waived { plan.change = nil }
        return plan
    }

    package init(
        path: FilePath, form: DeliveryForm, policies: [String], mode: CachePlan.Mode, wanted: [String],
        finding: Finding?, change: FileChange?
    ) {
        self.path = path
        self.form = form
        self.policies = policies
        self.mode = mode
        self.wanted = wanted
        self.finding = finding
        self.change = change
    }
}

/// How builds are to find their caches: files to write, and what only a person can mend.
package struct DeliveryPlan: Hashable, Sendable {
    package static let nothing = DeliveryPlan(files: [], findings: [])

    package let files: [FilePlan]
    /// Those that no change of a file closes.
    package let findings: [Finding]

    package init(files: [FilePlan], findings: [Finding]) {
        self.files = files
        self.findings = findings
    }

    package var allFindings: [Finding] { files.compactMap(\.finding) + findings }
    package var changeCount: Int { files.count { $0.change != nil } }
    package var isEmpty: Bool { files.isEmpty && findings.isEmpty }
}

/// What became of a file that was to be changed.
package enum FileOutcome: Hashable, Sendable {
    case applied
    /// Something else stands there than was planned for.
    case changed
    /// The run was ended before its turn came.
    case interrupted
    /// What was written does not read back: somebody interferes.
    case notVerified
    /// Why, for people.
    case failed(String)

    package var isFailure: Bool {
        switch self {
        case .failed, .notVerified: true
        case .applied, .changed, .interrupted: false
        }
    }

    /// As the audit log and JSON spell it.
    package var word: String {
        switch self {
        case .applied: "applied"
        case .changed: "changed"
        case .interrupted: "interrupted"
        case .notVerified: "not-verified"
        case .failed: "failed"
        }
    }
}
