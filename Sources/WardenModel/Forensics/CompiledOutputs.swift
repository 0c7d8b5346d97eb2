/// Which Go made the archives and executables of a build cache, and which Go the host has.
package struct CompiledOutputs: Sendable {
    /// Keys of pairs, by the version that made their outputs (`go1.27.3`). What does not say its version is in none.
    package private(set) var keys: [String: [UInt64]] = [:]
    /// `nil` where nobody looked for them.
    package var toolchains: InstalledToolchains?

    package init(toolchains: InstalledToolchains? = nil) { self.toolchains = toolchains }

    package mutating func add(_ key: UInt64, madeBy version: String) { keys[version, default: []].append(key) }

    /// Adds what another thread has found.
    package mutating func add(_ other: CompiledOutputs) {
        for (version, found) in other.keys { keys[version, default: []] += found }
    }
}
