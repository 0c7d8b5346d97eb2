/// For what, and with which Go, something was compiled.
package struct BuildPlatform: Hashable, Sendable {
    /// `go1.27.3`, or what a development version calls itself.
    package let version: String
    /// `GOOS`.
    package let system: String
    /// `GOARCH`.
    package let architecture: String
    /// What else the object says of it: `GOAMD64=v1`, `X:…` for experiments.
    package let options: [String]

    package init(version: String, system: String, architecture: String, options: [String] = []) {
        self.version = version
        self.system = system
        self.architecture = architecture
        self.options = options
    }
}

/// Where the source of a package came from.
package enum SourceOrigin: Hashable, Sendable {
    /// `$GOROOT/src`: the standard library, and the commands that come with it.
    case standard
    /// The module cache: a path and a version.
    case module(String, version: String)
    /// Somewhere else on the machine that built it.
    ///
    /// - Parameter package: The beginning of the import path that the directory stands for.
    case workTree(directory: String, package: String)
}

/// What a package was compiled as: two builds with the same variant could have used one entry.
package struct BuildVariant: Hashable, Sendable {
    package enum Flag: String, Hashable, Sendable, CaseIterable {
        /// Instrumented for `go build -cover`.
        case cover
        /// With its `_test.go` files, or the main package of a test.
        case test
    }

    package let platform: BuildPlatform?
    /// The import path, `main` for a program outside of modules; `nil` where the object does not say.
    package let package: String?
    package let origin: SourceOrigin?
    package let flags: Set<Flag>
    /// What the compiler was told: `-race`, `-N`, `-l`.
    package let compilerFlags: [String]

    package init(
        platform: BuildPlatform?, package: String? = nil, origin: SourceOrigin? = nil, flags: Set<Flag> = [],
        compilerFlags: [String] = []
    ) {
        self.platform = platform
        self.package = package
        self.origin = origin
        self.flags = flags
        self.compilerFlags = compilerFlags
    }
}
