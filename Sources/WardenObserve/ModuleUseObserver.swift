internal import WardenGoCache
internal import WardenLinux
package import WardenModel

/// Answers which module versions running builds may still come to: those that the files of their modules name.
package struct ModuleUseObserver: Sendable {
    /// Longer files are read up to here. A `go.sum` of 30,000 lines has 4 MiB.
    private static let mostBytes = 16 << 20
    private static let mostLevels = 64
    private static let mostUses = 1_024

    package init() {}

    /// Returns the keys of the versions that `go.mod`, `go.sum`, `go.work` and `go.work.sum` name, from each build's
    /// working directory upwards, and in the directories that a workspace uses.
    ///
    /// What cannot be read names nothing: such a build keeps what was used since its start all the same.
    package func keys(of builds: [RunningBuild]) -> Set<UInt64> {
        var keys: Set<UInt64> = []
        var seen: Set<InodeIdentity> = []
        for build in builds {
            var next = ProcessDirectory.working(of: build.process)
            for _ in 0..<Self.mostLevels {
                guard let directory = next else { break }
                // Builds of one tree share what is above it.
                guard seen.insert(directory.identity).inserted else { break }
                addVersions(of: directory, ["go.mod", "go.sum", "go.work", "go.work.sum"], to: &keys)
                for use in uses(of: directory) {
                    guard let used = directory.directory(use) else { continue }
                    addVersions(of: used, ["go.mod", "go.sum"], to: &keys)
                }
                next = directory.parent()
            }
        }
        return keys
    }

    private func addVersions(of directory: ProcessDirectory, _ names: [String], to keys: inout Set<UInt64>) {
        for name in names {
            guard let content = directory.beginning(of: name, Self.mostBytes) else { continue }
            keys.formUnion(ModuleFile(parsing: content).versions.map(\.key))
        }
    }

    private func uses(of directory: ProcessDirectory) -> [String] {
        guard let content = directory.beginning(of: "go.work", Self.mostBytes) else { return [] }
        return Array(ModuleFile(parsing: content).uses.prefix(Self.mostUses))
    }
}
