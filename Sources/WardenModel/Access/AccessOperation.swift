/// Something that one may want to do with a file or a directory.
package enum AccessOperation: String, Hashable, Sendable, CaseIterable {
    /// Read a file, or list a directory's names.
    case read
    /// Write to a file.
    case write
    case execute
    /// Reach what is in a directory.
    case search
    /// Make a new name in a directory.
    case create
    /// Remove this file; of a directory: what is in it.
    case delete

    /// Returns what can be done with an inode of this kind, in the order of reports.
    package static func all(on kind: NodeKind) -> [AccessOperation] {
        kind == .directory ? [.read, .search, .create, .delete] : [.read, .write, .execute, .delete]
    }

    /// The rights that it takes on the inode itself, or for `delete` on the directory.
    var rights: Rights {
        switch self {
        case .read: .read
        case .write: .write
        case .execute, .search: .execute
        case .create, .delete: [.write, .execute]
        }
    }
}
