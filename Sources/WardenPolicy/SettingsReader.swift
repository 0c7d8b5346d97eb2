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
        return (settings, diagnostics)
    }
}
