import SystemPackage
import Testing
import WardenTestSupport

extension BootedHost {
    /// Installs a toolchain whose `go.env` is its own; the large rest is the machine's, which the host was booted with.
    func install(_ toolchain: GoToolchain) throws {
        try shell(
            """
            mkdir -p /usr/local/go/bin
            cp "$1/bin/go" /usr/local/go/bin/
            cp "$1/VERSION" "$1/go.env" /usr/local/go/
            ln -s "$1/pkg" "$1/src" "$1/lib" /usr/local/go/
            """, toolchain.root.string)
    }

    /// Makes the group that the policy speaks of, with these users in it.
    func addBuilders(_ users: [String]) throws {
        try run("/usr/sbin/groupadd", "--system", "builders")
        for user in users { try run("/usr/sbin/usermod", "--append", "--groups", "builders", user) }
    }
}
