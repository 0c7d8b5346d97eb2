internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// Reading by the raw attribute: one system call, no `stat(2)`, no list on libacl's heap, and the same answer.
extension OwnedDescriptor {
    /// Returns a file's access list where there is an extended one; `nil` means that the mode alone decides.
    ///
    /// Corresponds to `acl_get_fd(3)`, and works for `O_PATH` descriptors too. Throws `.notSupported` where the file
    /// system has no ACLs and for symbolic links, `.invalidArgument` for an attribute that is no valid ACL.
    package borrowing func accessList() throws(Errno) -> AccessList? { try list("system.posix_acl_access") }

    /// Returns a directory's default list; `nil` where there is none, and for what is not a directory.
    ///
    /// Corresponds to `acl_get_file(3)` with `ACL_TYPE_DEFAULT` on `/proc/self/fd`. Throws as `accessList()` does.
    package borrowing func defaultList() throws(Errno) -> AccessList? { try list("system.posix_acl_default") }

    private borrowing func list(_ attribute: String) throws(Errno) -> AccessList? {
        // 127 entries; longer lists are rare enough to read twice.
        var bytes = try value(of: attribute, limit: 1024)
        if bytes == nil { bytes = try value(of: attribute, limit: attributeLimit) }
        guard let bytes else { throw .outOfRange }
        guard !bytes.isEmpty else { return nil }
        guard let list = AccessList(attribute: bytes) else { throw .invalidArgument }
        return list
    }

    /// Returns the attribute's bytes, none where there is no such attribute, `nil` where there are more than `limit`.
    private borrowing func value(of attribute: String, limit: Int) throws(Errno) -> [UInt8]? {
        let file = number
        var bytes = [UInt8](repeating: 0, count: limit)
        do throws(Errno) {
            let count = try retryingCount { unsafe clinux_getxattr(file, "", attribute, &bytes, limit) }
            return Array(bytes.prefix(count))
        } catch {
            switch error {
            case .noData: return []
            case .outOfRange: return nil
            default: throw error
            }
        }
    }
}

/// `XATTR_SIZE_MAX` of `linux/limits.h`: no attribute is longer.
private let attributeLimit = 65536
