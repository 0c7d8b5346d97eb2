package import SystemPackage
package import WardenModel

/// A run begins: who, where, by which policies, on which caches.
package struct RunStarted: Hashable, Sendable, Codable {
    package struct Policy: Hashable, Sendable, Codable {
        package let name: String
        private let file: PathText?
        /// SHA-256 of the file's bytes, lower-case hexadecimal; `nil` for a built-in policy.
        package let digest: String?

        package init(name: String, path: FilePath?, digest: String?) {
            self.name = name
            file = path.map(PathText.init)
            self.digest = digest
        }

        /// `nil` for a built-in policy.
        package var path: FilePath? { file?.path }

        private enum CodingKeys: String, CodingKey {
            case name
            case file = "path"
            case digest
        }
    }

    package struct Cache: Hashable, Sendable, Codable {
        package let name: String
        private let root: PathText
        private let device: UInt64?
        private let inode: UInt64?

        package init(name: String, path: FilePath, identity: InodeIdentity?) {
            self.name = name
            root = PathText(path)
            device = identity?.device
            inode = identity?.inode
        }

        package var path: FilePath { root.path }

        /// `nil` for a root that is to be made.
        package var identity: InodeIdentity? {
            guard let device, let inode else { return nil }
            return InodeIdentity(device: device, inode: inode)
        }

        private enum CodingKeys: String, CodingKey {
            case name
            case root = "path"
            case device, inode
        }
    }

    package let command: String
    package let version: String
    package let host: String
    package let uid: UserID
    package let policies: [Policy]
    package let caches: [Cache]

    package init(
        command: String, version: String, host: String, uid: UserID, policies: [Policy], caches: [Cache]
    ) {
        self.command = command
        self.version = version
        self.host = host
        self.uid = uid
        self.policies = policies
        self.caches = caches
    }
}

/// A run is over.
package struct RunEnded: Hashable, Sendable, Codable {
    package let verdict: RunReport.Verdict
    package let exitCode: Int32
    /// Findings that stand at the end.
    package let findings: Int
    package let applied: Int
    package let skipped: Int
    package let failed: Int
    private let elapsedMilliseconds: Int64
    private let phaseMilliseconds: [String: Int64]

    /// - Parameter phases: How long the parts of the run took, by name; whole milliseconds are kept.
    package init(
        verdict: RunReport.Verdict, exitCode: Int32, findings: Int, applied: Int, skipped: Int, failed: Int,
        elapsed: Duration, phases: [String: Duration] = [:]
    ) {
        self.verdict = verdict
        self.exitCode = exitCode
        self.findings = findings
        self.applied = applied
        self.skipped = skipped
        self.failed = failed
        elapsedMilliseconds = elapsed.wholeMilliseconds
        phaseMilliseconds = phases.mapValues(\.wholeMilliseconds)
    }

    package var elapsed: Duration { .milliseconds(elapsedMilliseconds) }
    package var phases: [String: Duration] { phaseMilliseconds.mapValues { .milliseconds($0) } }

    private enum CodingKeys: String, CodingKey {
        case verdict
        case exitCode = "exit-code"
        case findings, applied, skipped, failed
        case elapsedMilliseconds = "elapsed-ms"
        case phaseMilliseconds = "phases-ms"
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
