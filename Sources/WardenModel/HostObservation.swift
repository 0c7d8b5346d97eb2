package import SystemPackage

/// What the host as a whole does for the safety of its caches, at one moment.
package struct HostObservation: Sendable {
    /// A user who may write to a cache through a group.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let id: UserID

        package init(name: String, id: UserID) {
            self.name = name
            self.id = id
        }
    }

    /// Whether only who may write to a file may give it another name (`fs.protected_hardlinks`, `proc_sys_fs(5)`).
    ///
    /// `nil`, here and below, where the kernel does not say.
    package let protectsHardLinks: Bool?
    /// Whether links in sticky directories are followed for their owners alone (`fs.protected_symlinks`).
    package let protectsSymbolicLinks: Bool?
    /// Whether others' files in sticky directories are kept from being opened by who wants to make them
    /// (`fs.protected_regular`).
    package let protectsRegularFiles: Bool?
    /// Who is listed in the groups that policies name.
    package let members: [GroupID: [Member]]

    /// What is assumed where nobody looked.
    package static let unknown = HostObservation()

    package init(
        protectsHardLinks: Bool? = nil, protectsSymbolicLinks: Bool? = nil, protectsRegularFiles: Bool? = nil,
        members: [GroupID: [Member]] = [:]
    ) {
        self.protectsHardLinks = protectsHardLinks
        self.protectsSymbolicLinks = protectsSymbolicLinks
        self.protectsRegularFiles = protectsRegularFiles
        self.members = members
    }
}
