package import SystemPackage
internal import WardenDigest
internal import WardenLinux
package import WardenModel
package import WardenPolicy

/// The policies and settings that were read for a run.
package struct LoadedPolicies: Sendable {
    /// Those that select the host, in the order of their files.
    package var selected: [Policy]
    /// All that were read.
    package var all: [Policy]
    package var settings: Settings
    /// How many files were read.
    package var fileCount: Int
    /// Warnings; errors are thrown.
    package var warnings: [Diagnostic]
    /// SHA-256 over the digests of the selected policies, lower-case hexadecimal.
    package var digest: String
}

/// Reads policy files: only ones that nobody but root and the caller can have written, each exactly once.
package struct PolicyStore: Sendable {
    /// As large as a policy may be; larger ones are an attack or a mistake.
    private static let limit = ByteCount(256 << 10)

    private let surroundings: Surroundings

    package init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// The folder that is read when nobody names another.
    package var defaultFolder: FilePath { surroundings.located("/etc/cachewarden/policy.d") }
    package var defaultSettings: FilePath { surroundings.located("/etc/cachewarden/agent.yaml") }

    /// Returns the files that `paths` stand for: a folder's `.yaml` and `.yml` files, a file itself.
    ///
    /// Without paths it is the default folder, which may be missing or empty.
    package func files(_ paths: [FilePath]) throws(AgentError) -> [FilePath] {
        guard !paths.isEmpty else {
            return try kind(defaultFolder) == .directory ? list(defaultFolder) : []
        }
        var files: [FilePath] = []
        for path in paths {
            // What is there is looked at when it is read; a missing file is an error there.
            let path = WorkingDirectory.absolute(path)
            files += try kind(path) == .directory ? list(path) : [path]
        }
        return files
    }

    /// Reads the files and settings that a run is to go by.
    ///
    /// Throws as `load(_:settings:labels:hostName:)`.
    package func load(for request: RunRequest) throws(AgentError) -> LoadedPolicies {
        try load(
            try files(request.policies), settings: request.settings, labels: request.labels,
            hostName: request.hostName ?? surroundings.hostName)
    }

    /// Reads files and settings, selects by host and checks for conflicts.
    ///
    /// Throws `.badPolicies` with everything that is wrong in all of them.
    package func load(
        _ files: [FilePath], settings: FilePath?, labels: [String: String], hostName: String
    ) throws(AgentError) -> LoadedPolicies {
        var diagnostics: [Diagnostic] = []
        let read = try readSettings(settings, &diagnostics)
        var policies: [Policy] = []
        for file in files {
            let bytes = try bytes(file)
            let (policy, found) = PolicyReader.read(bytes, file: file)
            diagnostics += found
            guard var policy else { continue }
            policy.digest = "\(SHA256Digest(of: bytes))"
            policies.append(policy)
        }
        let host = HostIdentity(name: hostName, labels: read.labels.merging(labels) { $1 })
        let selected = policies.filter { host.isSelected(by: $0) }
        diagnostics += conflicts(among: selected, settings: read)
        let errors = diagnostics.filter { $0.level == .error }
        guard errors.isEmpty else { throw .badPolicies(diagnostics.inOrder) }
        let digests = selected.map { $0.digest ?? "" }.joined(separator: "\n")
        return LoadedPolicies(
            selected: selected, all: policies, settings: read, fileCount: files.count, warnings: diagnostics.inOrder,
            digest: "\(SHA256Digest(of: Array(digests.utf8)))")
    }

    private func readSettings(_ path: FilePath?, _ diagnostics: inout [Diagnostic]) throws(AgentError) -> Settings {
        let file = path.map(WorkingDirectory.absolute) ?? defaultSettings
        if path == nil, try kind(file) == nil { return Settings() }
        let (settings, found) = SettingsReader.read(try bytes(file), file: file)
        diagnostics += found
        return settings ?? Settings()
    }

    private func bytes(_ file: FilePath) throws(AgentError) -> [UInt8] {
        try attempt { () throws(FileError) in
            try TrustedFile.read(file, limit: Self.limit, trusting: .rootAndCaller)
        }
    }

    private func list(_ folder: FilePath) throws(AgentError) -> [FilePath] {
        try attempt { () throws(FileError) in
            try TrustedFile.list(folder, suffixes: [".yaml", ".yml"], trusting: .rootAndCaller)
        }
    }

    private func kind(_ path: FilePath) throws(AgentError) -> NodeKind? {
        try attempt { () throws(FileError) in try TrustedFile.kind(of: path, trusting: .rootAndCaller) }
    }
}

extension [Diagnostic] {
    /// By file, then by place.
    var inOrder: [Diagnostic] {
        sorted { left, right in
            let places = [left, right].map { [$0.mark?.line ?? 0, $0.mark?.column ?? 0] }
            if left.file != right.file { return left.file.description < right.file.description }
            return places[0].lexicographicallyPrecedes(places[1])
        }
    }
}

/// Runs a file operation and makes its error the agent's; its words hold the remedy already.
func attempt<Result: ~Copyable>(_ operation: () throws(FileError) -> Result) throws(AgentError) -> Result {
    do throws(FileError) {
        return try operation()
    } catch {
        throw .failed("\(error)", remedy: nil)
    }
}
