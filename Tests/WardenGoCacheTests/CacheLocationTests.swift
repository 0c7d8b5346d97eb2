import SystemPackage
import Testing
import WardenGoCache

struct CacheLocationTests {
    private static let homeFile: FilePath = "/home/ann/.config/go/env"

    private func find(
        _ environment: [String: String], _ files: [FilePath: String] = [:], toolchain: FilePath? = nil
    ) throws -> CacheLocation {
        try CacheLocation.find(in: environment, toolchain: toolchain) { files[$0].map { Array($0.utf8) } }
    }

    private func explanation(_ environment: [String: String], _ files: [FilePath: String] = [:]) -> String {
        do {
            return "found \(try find(environment, files))"
        } catch {
            return "\(error)"
        }
    }

    @Test func asksTheEnvironmentFirst() throws {
        let found = try find(["GOCACHE": "/c", "HOME": "/home/ann"], [Self.homeFile: "GOCACHE=/f\n"])
        #expect(found.path == "/c")
        #expect(found.source == .environment)
        #expect(found.source.description == "set in the environment")
    }

    @Test func asksTheEnvFileNext() throws {
        let file = "# by go env -w\nGOCACHE=/old\n\nGOFLAGS=-x\nGOCACHE=/f=g\n"
        let found = try find(["GOCACHE": "", "HOME": "/home/ann", "XDG_CACHE_HOME": "/x"], [Self.homeFile: file])
        #expect(found.path == "/f=g")
        #expect(found.source == .file(Self.homeFile, line: 5))
        #expect(found.source.description == "set in '/home/ann/.config/go/env', line 5")
    }

    @Test func findsTheEnvFileWhereGoDoes() {
        #expect(EnvironmentFile.path(in: ["HOME": "/h"]) == "/h/.config/go/env")
        #expect(EnvironmentFile.path(in: ["HOME": "/h", "XDG_CONFIG_HOME": "/x/"]) == "/x/go/env")
        #expect(EnvironmentFile.path(in: ["HOME": "/h", "XDG_CONFIG_HOME": "x"]) == nil)
        #expect(EnvironmentFile.path(in: ["HOME": "/h", "GOENV": "/etc/go"]) == "/etc/go")
        #expect(EnvironmentFile.path(in: ["HOME": "/h", "GOENV": "off"]) == nil)
        #expect(EnvironmentFile.path(in: ["HOME": "/h", "GOENV": ""]) == "/h/.config/go/env")
        #expect(EnvironmentFile.path(in: [:]) == nil)
    }

    @Test func asksTheToolchainAfterTheUser() throws {
        let toolchain: [FilePath: String] = ["/go/go.env": "GOPROXY=x\nGOCACHE=/t\n"]
        let fromToolchain = try find(["HOME": "/home/ann"], toolchain, toolchain: "/go")
        #expect(fromToolchain.source == .file("/go/go.env", line: 2))
        // An empty setting of the user hides the toolchain's: cmd/go looks at the key alone.
        let both = toolchain.merging([Self.homeFile: "GOCACHE=\n"]) { first, _ in first }
        #expect(try find(["HOME": "/home/ann"], both, toolchain: "/go").source == .home)
    }

    @Test func fallsBackToTheDefaults() throws {
        let cacheHome = try find(["HOME": "/home/ann", "XDG_CACHE_HOME": "/x/../y"])
        #expect(cacheHome.path == "/y/go-build")
        #expect(cacheHome.source == .cacheHome)
        let home = try find(["HOME": "/home/ann/"])
        #expect(home.path == "/home/ann/.cache/go-build")
        #expect(home.source == .home)
    }

    @Test(arguments: ["#GOCACHE=/f", " GOCACHE=/f", "gocache=/f", "GOCACHE /f", "GOCACHE =/f", "export GOCACHE=/f"])
    func passesOverLinesThatGoDoesNotRead(line: String) throws {
        #expect(try find(["HOME": "/home/ann"], [Self.homeFile: line]).source == .home)
    }

    @Test func explainsWhatLeavesABuildWithoutCache() {
        #expect(
            explanation([:]) == """
                GOCACHE is not set, and neither is XDG_CACHE_HOME nor HOME: every build fails; \
                that is what a systemd service or a bare cron job gets, so set GOCACHE in its environment
                """)
        #expect(
            explanation(["GOCACHE": "off"]) == """
                GOCACHE is 'off' (set in the environment): since Go 1.12 every build needs a cache, and fails without \
                one; unset it or give an absolute path
                """)
        #expect(
            explanation(["HOME": "/home/ann"], [Self.homeFile: "GOCACHE=x\u{1b}/y"]) == """
                GOCACHE is 'x\\x1b/y' (set in '/home/ann/.config/go/env', line 1), which is not an absolute path: \
                every build fails; give a path that begins with '/'
                """)
        #expect(
            explanation(["XDG_CACHE_HOME": "cache", "HOME": "/h"]) == """
                GOCACHE is not set and XDG_CACHE_HOME is 'cache', which is not an absolute path: every build fails; \
                give a path that begins with '/'
                """)
        #expect(
            explanation(["HOME": "h"]) == """
                GOCACHE is not set and HOME is 'h', which is not an absolute path: each working directory would get \
                a cache of its own; set GOCACHE to an absolute path
                """)
    }
}
