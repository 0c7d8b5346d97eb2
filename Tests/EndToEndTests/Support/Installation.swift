import Foundation
import SystemPackage
import Testing
import WardenTestSupport

/// What stands on the machine that runs the tests.
enum Installation {
    /// The binary under test: `$CACHEWARDEN_BINARY`, else the one built beside this test bundle.
    static let binary: FilePath = {
        if let path = TestProcess.environment("CACHEWARDEN_BINARY") { return FilePath(path) }
        // The test process is `…/debug/cachewardenPackageTests.xctest`, or SwiftPM's runner with it as an argument.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return FilePath(bundle).removingLastComponent().appending("cachewarden")
    }()

    /// The folder of the units, in the clone that the tests were built from.
    static let units = (0..<4).reduce(FilePath(#filePath)) { path, _ in path.removingLastComponent() }.appending(
        "systemd")

    typealias Toolchain = GoToolchain
    /// One of each kind, oldest first. Go 1.22 differs from the others in the objects that it writes alone, which `StandardReleases`
    /// are for.
    static var toolchains: [Toolchain] { GoToolchain.all.filter { !$0.version.starts(with: [1, 22]) } }

    /// Whether users can be made and become active, and ACLs be read by acl's own tools.
    static let canMakeUsers =
        TestProcess.isRoot
        && ["/usr/sbin/useradd", "/usr/sbin/userdel", "/usr/bin/setpriv", "/usr/bin/setfacl", "/usr/bin/getfacl"]
            .allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }

    /// Whether the scenarios with real builds can run.
    static let canBuild = canMakeUsers && toolchains.count >= 3

    static let canTrace = canMakeUsers && FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")

    static let usersReason = "needs root, useradd, setpriv and acl's setfacl and getfacl"
    static let buildsReason = """
        needs root, useradd, setpriv, setfacl and three Go toolchains as \
        $CACHEWARDEN_TEST_TOOLCHAINS/go-*/bin/go
        """
}

extension GoToolchain {
    /// Since Go 1.24 `go run` and `go tool` keep their executables in the cache.
    var cachesExecutables: Bool { version.lexicographicallyPrecedes([1, 24]) == false }
}
