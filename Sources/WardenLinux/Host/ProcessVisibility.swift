internal import CLinux
package import SystemPackage

/// Whether a mount of `/proc` shows the processes of everybody.
package struct ProcessVisibility: Sendable {
    private let options: [Substring]

    /// Takes the file system's own options, as `/proc/PID/mountinfo` ends with them: `rw,gid=5,hidepid=invisible`.
    package init(options: some StringProtocol) {
        self.options = options.split(separator: ",").map { Substring($0) }
    }

    /// Reads the options of the mount that a directory is on.
    package init(at path: FilePath) throws(Errno) {
        self.init(ofMount: try openByPath(path.kernelBytes, OpenFlags.path).status().raw.mount)
    }

    /// Reads the options of a mount by its id, which is 0 where the kernel does not tell it.
    init(ofMount mount: UInt64) {
        let lines = (KernelFile.text("/proc/self/mountinfo") ?? "").split(separator: "\n")
        let mounts = lines.map { $0.split(separator: " ") }
        let fields = mounts.last {
            mount == 0 ? $0.dropFirst(4).first == "/proc" : $0.first == Substring(String(mount))
        }
        self.init(options: fields?.last ?? "")
    }

    /// Returns whether a process with these rights sees all others. See `hidepid` in `proc(5)`.
    package func showsEverything(to capabilities: Capabilities, in groups: Set<UInt32>) -> Bool {
        switch value(of: "hidepid") {
        case nil, "0", "off": true
        // Only those that may be traced, whatever the group.
        case "4", "ptraceable": capabilities.contains(.inspectProcesses)
        default:
            // Without the option it is root's group.
            capabilities.contains(.inspectProcesses) || groups.contains(value(of: "gid").flatMap { UInt32($0) } ?? 0)
        }
    }

    private func value(of name: String) -> Substring? {
        options.last { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1)
    }
}

extension Capabilities {
    /// Read what other users' processes keep to themselves (`CAP_SYS_PTRACE`).
    package static let inspectProcesses = Capabilities(rawValue: 1 << 19)
}
