package import SystemPackage

/// A way in which builds are started; each finds its environment elsewhere.
package enum BuildStart: String, Hashable, Sendable, CaseIterable {
    /// A terminal, `ssh`, `su -`: `/etc/environment`, `/etc/profile`, `/etc/profile.d`, the user's own profile.
    case loginShell = "login-shell"
    /// A unit of `systemd --user`: `environment.d(5)`.
    case userService = "user-service"
    /// A unit of the system manager with `User=`: `DefaultEnvironment=` of `systemd-system.conf(5)`.
    case systemService = "system-service"
    /// A job of `cron(8)`, which reads `/etc/environment` through PAM.
    case cron
    /// A process without any environment: `env -i`, a service of root's without `User=`.
    case bare
}

/// A variable that decides how Go builds and where it keeps what it made. See `go help environment`.
package enum GoVariable: String, Hashable, Sendable, CaseIterable {
    case cache = "GOCACHE"
    case moduleCache = "GOMODCACHE"
    case path = "GOPATH"
    case flags = "GOFLAGS"
    case environmentFile = "GOENV"
    case cacheProgram = "GOCACHEPROG"
    case toolchain = "GOTOOLCHAIN"
    case moduleMode = "GO111MODULE"
}

/// Where a variable got its value.
package enum VariableOrigin: Hashable, Sendable {
    /// A line of a file that makes the environment of processes; a condition of a script may skip it.
    case file(FilePath, line: Int, isConditional: Bool)
    /// A line of GOENV's file, which `go env -w` writes.
    case goEnvironmentFile(FilePath, line: Int)
    /// A line of a toolchain's `go.env`.
    case toolchain(FilePath, line: Int)
    /// The account's entry in the name service.
    case account
    /// Nobody set it; this is what Go takes it from.
    case standard(String)
}

/// What a variable is for one start, and why.
package struct EffectiveVariable: Hashable, Sendable {
    /// `nil` where a script computes it.
    package let value: String?
    package let origin: VariableOrigin

    package init(_ value: String?, _ origin: VariableOrigin) {
        self.value = value
        self.origin = origin
    }
}
