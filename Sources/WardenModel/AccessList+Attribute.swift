/// The kernel's form of a list: the value of `system.posix_acl_access` and `system.posix_acl_default`.
///
/// Little-endian: a version (2) in 32 bits, then for each entry tag and rights in 16 bits each and the id in 32. See
/// `linux/posix_acl_xattr.h`.
extension AccessList {
    /// Reads an attribute's value; `nil` for anything that is not a valid ACL, see `isValid`.
    ///
    /// The kernel takes two entries for one user or group (`acl_valid(3)` does not), and a file's owner can store
    /// such a list. They are read as the kernel decides by them: the first entry of a user counts, and of a group every
    /// one that grants.
    package init?(attribute bytes: [UInt8]) {
        guard bytes.count >= 4, (bytes.count - 4).isMultiple(of: 8), Self.version == bytes.word(at: 0) else {
            return nil
        }
        var list = AccessList([])
        for offset in stride(from: 4, to: bytes.count, by: 8) {
            let rights = bytes.half(at: offset + 2)
            guard let tag = Tag(kernel: bytes.half(at: offset)), rights <= 7 else { return nil }
            var entry = Entry(tag, id: bytes.word(at: offset + 4), Rights(rawValue: UInt8(rights)))
            if let known = list.rights(of: tag, id: entry.id) {
                switch tag {
                case .user: entry.rights = known
                case .group: entry.rights.formUnion(known)
                case .owner, .owningGroup, .mask, .other: return nil
                }
            }
            list.set(entry)
        }
        guard list.isValid else { return nil }
        self = list
    }

    /// The value that stores this list. The kernel takes it only if `isValid`.
    package var attributeBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + 8 * entries.count)
        bytes.append(word: Self.version)
        for entry in entries {
            let isNamed = entry.tag == .user || entry.tag == .group
            bytes.append(half: entry.tag.kernelValue)
            bytes.append(half: UInt16(entry.rights.rawValue))
            bytes.append(word: isNamed ? entry.id : Self.invalidID)
        }
        return bytes
    }

    /// `ACL_UNDEFINED_ID`, and -1 to `chown(2)`: the one number that is no user and no group.
    package static let invalidID = UInt32.max

    private static let version: UInt32 = 2
}

extension AccessList.Tag {
    /// `ACL_USER_OBJ` and its like, from `linux/posix_acl.h`.
    fileprivate var kernelValue: UInt16 {
        switch self {
        case .owner: 0x01
        case .user: 0x02
        case .owningGroup: 0x04
        case .group: 0x08
        case .mask: 0x10
        case .other: 0x20
        }
    }

    fileprivate init?(kernel value: UInt16) {
        switch value {
        case 0x01: self = .owner
        case 0x02: self = .user
        case 0x04: self = .owningGroup
        case 0x08: self = .group
        case 0x10: self = .mask
        case 0x20: self = .other
        default: return nil
        }
    }
}

extension [UInt8] {
    /// The little-endian 16 bits at `offset`; the caller has checked the length.
    fileprivate func half(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }

    fileprivate func word(at offset: Int) -> UInt32 {
        UInt32(half(at: offset)) | UInt32(half(at: offset + 2)) << 16
    }

    fileprivate mutating func append(half value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }

    fileprivate mutating func append(word value: UInt32) {
        append(half: UInt16(truncatingIfNeeded: value))
        append(half: UInt16(truncatingIfNeeded: value >> 16))
    }
}
