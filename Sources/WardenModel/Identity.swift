package import SystemPackage

extension UserID {
    package static var root: UserID { UserID(0) }
}

/// One inode for as long as it lives: device and inode number (`st_dev`, `st_ino`).
package struct InodeIdentity: Hashable, Sendable, Codable {
    package let device: UInt64
    package let inode: UInt64

    package init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}
