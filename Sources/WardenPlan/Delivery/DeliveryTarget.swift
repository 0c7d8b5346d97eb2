package import SystemPackage
package import WardenModel
package import WardenPolicy

/// Where variables are delivered, and what has to be looked at to tell.
package enum DeliveryTarget {
    /// Where toolchains stand that no policy names: the Go project's own instructions, and Debian's package.
    package static let usualToolchains: [FilePath] = ["/usr/local/go", "/usr/lib/go"]

    /// A file, and what must be there for anybody to read it.
    package struct Place: Sendable {
        package let path: FilePath
        package let form: DeliveryForm
        /// The file is of no use without this; `nil` for one that is always read.
        package let reader: FilePath?
    }

    /// Files that are the agent's own. Of one form the first counts whose reader is there.
    package static let places = [
        Place(path: "/etc/profile.d/cachewarden.sh", form: .shell, reader: nil),
        // Debian's /etc/csh.login reads the one, Red Hat's the other.
        Place(path: "/etc/csh/login.d/cachewarden", form: .csh, reader: "/etc/csh/login.d"),
        Place(path: "/etc/profile.d/cachewarden.csh", form: .csh, reader: "/etc/csh.login"),
        // Late in the order of names, in which the last one counts.
        Place(path: "/etc/environment.d/90-cachewarden.conf", form: .userManager, reader: nil),
        Place(path: "/etc/systemd/system.conf.d/90-cachewarden.conf", form: .systemManager, reader: nil),
    ]

    /// The first release that reads `$GOROOT/go.env`.
    private static let firstWithFile = (1, 21)

    /// Returns the file of a toolchain of this version; `nil` where its `go` would read none.
    package static func file(of root: FilePath, version: String) -> FilePath? {
        let name = version.split(separator: " ").first ?? ""
        // What a developer built themselves ("devel go1.28-…") is newer than that.
        guard name.hasPrefix("go") else { return root.appending("go.env") }
        let numbers = name.dropFirst(2).split { $0 == "." || $0.isLetter }.prefix(2).map { Int($0) ?? 0 }
        guard numbers.count == 2, (numbers[0], numbers[1]) >= firstWithFile else { return nil }
        return root.appending("go.env")
    }
}

extension EnvironmentPolicy.Delivery {
    /// The files by which it is done.
    package var forms: [DeliveryForm] {
        switch self {
        case .loginShells: [.shell, .csh]
        case .userServices: [.userManager]
        case .systemServices: [.systemManager]
        case .goEnv: [.goEnvironment]
        }
    }

    /// Which builds it reaches.
    package var starts: [BuildStart] {
        switch self {
        case .loginShells: [.loginShell]
        case .userServices: [.userService]
        case .systemServices: [.systemService]
        case .goEnv: BuildStart.allCases
        }
    }
}
