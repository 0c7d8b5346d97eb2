import Foundation
import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// A place for a toolchain, `local/go`, and archives beside it.
struct ToolchainHost: ~Copyable {
    /// Everybody may enter it: `go` is asked for its version as somebody without rights.
    let directory: TemporaryDirectory

    init() throws {
        let made = try TemporaryDirectory(mode: ModeBits(0o755))
        try made.makeDirectory("local")
        directory = consume made
    }

    var path: FilePath { directory.path("local/go") }

    /// Packs both toolchains, as `old.tar.gz` and `new.tar.gz`.
    func packBoth() throws {
        let pair = try #require(ToolchainArchive.pair)
        try ToolchainArchive.pack(pair.old, as: "old.tar.gz", in: directory)
        try ToolchainArchive.pack(pair.new, as: "new.tar.gz", in: directory)
    }

    /// Makes an archive of a "toolchain" whose `go` is a script, which runs for ever unless it is asked for its version.
    func packScript(_ name: String, version: String = "go1.99", says: String? = nil, sleeps: Bool = false) throws {
        let answer = says ?? "go version \(version) linux/amd64"
        try ToolchainArchive.run(
            """
            cd \(directory.path); rm -rf go; umask 022; mkdir -p go/bin go/pkg/tool
            echo '\(version)' >go/VERSION
            cat >go/bin/go <<'END'
            #!/bin/sh
            [ "$1" = version ] || while :; do sleep 0.05; done
            \(sleeps ? "exec sleep 600" : "echo \"\(answer)\"")
            END
            chmod 755 go/bin/go; tar -czf \(name) go; rm -rf go
            """)
    }

    func observe(archive: FilePath = "new.tar.gz") -> ToolchainObservation {
        ToolchainObserver(top: "/").observe(path, archive: directory.path(archive))
    }

    func standing() -> StandingToolchain? {
        if case .toolchain(let toolchain) = observe().standing { toolchain } else { nil }
    }

    /// What a plan that is made now would want.
    func installation(of archive: FilePath) throws -> ToolchainInstallation {
        ToolchainInstallation(
            path: path, archive: directory.path(archive),
            digest: try ToolchainArchive.digest(of: archive, in: directory), replaces: standing())
    }

    func installer(
        waiting: Duration = .seconds(600), grace: Duration = .zero, isInterrupted: @escaping () -> Bool = { false }
    ) -> ToolchainInstaller {
        var limits = ToolchainInstaller.Limits()
        limits.exchange = waiting
        limits.grace = grace
        return ToolchainInstaller(top: "/", hash: ArchiveHash(), limits: limits, isInterrupted: isInterrupted)
    }

    func install(_ archive: FilePath) throws -> ToolchainOutcome { installer().install(try installation(of: archive)) }

    /// The names beside the toolchain, and its own, sorted.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path("local").string).sorted()
    }
}

func version(_ text: String) throws -> ToolchainVersion { try #require(ToolchainVersion(text)) }
