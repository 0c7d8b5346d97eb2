import SystemPackage
import Testing
import WardenModel
import WardenObserve
import WardenTestSupport

@Suite("Toolchains that a host has") struct InstalledToolchainsTests {
    @Test func areFoundWherePeoplePutThem() throws {
        let top = try TemporaryDirectory()
        let places = [
            "usr/local/go": "go1.27.3\ntime 2026\n", "usr/lib/go-1.19": "go1.19.8", "opt/go1.22.1": "go1.22.1 X:a\n",
            "home/a/sdk/go1.21.0": "go1.21.0\n", "srv/own": "devel go1.28-4b1f2e6 Mon\n",
            "home/a/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.24.1.linux-amd64": "go1.24.1\n",
            "var/mod/golang.org/toolchain@v0.0.1-go1.23.4.linux-amd64": "go1.23.4\n",
            // None of these is one.
            "usr/local/gold": "2.40\n", "usr/local/other": "go1.1\n", "opt/gone": "",
        ]
        for (place, content) in places {
            var folder = FilePath("")
            for name in place.split(separator: "/") {
                folder.append(String(name))
                if try !top.exists(folder) { try top.makeDirectory(folder) }
            }
            try top.write(folder.appending("VERSION"), content)
        }
        let found = InstalledToolchainsObserver(top: top.path).toolchains(
            roots: ["/srv/own", "/srv/own", "/nowhere"], homes: ["/home/a", "/home/b"], moduleCaches: ["/var/mod"])
        #expect(
            Set(found.found.map(\.version)) == [
                "go1.27.3", "go1.19.8", "go1.22.1", "go1.21.0", "go1.28-4b1f2e6", "go1.24.1", "go1.23.4",
            ])
        #expect(found.found.count == 7)
        #expect(found.has("go1.24.1") && !found.has("go1.24"))
    }

    /// Whoever owns the home chooses what stands there.
    @Test func noLinkIsFollowed() throws {
        let top = try TemporaryDirectory()
        for folder in ["home", "home/a", "home/a/sdk", "secret"] { try top.makeDirectory(FilePath(folder)) }
        try top.write("secret/VERSION", "go1.20.1\n")
        try top.makeSymbolicLink("home/a/sdk/go1.20.1", to: "../../../secret")
        let found = InstalledToolchainsObserver(top: top.path).toolchains(
            roots: [], homes: ["/home/a"], moduleCaches: [])
        #expect(found.found.isEmpty)
    }
}
