internal import SystemPackage

extension BuildStart {
    /// Returns the start in words: `login shell`.
    package var phrase: String {
        switch self {
        case .bare: "process without an environment"
        case .loginShell, .userService, .systemService, .cron: rawValue.replacing("-", with: " ")
        }
    }
}

extension [BuildStart] {
    /// Returns starts in words; `everywhere` for all of them.
    package var phrase: String {
        count == BuildStart.allCases.count ? "everywhere" : map(\.phrase).joined(separator: ", ")
    }
}

extension VariableOrigin {
    /// What says so, alone.
    package var text: String { if case .standard(let source) = self { source } else { phrase } }

    /// Returns where a value comes from, for a sentence's end.
    package var phrase: String {
        func place(_ path: String, _ line: Int) -> String { "'\(escapedForDisplay(path))', line \(line)" }
        return switch self {
        case .file(let path, let line, let isConditional):
            "set in \(place(path.string, line))" + (isConditional ? ", in a condition" : "")
        case .goEnvironmentFile(let path, let line): "set by 'go env -w' in \(place(path.string, line))"
        case .toolchain(let path, let line): "set in the toolchain's \(place(path.string, line))"
        case .account: "of the account"
        case .standard(let source): "Go's default (\(source))"
        }
    }
}
