internal import Glibc

/// The host's own name.
package enum HostName {
    /// Returns what `gethostname(2)` says; `localhost` where the kernel does not say.
    ///
    /// `/proc/sys/kernel/hostname` says the same, but not in a unit with `ProcSubset=pid`.
    package static var current: String {
        var name = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
        guard unsafe gethostname(&name, name.count) == 0 else { return "localhost" }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? "localhost" : String(decoding: bytes, as: UTF8.self)
    }
}
