internal import WardenModel

/// A variable and its value.
struct DeliveredValue: Hashable {
    let name: String
    let value: String
    /// Whether the value comes before what PATH is already.
    var isPathEntry = false

    static func pathEntry(_ folder: String) -> DeliveredValue {
        DeliveredValue(name: "PATH", value: folder, isPathEntry: true)
    }

    var text: String { "\(name)=\(value)" + (isPathEntry ? ":$PATH" : "") }
    /// What can be there once: a variable, or one folder in PATH.
    var key: String { isPathEntry ? text : name }
}

/// How a kind of file spells an assignment.
///
/// The policy language lets no blank, quote, backslash or dollar sign into a value (`EnvironmentDescription`), so that
/// each of these spellings is read by its readers as it is meant.
struct DeliverySyntax {
    let form: DeliveryForm

    /// Returns the line that sets a variable.
    func line(_ variable: DeliveredValue) -> String {
        opening(variable.name) + escaped(variable.value) + (variable.isPathEntry ? Self.pathClosing : closing)
    }

    /// In shells alone, the only ones that put folders on PATH.
    private static let pathClosing = "':\"$PATH\""

    /// Returns what a line of the agent's own sets; `nil` for any other line.
    func variable(in line: Substring) -> DeliveredValue? {
        let marker = opening("\n")
        guard let split = marker.firstIndex(of: "\n") else { return nil }
        let (before, after) = (marker[..<split], marker[marker.index(after: split)...])
        guard line.hasPrefix(before) else { return nil }
        let rest = line.dropFirst(before.count)
        let name = rest.prefix { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        let value = rest.dropFirst(name.count)
        let isPathEntry = name == "PATH" && closing == "'" && value.hasSuffix(Self.pathClosing)
        let closing = isPathEntry ? Self.pathClosing : closing
        guard !name.isEmpty, value.hasPrefix(after), value.hasSuffix(closing) else { return nil }
        let variable = DeliveredValue(
            name: String(name), value: unescaped(value.dropFirst(after.count).dropLast(closing.count)),
            isPathEntry: isPathEntry)
        // Only what the agent itself would write: everything else has another meaning somewhere.
        return self.line(variable) == line ? variable : nil
    }

    private func opening(_ name: String) -> String {
        switch form {
        case .shell: "export \(name)='"
        case .csh: "setenv \(name) '"
        case .userManager, .goEnvironment: "\(name)="
        case .systemManager: "DefaultEnvironment=\"\(name)="
        }
    }

    private var closing: String {
        switch form {
        case .shell, .csh: "'"
        case .userManager, .goEnvironment: ""
        case .systemManager: "\""
        }
    }

    /// Specifiers are expanded in `DefaultEnvironment=` (`systemd-system.conf(5)`).
    private func escaped(_ value: String) -> String {
        form == .systemManager
            ? value.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%") : value
    }

    private func unescaped(_ value: Substring) -> String {
        guard form == .systemManager else { return String(value) }
        var result = ""
        var isEscaped = false
        for character in value {
            if character == "%", !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            result.append(character)
        }
        return result
    }
}
