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
            let request = options.request(.check, progress: .init())
            let loaded = try PolicyStore(try options.surroundings()).load(for: request)
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

        static let configuration = CommandConfiguration(
            abstract: "List the rules that a check can find violated, and the checks of policy files.")

        @Option(help: "text: a line each; markdown: the whole reference.")
        var format = Format.text

        func run() throws {
            switch format {
            case .markdown: try Terminal.write(ruleReferenceMarkdown())
            case .text:
                for rule in RuleID.allCases.map(RuleReference.of) {
                    try Terminal.write(line(rule.id.rawValue, rule.severity.rawValue, rule.summary))
                }
                try Terminal.write("\nChecks of policy files\n")
                for check in LintID.allCases.map(LintReference.of) {
                    try Terminal.write(line(check.id.rawValue, check.level.rawValue, check.summary))
                }
            }
        }

        private func line(_ name: String, _ weight: String, _ summary: String) -> String {
            let width = PageName.all.map(\.count).max() ?? 0
            let columns = [(name, width), (weight, 8)].map { text, width in
                text + String(repeating: " ", count: max(0, width - text.count))
            }
            return "\(columns.joined(separator: "  "))  \(summary)\n"
        }
    }

    /// `cachewarden policy explain RULE`
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a rule, or a check of policy files, looks for, why it matters and what to do.")

        @Argument(
            help: ArgumentHelp("A rule or a check, such as entry-acl or other-writable.", valueName: "rule"),
            completion: .list(PageName.all), transform: PageName.init(named:))
        var name: PageName

        func run() throws {
            switch name {
            case .rule(let id):
                let rule = RuleReference.of(id)
                try Terminal.write(
                    page("\(id.rawValue) (\(rule.severity.rawValue)): \(rule.summary)\n", rule.why, rule.remedy))
            case .check(let id):
                let check = LintReference.of(id)
                try Terminal.write(
                    page("\(id.rawValue) (\(check.level.rawValue)): \(check.summary)\n", check.why, check.remedy))
            }
        }

        private func page(_ head: String, _ why: String, _ remedy: String) -> String {
            """
            \(head)
            Why: \(why)

            What to do: \(remedy)

            """
        }
    }
}
