internal import SystemPackage

/// What this process may do beyond what its user may. Corresponds to `capabilities(7)`, the effective set.
package struct Capabilities: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Give files away, to users and groups (`CAP_CHOWN`).
    package static let changeOwner = Capabilities(rawValue: 1 << 0)
    /// Read, write and search whatever the mode says (`CAP_DAC_OVERRIDE`).
    package static let overrideAccess = Capabilities(rawValue: 1 << 1)
    /// Do to anybody's file what only its owner may (`CAP_FOWNER`).
    package static let actAsOwner = Capabilities(rawValue: 1 << 3)
    /// Keep set-ID bits where chmod and setfacl would drop them without a word (`CAP_FSETID`).
    package static let keepSetID = Capabilities(rawValue: 1 << 4)
    /// Ask the kernel who has anybody's file open (`CAP_LEASE`).
    package static let lease = Capabilities(rawValue: 1 << 28)

    /// Returns the effective set of this process; none where the kernel does not tell (no `/proc`).
    package static var current: Capabilities {
        let line = KernelFile.text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let digits = line?.dropFirst("CapEff:".count).drop { $0 == "\t" || $0 == " " }
        return Capabilities(rawValue: digits.flatMap { UInt64($0, radix: 16) } ?? 0)
    }
}
