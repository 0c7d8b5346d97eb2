internal import CLinux
internal import Glibc
internal import SystemPackage

/// What a sandbox around this process takes from it, asked without changing anything.
package enum Sandbox {
    /// Whether set-ID bits may be set on files: a filter such as systemd's `RestrictSUIDSGID=yes` refuses every call that
    /// would (`systemd.exec(5)`).
    package static var allowsSetID: Bool {
        // The filter looks at the arguments before the kernel finds out that there is no such descriptor.
        clinux_chmod_probe(mode_t(S_ISGID | S_IRWXU)) == -EBADF
    }

    /// Whether descriptors can be reached by name below `/proc/self/fd`, which ACLs and, before Linux 6.6, modes need.
    package static var hasProc: Bool { KernelFile.text("/proc/self/stat") != nil }

    /// Whether `openat2(2)` answers. Without it names are opened one by one, which is as safe and slower.
    package static var hasOpenat2: Bool {
        let number = unsafe clinux_openat2_beneath(AT_FDCWD, ".", O_DIRECTORY | OpenFlags.path)
        guard number >= 0 else { return false }
        _ = OwnedDescriptor(adopting: FileDescriptor(rawValue: number))
        return true
    }
}
