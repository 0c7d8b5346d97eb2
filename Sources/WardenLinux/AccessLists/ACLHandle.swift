internal import CACL
internal import Glibc
package import SystemPackage
package import WardenModel

/// A list in libacl's own form, made once and written to as many files as it is meant for.
///
/// Corresponds to `acl_t`, see `acl(5)`. Names never reach libacl: lists are built from ids, entry by entry.
@safe package struct ACLHandle: ~Copyable {
    private let list: acl_t

    /// Makes libacl's form of a list. Throws `.invalidArgument` for a list that is not `isValid`.
    package init(_ entries: AccessList) throws(Errno) {
        guard entries.isValid else { throw .invalidArgument }
        unsafe list = try entries.libraryList()
    }

    /// Reads a file's access list; where there is no extended one, the minimal list of its mode.
    ///
    /// Corresponds to `acl_get_file(3)` on `/proc/self/fd`, which takes `O_PATH` descriptors too.
    package init(accessListOf file: borrowing OwnedDescriptor) throws(Errno) {
        unsafe list = try file.libraryList(acl_type_t(ACL_TYPE_ACCESS))
    }

    /// Reads a directory's default list, which has no entries where there is none.
    ///
    /// Throws `.permissionDenied` for what is not a directory, as `acl_get_file(3)` does.
    package init(defaultListOf directory: borrowing OwnedDescriptor) throws(Errno) {
        unsafe list = try directory.libraryList(acl_type_t(ACL_TYPE_DEFAULT))
    }

    deinit {
        // It fails only for what is no list.
        _ = unsafe acl_free(UnsafeMutableRawPointer(list))
    }

    /// Returns the entries as libacl has them; of two for one subject the later wins.
    package consuming func entries() throws(Errno) -> AccessList {
        try unsafe AccessList(libraryList: list)
    }

    /// Writes the list to what is open, as its access list.
    fileprivate borrowing func write(to file: CInt) throws(Errno) {
        while true {
            let result = unsafe acl_set_fd(file, list)
            let code = errno
            guard result != 0 else { return }
            guard code == EINTR else { throw Errno(rawValue: code) }
        }
    }

    /// Writes the list to what stands behind `path`, which is one of `/proc/self/fd`.
    fileprivate borrowing func write(to path: String, _ type: acl_type_t) throws(Errno) {
        while true {
            let result = unsafe acl_set_file(path, type, list)
            let code = errno
            guard result != 0 else { return }
            guard code == EINTR else { throw Errno(rawValue: code) }
        }
    }
}

// After `init`, only `write` touches the list, and `acl_set_file` only reads it: it encodes the entries into a buffer of its
// own, from a `const` list (libacl's __acl_to_xattr.c). `entries()` moves the list's own cursor, so it consumes the handle.
extension ACLHandle: @unchecked Sendable {}

extension OwnedDescriptor {
    /// Writes a file's access list, and with it the nine rights bits of its mode.
    ///
    /// Corresponds to `acl_set_fd(3)`, and for `O_PATH` descriptors, which it refuses, to `acl_set_file(3)` with
    /// `ACL_TYPE_ACCESS` on `/proc/self/fd`. Without
    /// `CAP_FSETID` the kernel may clear setgid and still say that all is well: read the mode again. Throws
    /// `.notSupported` where the file system has no ACLs and for symbolic links, `.noSuchFileOrDirectory` without
    /// `/proc`.
    package borrowing func setAccessList(_ handle: borrowing ACLHandle) throws(Errno) {
        do throws(Errno) {
            try handle.write(to: number)
        } catch .badFileDescriptor {
            try handle.write(to: processPath, acl_type_t(ACL_TYPE_ACCESS))
        }
    }

    /// Writes a directory's default list. Throws `.permissionDenied` for what is not a directory.
    ///
    /// Corresponds to `acl_set_file(3)` with `ACL_TYPE_DEFAULT` on `/proc/self/fd`.
    package borrowing func setDefaultList(_ handle: borrowing ACLHandle) throws(Errno) {
        try handle.write(to: processPath, acl_type_t(ACL_TYPE_DEFAULT))
    }

    /// Removes a directory's default list; does nothing where there is none.
    ///
    /// Corresponds to `acl_delete_def_file(3)` on `/proc/self/fd`.
    package borrowing func removeDefaultList() throws(Errno) {
        while true {
            let result = unsafe acl_delete_def_file(processPath)
            let code = errno
            guard result != 0 else { return }
            guard code == EINTR else { throw Errno(rawValue: code) }
        }
    }

    /// The kernel's own link to what the descriptor is open on: the only path that ever goes to libacl.
    var processPath: String { "/proc/self/fd/\(number)" }

    /// Returns a list that the caller frees.
    fileprivate borrowing func libraryList(_ type: acl_type_t) throws(Errno) -> acl_t {
        while true {
            let list = unsafe acl_get_file(processPath, type)
            let code = errno
            if let list = unsafe list { return unsafe list }
            guard code == EINTR else { throw Errno(rawValue: code) }
        }
    }
}
