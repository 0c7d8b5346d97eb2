package import SystemPackage
internal import WardenModel

/// A Go toolchain of `$CACHEWARDEN_TEST_TOOLCHAINS/go-*`, for tests with real builds.
package struct GoToolchain: Hashable, Sendable, CustomStringConvertible {
    package let root: FilePath
    /// `[1, 27, 3]`.
    package let version: [Int]

    package var description: String { root.lastComponent?.string ?? root.string }
    package var go: FilePath { root.appending("bin/go") }

    /// All toolchains, oldest first; empty where none are prepared.
    package static let all: [GoToolchain] = {
        guard let folder = TestProcess.environment("CACHEWARDEN_TEST_TOOLCHAINS").map({ FilePath($0) }) else {
            return []
        }
        // A folder that cannot be listed is a folder without toolchains: the tests are skipped with that reason.
        let names = (try? FixtureCalls.names(in: folder)) ?? []
        return names.map { String(decoding: $0, as: UTF8.self) }.filter { $0.hasPrefix("go-") }
            .map { name in
                GoToolchain(
                    root: folder.appending(name),
                    version: name.dropFirst(3).split(separator: ".").compactMap { Int($0) })
            }
            // As above: what has no go is no toolchain.
            .filter { (try? FixtureCalls.status(of: $0.go)) != nil }
            .sorted { $0.version.lexicographicallyPrecedes($1.version) }
    }()

    /// What tests without any say.
    package static let reason = "needs Go toolchains as $CACHEWARDEN_TEST_TOOLCHAINS/go-*/bin/go"
}
