package import SystemPackage

/// The file in which `go env -w` keeps settings, or a toolchain's own `go.env`: `KEY=VALUE` lines.
///
/// Read as `readEnvFile` in <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cfg/cfg.go> reads
/// it: lines that do not begin with a capital letter or hold no `=` are passed over, nothing is trimmed or unquoted,
/// and of two lines for one key the later wins.
package struct EnvironmentFile: Sendable {
    package struct Setting: Hashable, Sendable {
        package let value: String
        /// Counted from 1.
        package let line: Int
    }

    package let settings: [String: Setting]

    package init(parsing content: [UInt8]) {
        var settings: [String: Setting] = [:]
        let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard let first = line.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first),
                let equals = line.firstIndex(of: UInt8(ascii: "="))
            else { continue }
            let key = String(decoding: line[..<equals], as: UTF8.self)
            let value = String(decoding: line[(equals + 1)...], as: UTF8.self)
            settings[key] = Setting(value: value, line: index + 1)
        }
        self.settings = settings
    }

    /// Returns where Go looks for the file: `$GOENV`, else `go/env` below the user's configuration directory.
    ///
    /// `nil` where there is none: `GOENV=off`, neither `XDG_CONFIG_HOME` nor `HOME`, or a relative `XDG_CONFIG_HOME`.
    /// A relative `GOENV` is returned as it is: Go reads it below each build's working directory.
    package static func path(in environment: [String: String]) -> FilePath? {
        if let file = environment.nonEmpty("GOENV") { return file == "off" ? nil : FilePath(file) }
        if let directory = environment.nonEmpty("XDG_CONFIG_HOME") {
            guard FilePath(directory).isAbsolute else { return nil }
            return FilePath(directory).appending("go/env").lexicallyNormalized()
        }
        guard let home = environment.nonEmpty("HOME") else { return nil }
        return FilePath(home).appending(".config/go/env").lexicallyNormalized()
    }
}

extension [String: String] {
    /// Returns a variable's value; Go takes an empty one for unset.
    func nonEmpty(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}
