import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A module cache that real toolchains fill, from which versions go.
    @Suite("Module caches", .enabled(if: Installation.canBuild, "\(Installation.buildsReason)"))
    struct ModuleCacheTests {
        @Test(arguments: Installation.toolchains)
        func goDownloadsAgainWhatWasEvicted(toolchain: Installation.Toolchain) throws {
            let host = try TestHost.make()
            let modules = try ModuleHost(host, toolchain)
            for version in ["v1.0.0", "v1.1.0"] { try modules.build(host, library: version) }
            try modules.age(host, days: 3)
            // The newer one is in use: a warm build reads of every version that it builds from.
            try modules.build(host, library: "v1.1.0")
            try modules.run(host, "apply", expecting: 0)
            #expect(try modules.versions(host) == ["example.com/!case/lib@v1.1.0", "example.com/top@v1.0.0"])
            #expect(try modules.parts(host, "v1.0.0") == [])

            try modules.verify(host)
            try modules.build(host, library: "v1.0.0")
            try modules.verify(host)
            #expect(try modules.versions(host).count == 3)
            try modules.run(host, "check", expecting: 0)
        }

        /// Killed before every call that changes the cache, with the first and with the newest toolchain.
        @Test(.enabled(if: Installation.canTrace, "needs strace")) func aCrashLeavesWhatGoCanUse() throws {
            let host = try TestHost.make()
            let newest = try #require(Installation.toolchains.last)
            let modules = try ModuleHost(host, newest)
            try modules.build(host, library: "v1.0.0")
            try modules.age(host, days: 3)
            let pristine = host.folder.path("pristine")
            try Command("/bin/cp", "-a", modules.cache.string, pristine.string).runSuccessfully()
            var states: Set<[String]> = []
            for call in ["renameat2", "unlinkat"] {
                for count in 1...100 {
                    try modules.restore(host, pristine)
                    guard try modules.crash(host, at: call, count) else { break }
                    let state = try modules.parts(host, "v1.0.0")
                    guard states.insert(state).inserted else { continue }
                    for toolchain in [newest, try #require(Installation.toolchains.first)] {
                        try modules.restore(host, pristine)
                        _ = try modules.crash(host, at: call, count)
                        try modules.build(host, library: "v1.0.0", toolchain)
                        try modules.verify(host, toolchain)
                    }
                    // Without a build in between the next run removes what is left.
                    try modules.restore(host, pristine)
                    _ = try modules.crash(host, at: call, count)
                    try modules.run(host, "apply", expecting: 0)
                    #expect(try modules.parts(host, "v1.0.0") == [], "after \(call) \(count): \(state)")
                    try modules.build(host, library: "v1.0.0")
                    try modules.verify(host)
                }
            }
            #expect(states.count > 12, "\(states.count) states")
        }
    }
}
