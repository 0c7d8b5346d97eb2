internal import SystemPackage

/// The host's own name.
package enum HostName {
    /// Returns what `uname(2)` calls the node; `localhost` where the kernel does not say.
    package static var current: String {
        let text = KernelFile.text("/proc/sys/kernel/hostname")?.split(separator: "\n").first
        return text.map(String.init) ?? "localhost"
    }
}
