/// A kind of file that hands variables to processes; each has a syntax and readers of its own.
package enum DeliveryForm: String, Hashable, Sendable, Codable, CaseIterable {
    /// `/etc/profile.d`: login shells that are children of `sh(1)`.
    case shell
    /// What `csh(1)` and `tcsh(1)` read at a login.
    case csh
    /// `environment.d(5)`: services of users' managers.
    case userManager = "user-manager"
    /// `systemd-system.conf(5)`: services of the system manager.
    case systemManager = "system-manager"
    /// A toolchain's `go.env`: every `go` command, however it was started.
    case goEnvironment = "go-env"

    /// Whom it reaches, for people.
    package var readers: String {
        switch self {
        case .shell: "login shells"
        case .csh: "csh logins"
        case .userManager: "users' services"
        case .systemManager: "system services"
        case .goEnvironment: "every go command"
        }
    }
}
