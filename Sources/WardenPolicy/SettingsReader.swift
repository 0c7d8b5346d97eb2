package import SystemPackage
package import WardenModel

/// Reads the agent's settings file.
package struct SettingsReader: Sendable {
    /// Returns the settings that a file's bytes say, and everything that is wrong or doubtful in it.
    ///
    /// The settings are `nil` if any diagnostic is an error. Where a secret may stand, neither message nor source line
    /// repeat it. Never traps, whatever the bytes.
    package static func read(_ bytes: [UInt8], file: FilePath) -> (settings: Settings?, diagnostics: [Diagnostic]) {
        let (settings, diagnostics) = readDocument(bytes, file: file, as: SettingsDescription.type)
        return (settings, diagnostics.map(withoutSecrets))
    }
}

/// Returns a diagnostic that repeats no URL: a webhook's URL is a secret wherever in this file it was put.
private func withoutSecrets(_ diagnostic: Diagnostic) -> Diagnostic {
    func isSuspicious(_ text: String?) -> Bool { text?.contains(":/") == true }
    guard isSuspicious(diagnostic.sourceLine) || isSuspicious(diagnostic.message) else { return diagnostic }
    let isSaid = isSuspicious(diagnostic.message)
    return Diagnostic(
        level: diagnostic.level, id: isSaid ? LintID.secretInSettings.rawValue : diagnostic.id, file: diagnostic.file,
        mark: diagnostic.mark, sourceLine: nil,
        message: isSaid
            ? "a URL stands here, which is a secret and not repeated; a credential is named instead"
            : diagnostic.message,
        suggestion: isSaid ? "{credential: slack-webhook}, with LoadCredential= in the unit" : diagnostic.suggestion)
}
