internal import SystemPackage

/// How the kernel keeps users from using others' files by another name. Corresponds to `proc_sys_fs(5)`.
package enum LinkProtections {
    /// Whether `fs.protected_hardlinks` is on; `nil` where the kernel does not say.
    package static var hardLinks: Bool? { isOn("hardlinks") }
    /// Whether `fs.protected_symlinks` is on.
    package static var symbolicLinks: Bool? { isOn("symlinks") }
    /// Whether `fs.protected_regular` is on.
    package static var regularFiles: Bool? { isOn("regular") }

    private static func isOn(_ name: String) -> Bool? {
        guard let text = KernelFile.text(FilePath("/proc/sys/fs/protected_" + name)), let digit = text.first else {
            return nil
        }
        return digit != "0"
    }
}
