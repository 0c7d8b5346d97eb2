internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// A toolchain's `bin` on the PATH of login shells: only once the toolchain is the one that the policy wants.
enum PathEntry {
    static func isDelivered(by form: DeliveryForm) -> Bool { form == .shell || form == .csh }

    static func value(of toolchain: ToolchainPolicy) -> DeliveredValue {
        .pathEntry(toolchain.path.appending("bin").string)
    }

    /// Whether every shell takes the path for what it is, and PATH for one folder.
    static func isPlain(_ toolchain: ToolchainPolicy) -> Bool {
        toolchain.path.string.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Array("/._-+@".utf8).contains(byte)
            }
        }
    }

    /// Returns a finding for each path that cannot be written into a file.
    static func findings(_ policies: [Policy]) -> [Finding] {
        policies.flatMap { policy in
            policy.toolchains.filter { $0.pathEntry && !isPlain($0) }.map { toolchain in
                Finding(
                    rule: .environmentMissing, severity: RuleReference.of(.environmentMissing).severity,
                    disposition: .manual, cache: policy.name, subject: "PATH, for login shells",
                    wanted: escapedForDisplay(value(of: toolchain).text),
                    found: "a path that shells would read otherwise",
                    remedy: "give the toolchain a path of letters, digits, '.', '_', '-', '+' and '@'",
                    place: toolchain.path)
            }
        }
    }
}
