internal import CACL
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// From a list of values to libacl's and back.
extension AccessList {
    /// Returns libacl's form of the list, which the caller frees with `acl_free(3)`.
    func libraryList() throws(Errno) -> acl_t {
        var list = unsafe acl_init(CInt(entries.count))
        let code = errno
        guard unsafe list != nil else { throw Errno(rawValue: code) }
        do throws(Errno) {
            for entry in entries { try unsafe entry.append(to: &list) }
        } catch {
            // It fails only for what is no list.
            _ = unsafe acl_free(UnsafeMutableRawPointer(list))
            throw error
        }
        // `acl_create_entry` moves the list where it must, and never to nowhere.
        guard let list = unsafe list else { throw .noMemory }
        return unsafe list
    }

    /// Reads libacl's form; the cursor of `list` moves.
    init(libraryList list: acl_t) throws(Errno) {
        var entries: [Entry] = []
        var position = ACL_FIRST_ENTRY
        while true {
            var entry: acl_entry_t?
            let result = unsafe acl_get_entry(list, position, &entry)
            let code = errno
            guard result >= 0 else { throw Errno(rawValue: code) }
            guard result == 1, let entry = unsafe entry else { break }
            entries.append(try unsafe Entry(libraryEntry: entry))
            position = ACL_NEXT_ENTRY
        }
        self.init(entries)
    }
}

extension AccessList.Entry {
    fileprivate func append(to list: inout acl_t?) throws(Errno) {
        var entry: acl_entry_t?
        var permissions: acl_permset_t?
        try call { unsafe acl_create_entry(&list, &entry) }
        guard let entry = unsafe entry else { throw .noMemory }
        try call { unsafe acl_set_tag_type(entry, tag.libraryTag) }
        if tag == .user || tag == .group {
            var id = id
            try call { unsafe acl_set_qualifier(entry, &id) }
        }
        try call { unsafe acl_get_permset(entry, &permissions) }
        guard let permissions = unsafe permissions else { throw .noMemory }
        try call { unsafe acl_clear_perms(permissions) }
        for (right, permission) in libraryPermissions where rights.contains(right) {
            try call { unsafe acl_add_perm(permissions, permission) }
        }
    }

    fileprivate init(libraryEntry entry: acl_entry_t) throws(Errno) {
        var number: acl_tag_t = 0
        var permissions: acl_permset_t?
        try call { unsafe acl_get_tag_type(entry, &number) }
        guard let tag = AccessList.Tag(libraryTag: number) else { throw .invalidArgument }
        try call { unsafe acl_get_permset(entry, &permissions) }
        var rights = Rights()
        for (right, permission) in libraryPermissions where unsafe acl_get_perm(permissions, permission) == 1 {
            rights.formUnion(right)
        }
        var id: UInt32 = 0
        if tag == .user || tag == .group {
            let qualifier = unsafe acl_get_qualifier(entry)
            let code = errno
            guard let qualifier = unsafe qualifier else { throw Errno(rawValue: code) }
            id = unsafe qualifier.load(as: UInt32.self)
            // It fails only for what is no qualifier.
            _ = unsafe acl_free(qualifier)
        }
        self.init(tag, id: id, rights)
    }
}

extension AccessList.Tag {
    fileprivate var libraryTag: acl_tag_t {
        switch self {
        case .owner: ACL_USER_OBJ
        case .user: ACL_USER
        case .owningGroup: ACL_GROUP_OBJ
        case .group: ACL_GROUP
        case .mask: ACL_MASK
        case .other: ACL_OTHER
        }
    }

    fileprivate init?(libraryTag number: acl_tag_t) {
        switch number {
        case ACL_USER_OBJ: self = .owner
        case ACL_USER: self = .user
        case ACL_GROUP_OBJ: self = .owningGroup
        case ACL_GROUP: self = .group
        case ACL_MASK: self = .mask
        case ACL_OTHER: self = .other
        default: return nil
        }
    }
}

private let libraryPermissions: [(right: Rights, permission: acl_perm_t)] = [
    (.read, acl_perm_t(ACL_READ)), (.write, acl_perm_t(ACL_WRITE)), (.execute, acl_perm_t(ACL_EXECUTE)),
]

/// Runs a function of libacl that reports failure as -1 and `errno`.
private func call(_ function: () -> CInt) throws(Errno) {
    let result = function()
    let code = errno
    guard result == 0 else { throw Errno(rawValue: code) }
}
