package import ArgumentParser
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy

/// `cachewarden policy …`
package struct PolicyCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check policies and look up what they may say.",
        subcommands: [Lint.self, Show.self, Schema.self, Rules.self, Explain.self])

    package init() {}

    /// `cachewarden policy lint`
    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check policy files; all that is wrong is said at once.",
            discussion: "Exit code 0: good, warnings aside; 65: not.")

        @Argument(help: "Policy files and folders (default: /etc/cachewarden/policy.d).")
        var paths: [PathArgument] = []

        @Option(
            name: .customLong("policy"),
            help: ArgumentHelp("The same, as the other commands take it; may be repeated.", valueName: "path"))
        var policies: [PathArgument] = []

        @Option(help: ArgumentHelp("The agent's settings, checked as well.", valueName: "file"))
        var settings: PathArgument?

        func run() throws {
            let options = try RunOptions.parse([])
            let store = PolicyStore(try options.surroundings())
            let named = paths + policies
            let files = try store.files(named.map(\.path))
            let loaded = try store.load(
                files, settings: settings?.path, labels: [:],
                hostName: try options.surroundings().hostName)
            Terminal.complain(loaded.warnings)
            guard !files.isEmpty else {
                let places = named.isEmpty ? [store.defaultFolder.string] : named.map(\.text)
                let quoted = places.map { "'\(escapedForDisplay($0))'" }.joined(separator: ", ")
                return try Terminal.write("no policy files in \(quoted)\n")
            }
            let count = files.count == 1 ? "1 policy file" : "\(files.count) policy files"
            let warnings = loaded.warnings.count == 1 ? "1 warning" : "\(loaded.warnings.count) warnings"
            try Terminal.write("\(count): no errors, \(warnings)\n")
        }
    }

    /// `cachewarden policy show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the policies in force on this host, every default written out.")

        @OptionGroup var options: RunOptions

        func run() throws {
            let surroundings = try options.surroundings()
            let store = PolicyStore(surroundings)
            let request = options.request(.check, progress: .init())
            let loaded = try store.load(
                try store.files(request.policies), settings: request.settings, labels: request.labels,
                hostName: request.hostName ?? surroundings.hostName)
            Terminal.complain(loaded.warnings)
            for policy in loaded.selected { try Terminal.write(render(policy)) }
        }
    }

    /// `cachewarden policy schema`
    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the JSON Schema of policies, for editors and other checkers.")

        func run() throws { try Terminal.write(jsonSchema()) }
    }

    /// `cachewarden policy rules`
    struct Rules: ParsableCommand {
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case text, markdown
        }

        static let configuration = CommandConfiguration(abstract: "List the rules that a check can find violated.")

        @Option(help: "text: a line each; markdown: the whole reference.")
        var format = Format.text

        func run() throws {
            switch format {
            case .markdown: try Terminal.write(ruleReferenceMarkdown())
            case .text:
                let width = RuleID.allCases.map(\.rawValue.count).max() ?? 0
                for id in RuleID.allCases {
                    let rule = RuleReference.of(id)
                    let name = id.rawValue + String(repeating: " ", count: width - id.rawValue.count)
                    let severity = rule.severity.rawValue
                    let padding = String(repeating: " ", count: 8 - severity.count)
                    let later = rule.isEnforced ? "" : " (not enforced by this version)"
                    try Terminal.write("\(name)  \(severity)\(padding)  \(rule.summary)\(later)\n")
                }
            }
        }
    }

    /// `cachewarden policy explain RULE`
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a rule looks for, why it matters and what to do.")

        @Argument(
            help: ArgumentHelp("A rule, such as entry-acl.", valueName: "rule"), completion: .list(RuleName.all),
            transform: RuleName.init(named:))
        var name: RuleName

        func run() throws {
            let rule = RuleReference.of(name.rule)
            let later = rule.isEnforced ? "" : "\nThis version does not enforce it yet.\n"
            try Terminal.write(
                """
                \(rule.id.rawValue) (\(rule.severity.rawValue)): \(rule.summary)
                \(later)
                Why: \(rule.why)

                What to do: \(rule.remedy)

                """)
        }
    }
}
