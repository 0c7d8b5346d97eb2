package import SystemPackage

/// How one user's builds find their cache, and which caches they have.
package struct UserDiagnosis: Sendable {
    /// A build cache that is there.
    package struct Cache: Hashable, Sendable {
        package let path: FilePath
        /// On disk.
        package let size: ByteCount
        package let entries: Int

        package init(path: FilePath, size: ByteCount, entries: Int) {
            self.path = path
            self.size = size
            self.entries = entries
        }
    }

    /// A `go` command of theirs that runs now.
    package struct Build: Hashable, Sendable {
        package let process: Int32
        package let user: UserID
        package let startedAt: Timestamp
        /// The first words of its command line, escaped for display.
        package let command: String
        /// Where it keeps its cache.
        package let cache: EffectiveVariable
        /// Files with settings of Go's that it has open, escaped for display; ` (deleted)` behind one that is gone.
        package let openSettings: [String]

        package init(
            process: Int32, user: UserID, startedAt: Timestamp, command: String, cache: EffectiveVariable,
            openSettings: [String] = []
        ) {
            self.process = process
            self.user = user
            self.startedAt = startedAt
            self.command = command
            self.cache = cache
            self.openSettings = openSettings
        }
    }

    /// What keeps a user from a cache that a policy sends them to.
    package struct Denial: Hashable, Sendable {
        package let path: FilePath
        package let operations: [AccessOperation]

        package init(path: FilePath, operations: [AccessOperation]) {
            self.path = path
            self.operations = operations
        }
    }

    package let subject: AccessSubject
    package let home: FilePath?
    package let variables: [BuildStart: [GoVariable: EffectiveVariable]]
    /// Those of their own.
    package let caches: [Cache]
    package let denials: [Denial]
    package let builds: [Build]
    /// Folders of their GOPATH that lie in their home.
    package let gopaths: [GopathObservation]
    /// Files that say something and were not read, and why.
    package let problems: [String]

    package init(
        subject: AccessSubject, home: FilePath?, variables: [BuildStart: [GoVariable: EffectiveVariable]],
        caches: [Cache], denials: [Denial], builds: [Build] = [], gopaths: [GopathObservation] = [],
        problems: [String]
    ) {
        self.subject = subject
        self.home = home
        self.variables = variables
        self.caches = caches
        self.denials = denials
        self.builds = builds
        self.gopaths = gopaths
        self.problems = problems
    }
}

/// How the builds of one system service find their cache.
package struct UnitDiagnosis: Sendable {
    package let name: String
    package let path: FilePath
    /// `nil` where `User=` is not set: then it runs as root, and without HOME.
    package let user: String?
    package let variables: [GoVariable: EffectiveVariable]

    package init(name: String, path: FilePath, user: String?, variables: [GoVariable: EffectiveVariable]) {
        self.name = name
        self.path = path
        self.user = user
        self.variables = variables
    }
}

/// The answer of `doctor`.
package struct Diagnosis: Sendable {
    package let host: String
    /// Whose `go.env` counts; `nil` where none was found.
    package let toolchain: FilePath?
    package let users: [UserDiagnosis]
    /// Those that run `go`.
    package let units: [UnitDiagnosis]
    package let findings: [Finding]
    package let notes: [String]

    package init(
        host: String, toolchain: FilePath?, users: [UserDiagnosis], units: [UnitDiagnosis] = [],
        findings: [Finding], notes: [String]
    ) {
        self.host = host
        self.toolchain = toolchain
        self.users = users
        self.units = units
        self.findings = findings
        self.notes = notes
    }
}

/// A value that a policy delivers.
package struct WantedVariable: Hashable, Sendable {
    package let value: String
    package let starts: Set<BuildStart>
    package let policy: String

    package init(value: String, starts: Set<BuildStart>, policy: String) {
        self.value = value
        self.starts = starts
        self.policy = policy
    }
}
