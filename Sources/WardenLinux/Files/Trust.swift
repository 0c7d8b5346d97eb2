internal import CLinux
internal import Glibc
package import SystemPackage
internal import WardenModel

/// Whose files are believed: who owns a file, or a directory above it, decides what stands in it.
package struct Trust: Hashable, Sendable {
    /// What is thought of directories that everybody may write to and that are sticky, such as `/tmp`.
    package enum StickyDirectories: Hashable, Sendable { case believed, refused }

    package let owners: Set<UserID>
    /// Whether they may stand above a file.
    package let stickyDirectories: StickyDirectories
    /// Who may own directories too, but neither a file nor a link: they could lead elsewhere.
    private var directoryOwners: Set<UserID> = []

    package init(owners: Set<UserID>, stickyDirectories: StickyDirectories = .believed) {
        self.owners = owners
        self.stickyDirectories = stickyDirectories
    }

    /// Returns a trust that also believes a service's own directories.
    package func believing(directoriesOf user: UserID) -> Trust {
        var trust = self
        trust.directoryOwners.insert(user)
        return trust
    }

    /// Root's files alone.
    package static var root: Trust { Trust(owners: [.root]) }

    /// Root's files, below directories to which nobody else may add a name: programs, which look for more of their
    /// own files beside themselves.
    package static var rootThroughout: Trust { Trust(owners: [.root], stickyDirectories: .refused) }

    /// Root's files, and those of the user on whose behalf the process runs. Corresponds to `geteuid(2)`.
    package static var rootAndCaller: Trust { Trust(owners: [.root, UserID(geteuid())]) }

    /// Returns why an inode is not to be believed, or `nil`.
    ///
    /// A user or group named in an ACL can write only what the mask lets through, and the mask is what `st_mode`
    /// shows as the group's rights (`acl(5)`): the mode covers them.
    func objection(to status: NodeStatus) -> FileError.Reason? {
        let owner = UserID(status.raw.owner)
        let isBelieved = owners.contains(owner) || status.kind == .directory && directoryOwners.contains(owner)
        guard isBelieved else { return .untrustedOwner(owner) }
        // A link's mode says nothing: nobody can write to a link.
        if status.kind != .symbolicLink, status.mode.rawValue & 0o022 != 0 { return .writableByOthers(status.mode) }
        return nil
    }
}
