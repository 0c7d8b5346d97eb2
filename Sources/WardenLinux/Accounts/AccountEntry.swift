internal import Glibc
internal import SystemPackage

/// Reading the entries that the name service writes into a caller's buffer.
enum AccountEntry {
    struct Group {
        let name: String
        let id: GroupID
        let members: [String]
    }

    /// What `getpwnam_r(3)` and its like take after the name or id: entry, buffer, its size, and where to say "found".
    typealias Call<Entry> = (
        UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    ) -> CInt

    static func user(_ call: Call<passwd>) throws(Errno) -> UserAccount? {
        let account = try unsafe lookUp(call) { entry in
            UserAccount(
                name: unsafe text(entry.pw_name), id: UserID(rawValue: unsafe entry.pw_uid),
                primaryGroup: GroupID(rawValue: unsafe entry.pw_gid), homeDirectory: unsafe path(entry.pw_dir))
        }
        guard let account, account.id.rawValue != nobodysID else { return nil }
        return account
    }

    static func group(_ call: Call<group>) throws(Errno) -> Group? {
        let group = try unsafe lookUp(call) { entry in
            Group(
                name: unsafe text(entry.gr_name), id: GroupID(rawValue: unsafe entry.gr_gid),
                members: unsafe texts(entry.gr_mem))
        }
        guard let group, group.id.rawValue != nobodysID else { return nil }
        return group
    }

    /// -1 to `chown(2)`, which keeps the owner: never an account's id.
    private static let nobodysID = UInt32.max

    /// Groups of 100,000 members need about this much; beyond, the service is at fault.
    private static let bufferLimit = 16 << 20

    private static func lookUp<Entry, Value>(
        _ call: Call<Entry>, read: (Entry) -> Value
    ) throws(Errno) -> Value? {
        let entry = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
        defer { unsafe entry.deallocate() }
        var size = 1024
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { unsafe buffer.deallocate() }
            var found: UnsafeMutablePointer<Entry>?
            let code = unsafe Errno(rawValue: call(entry, buffer, size, &found))
            switch code.rawValue {
            // The strings of an entry stand in the buffer: they are copied before it goes.
            case 0: return unsafe found.map { unsafe read($0.pointee) }
            // Both mean "no such name" to some services, see getpwnam_r(3).
            case ENOENT, ESRCH: return nil
            case EINTR: continue
            case ERANGE where size < bufferLimit: size *= 4
            default: throw code
            }
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        unsafe pointer.map { unsafe String(cString: $0) } ?? ""
    }

    private static func path(_ pointer: UnsafeMutablePointer<CChar>?) -> FilePath? {
        guard let pointer = unsafe pointer, unsafe pointer.pointee != 0 else { return nil }
        return unsafe FilePath(platformString: pointer)
    }

    private static func texts(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String] {
        guard var next = unsafe list else { return [] }
        var texts: [String] = []
        while let name = unsafe next.pointee {
            texts.append(unsafe String(cString: name))
            unsafe next += 1
        }
        return texts
    }
}
