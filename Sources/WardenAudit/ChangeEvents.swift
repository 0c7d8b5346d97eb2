package import SystemPackage
package import WardenModel

/// The same repair is about to be made on some names of one directory.
package struct ChangesIntended: Hashable, Sendable {
    /// The cache's name in its policy.
    package let cache: String
    /// The cache root.
    package let path: FilePath
    /// The change's place in the cache's plan.
    package let change: Int
    package let rules: [RuleID]
    package let role: EntryRole?
    /// `nil` for a root that is to be made.
    package let before: NodeState?
    package let steps: [ChangeStep]
    package let after: NodeState
    /// Below the cache root.
    package let directory: RelativePath
    /// Single names in `directory`; one empty name for the root itself.
    package let names: [RelativePath]

    package init(
        cache: String, path: FilePath, change: Int, rules: [RuleID], role: EntryRole?, before: NodeState?,
        steps: [ChangeStep], after: NodeState, directory: RelativePath, names: [RelativePath]
    ) {
        self.cache = cache
        self.path = path
        self.change = change
        self.rules = rules
        self.role = role
        self.before = before
        self.steps = steps
        self.after = after
        self.directory = directory
        self.names = names
    }
}

extension ChangesIntended: Codable {
    private enum CodingKeys: String, CodingKey {
        case cache, path, change, rules, role, before, steps, after, directory, names, count
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(cache, forKey: .cache)
        try container.encode(PathText(path), forKey: .path)
        try container.encode(change, forKey: .change)
        try container.encode(rules, forKey: .rules)
        try container.encodeIfPresent(role, forKey: .role)
        try container.encodeIfPresent(before.map(StateText.init), forKey: .before)
        try container.encode(steps.map(StepText.init), forKey: .steps)
        try container.encode(StateText(after), forKey: .after)
        try container.encode(directory, forKey: .directory)
        try container.encode(names, forKey: .names)
        try container.encode(names.count, forKey: .count)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        cache = try container.decode(String.self, forKey: .cache)
        path = try container.decode(PathText.self, forKey: .path).path
        change = try container.decode(Int.self, forKey: .change)
        rules = try container.decode([RuleID].self, forKey: .rules)
        role = try container.decodeIfPresent(EntryRole.self, forKey: .role)
        before = try container.decodeIfPresent(StateText.self, forKey: .before)?.state
        steps = try container.decode([StepText].self, forKey: .steps).map(\.step)
        after = try container.decode(StateText.self, forKey: .after).state
        directory = try container.decode(RelativePath.self, forKey: .directory)
        names = try container.decode([RelativePath].self, forKey: .names)
    }
}

/// What became of an intention.
package struct ChangesConcluded: Hashable, Sendable, Codable {
    /// A name that was not changed as intended.
    package struct Exception: Hashable, Sendable {
        /// A single name in the intention's directory.
        package let name: RelativePath
        package let outcome: Outcome

        package init(name: RelativePath, outcome: Outcome) {
            self.name = name
            self.outcome = outcome
        }
    }

    /// The sequence number of the `changes-intended` record.
    package let intended: UInt64
    package let applied: Int
    package let exceptions: [Exception]

    package init(intended: UInt64, applied: Int, exceptions: [Exception]) {
        self.intended = intended
        self.applied = applied
        self.exceptions = exceptions
    }
}

extension ChangesConcluded.Exception: Codable {
    private enum CodingKeys: String, CodingKey { case name, outcome, operation, errno }

    private static let applied = "applied"
    private static let failed = "failed"

    /// Writes `failed` with operation and `errno`, or the reason why the name was left alone.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        switch outcome {
        case .applied: try container.encode(Self.applied, forKey: .outcome)
        case .skipped(let reason): try container.encode(reason, forKey: .outcome)
        case .failed(let operation, let cause):
            try container.encode(Self.failed, forKey: .outcome)
            try container.encode(operation, forKey: .operation)
            try container.encode(cause.rawValue, forKey: .errno)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(RelativePath.self, forKey: .name)
        switch try container.decode(String.self, forKey: .outcome) {
        case Self.applied: outcome = .applied
        case Self.failed:
            outcome = .failed(
                operation: try container.decode(String.self, forKey: .operation),
                Errno(rawValue: try container.decode(CInt.self, forKey: .errno)))
        default: outcome = .skipped(try container.decode(Outcome.Skip.self, forKey: .outcome))
        }
    }
}
