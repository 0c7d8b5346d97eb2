import Foundation
import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// What is installed, what is refused, and what stays as it was. `go` is a script here.
@Suite(.timeLimit(.minutes(30))) struct ToolchainInstallerTests {
    @Test func installsWhereNothingStands() throws {
        let host = try ToolchainHost()
        try host.packScript("new.tar.gz")
        let installation = try host.installation(of: "new.tar.gz")
        #expect(host.installer().install(installation) == .installed(try version("go1.99")))
        #expect(try host.names() == ["go"])
        #expect(host.standing()?.version == (try version("go1.99")))
        #expect(host.standing()?.archive == installation.digest)
        #expect(try host.directory.status("local/go").mode == ModeBits(0o755))
        #expect(try host.directory.status("local/go/.cachewarden-archive").mode == ModeBits(0o644))
        #expect(
            String(decoding: try host.directory.read("local/go/.cachewarden-archive"), as: UTF8.self)
                == "sha256:\(installation.digest)\ngo1.99\n")
    }

    @Test func replacesAToolchainAndRemovesIt() throws {
        let host = try ToolchainHost()
        try host.packScript("old.tar.gz", version: "go1.98")
        try host.packScript("new.tar.gz")
        _ = try host.install("old.tar.gz")
        // Processes that other tests start have this one's descriptors until they run their program, the lease's too.
        let installer = host.installer(grace: .seconds(5))
        let installation = try host.installation(of: "new.tar.gz")
        #expect(installer.install(installation) == .installed(try version("go1.99")))
        #expect(try host.names() == ["go"])
        #expect(host.standing()?.version == (try version("go1.99")))
    }

    @Test func unpacksNothingOfAnotherArchive() throws {
        let host = try ToolchainHost()
        try host.packScript("old.tar.gz", version: "go1.98")
        try host.packScript("new.tar.gz")
        _ = try host.install("old.tar.gz")
        let before = try TreeSnapshot(of: host.directory.path("local"))
        let wanted = try host.installation(of: "new.tar.gz")
        try host.directory.write("new.tar.gz", "no archive at all")
        let found = try ToolchainArchive.digest(of: "new.tar.gz", in: host.directory)
        #expect(
            host.installer().install(wanted)
                == .failed(
                    "'\(wanted.archive)' has the SHA-256 \(found), and the policy wants \(wanted.digest)"))
        #expect(try TreeSnapshot(of: host.directory.path("local")).differences(from: before) == [])
    }

    /// Archives that have the wanted digest, and are no toolchains.
    @Test(arguments: [
        ("printf xyz >new.tar.gz", "the archive cannot be decompressed: gzip: stdin: not in gzip format"),
        ("gzip </dev/null >new.tar.gz", "the archive ends in the middle (at byte 0)"),
        (
            "mkdir -p go/bin; ln -s /bin/sh go/bin/go; tar -czf new.tar.gz go",
            "the archive's entry 'go/bin/go' is a symbolic link"
        ),
        ("mkdir go; tar -czf new.tar.gz go", "the archive holds no Go toolchain"),
        ("mkdir go; echo go1.99 >go/VERSION; tar -czf new.tar.gz go", "bin/go': No such file or directory"),
        (
            "mkdir -p go/bin; echo go1.99 >go/VERSION; printf '#!/bin/sh\\nexit 3\\n' >go/bin/go; chmod 755 go/bin/go; "
                + "tar -czf new.tar.gz go", "the archive's 'go version' gives no version: ''"
        ),
        (
            "mkdir go; head -c 3000000 /dev/urandom >go/x; tar -cz go | head -c 1000000 >new.tar.gz",
            "the archive cannot be decompressed: gzip: stdin: unexpected end of file"
        ),
        (
            "mkdir go; head -c 3000000 /dev/urandom >go/x; tar -czf new.tar.gz go; printf xyz >>new.tar.gz",
            "the archive cannot be decompressed: gzip: stdin: decompression OK, trailing garbage ignored"
        ),
    ]) func refusesWhatIsNoToolchain(script: String, complaint: String) throws {
        let host = try ToolchainHost()
        try ToolchainArchive.run("cd \(host.directory.path); umask 022; \(script)")
        guard case .failed(let found) = try host.install("new.tar.gz") else {
            Issue.record("it was installed")
            return
        }
        #expect(found.contains(complaint), "\(found)")
        #expect(try host.names() == [])
    }

    @Test func refusesAGoThatSaysAnotherVersion() throws {
        let host = try ToolchainHost()
        try host.packScript("new.tar.gz", says: "go version go1.97 linux/amd64")
        #expect(
            try host.install("new.tar.gz")
                == .failed("the archive's 'go/VERSION' says go1.99, and its 'go version' says go1.97"))
        #expect(try host.names() == [])
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming nobody needs root")) func asksForTheVersionAsNobody() throws {
        let host = try ToolchainHost()
        try host.packScript(
            "new.tar.gz", says: "$(id -u) $(id -g) $(id -G) $(env | grep -v ^_ | sort | tr \"\\n\" \" \")")
        #expect(
            try host.install("new.tar.gz")
                == .failed(
                    "the archive's 'go version' gives no version: '65534 65534 65534 GOENV=off GOFLAGS= "
                        + "GOTOOLCHAIN=local LC_ALL=C PATH=/usr/bin:/bin PWD=/ '"))
    }

    @Test func refusesAnArchiveThatOthersCanWrite() throws {
        let host = try ToolchainHost()
        try host.packScript("new.tar.gz")
        try host.directory.setMode("new.tar.gz", ModeBits(0o646))
        guard case .failed(let complaint) = try host.install("new.tar.gz") else {
            Issue.record("it was installed")
            return
        }
        #expect(complaint.contains("can be written by others than its owner"))
        #expect(host.observe().archive == .unusable(complaint))
    }

    @Test func refusesAPlaceWhereOthersCanAddNames() throws {
        let host = try ToolchainHost()
        try host.packScript("new.tar.gz")
        try host.directory.setMode("local", ModeBits(0o1777))
        guard case .failed(let complaint) = try host.install("new.tar.gz") else {
            Issue.record("it was installed")
            return
        }
        #expect(complaint.contains("can be written by others than its owner"))
        #expect(try host.names() == [])
    }

    @Test func leavesWhatWasPutThereMeanwhile() throws {
        let host = try ToolchainHost()
        try host.packScript("new.tar.gz")
        let installation = try host.installation(of: "new.tar.gz")
        try host.directory.makeDirectory("local/go")
        #expect(
            host.installer().install(installation) == .failed("something else stands there than when it was looked at"))
        try host.directory.removeTree("local/go")
        #expect(host.installer().install(installation) == .installed(try version("go1.99")))
        // As if by another run.
        #expect(host.installer().install(installation) == .unchanged)
        #expect(try host.names() == ["go"])
    }

    @Test func endsWhenTheRunIsToEnd() throws {
        let host = try ToolchainHost()
        try host.packScript("new.tar.gz")
        let installation = try host.installation(of: "new.tar.gz")
        // Whenever the signal comes: at the first look, at the second, and so on, until there are no more.
        for look in 0..<1_000 {
            var looks = 0
            let outcome = host.installer(isInterrupted: {
                looks += 1
                return looks > look
            }).install(installation)
            guard outcome == .interrupted else {
                #expect(outcome == .installed(try version("go1.99")))
                #expect(look > 4)
                return
            }
            #expect(try host.names() == [])
        }
        Issue.record("it is asked for ever")
    }

    @Test func endsAGoThatHangs() throws {
        let host = try ToolchainHost()
        try host.packScript("new.tar.gz", sleeps: true)
        var limits = ToolchainInstaller.Limits()
        limits.version = .seconds(1)
        let installer = ToolchainInstaller(top: "/", hash: ArchiveHash(), limits: limits, isInterrupted: { false })
        #expect(
            installer.install(try host.installation(of: "new.tar.gz"))
                == .failed("the archive's 'go version' did not end within 1.0 seconds"))
        #expect(try host.names() == [])
    }
}
