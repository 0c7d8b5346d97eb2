package import SystemPackage

/// What the policies and settings in force ask of the sandboxes that the agent's units run in.
package struct UnitNeeds: Hashable, Sendable {
    /// Cache roots of any mode: closed ones would look as if their file system were read-only. Sorted, none twice, as
    /// all of these.
    package var caches: [FilePath]
    /// Folders of other files that a run may have to write to.
    package var folders: [FilePath]
    /// Cache roots that a run is to make: there must be a directory before a sandbox can open it.
    package var created: [FilePath]
    /// Whether somebody's environment is compared, which files in homes are part of.
    package var readsHomes: Bool
    /// Whether a run starts programs as somebody else: a toolchain's `go version` as nobody, `go clean` as a cache's owner.
    package var becomesOthers: Bool
    /// Names of the credentials by which receivers are told.
    package var credentials: [String]

    package init(
        caches: some Sequence<FilePath> = [], folders: some Sequence<FilePath> = [],
        created: some Sequence<FilePath> = [], readsHomes: Bool = false,
        becomesOthers: Bool = false, credentials: some Sequence<String> = []
    ) {
        self.caches = Set(caches).sorted { $0.string < $1.string }
        self.folders = Set(folders).sorted { $0.string < $1.string }
        self.created = Set(created).sorted { $0.string < $1.string }
        self.readsHomes = readsHomes
        self.becomesOthers = becomesOthers
        self.credentials = Set(credentials).sorted()
    }
}
