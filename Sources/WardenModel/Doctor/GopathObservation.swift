package import SystemPackage

/// What a user keeps in one folder of their GOPATH, as far as it can be in builds' way.
package struct GopathObservation: Hashable, Sendable {
    /// A folder below `src` that holds a `go.mod`.
    package struct Module: Hashable, Sendable {
        package let path: FilePath
        /// Folders that stand in for other modules, and are not there: `example.com/a => ../a`.
        package let missingReplacements: [String]

        package init(path: FilePath, missingReplacements: [String] = []) {
            self.path = path
            self.missingReplacements = missingReplacements
        }
    }

    package let path: FilePath
    /// Folders such as `pkg/linux_amd64`.
    package let archives: [FilePath]
    package let modules: [Module]

    package init(path: FilePath, archives: [FilePath] = [], modules: [Module] = []) {
        self.path = path
        self.archives = archives
        self.modules = modules
    }
}
