internal import CLinux
package import SystemPackage
package import WardenModel

extension OwnedDescriptor {
    /// Asks the file system what it is and how much room it has.
    ///
    /// Corresponds to `fstatfs(2)`; the type's name and `lazytime` come from `/proc/self/mountinfo` (`proc(5)`),
    /// and are unknown where there is no `/proc`.
    package func fileSystem() throws(Errno) -> FileSystemObservation {
        var space = clinux_space()
        let number = number
        _ = try retrying { unsafe clinux_space(number, &space) }
        let status = try status().raw
        let mount = MountTable.current.mount(status.mount)
        let flags = SpaceFlags(rawValue: space.flags)
        let times: FileSystemObservation.AccessTimes =
            flags.contains(.noAccessTimes)
            ? .noatime : flags.contains(.relativeAccessTimes) ? .relatime : .strictatime
        return FileSystemObservation(
            type: mount?.type ?? "type 0x" + String(space.type, radix: 16), isReadOnly: flags.contains(.readOnly),
            supportsACLs: try supportsACLs(), accessTimes: times, hasLazyTimes: mount?.hasLazyTimes ?? false,
            restrictions: flags.restrictions, isOwnMount: status.isMountRoot && mount?.isWhole ?? true,
            size: ByteCount(space.size), available: ByteCount(space.available), inodes: space.inodes,
            freeInodes: space.free_inodes)
    }
}

extension OwnedDescriptor {
    /// Returns what the mount keeps everybody from doing. Corresponds to `f_flags` of `fstatfs(2)`.
    package func mountFlags() throws(Errno) -> (isReadOnly: Bool, restrictions: Set<MountRestriction>) {
        var space = clinux_space()
        let number = number
        _ = try retrying { unsafe clinux_space(number, &space) }
        let flags = SpaceFlags(rawValue: space.flags)
        return (flags.contains(.readOnly), flags.restrictions)
    }
}

/// `f_flags` of `statfs(2)`.
private struct SpaceFlags: OptionSet {
    let rawValue: UInt64
    static let readOnly = SpaceFlags(rawValue: 1)
    static let noSetID = SpaceFlags(rawValue: 2)
    static let noDevices = SpaceFlags(rawValue: 4)
    static let noExecution = SpaceFlags(rawValue: 8)
    static let noAccessTimes = SpaceFlags(rawValue: 1024)
    static let relativeAccessTimes = SpaceFlags(rawValue: 4096)

    var restrictions: Set<MountRestriction> {
        var found: Set<MountRestriction> = []
        if contains(.noSetID) { found.insert(.noSetID) }
        if contains(.noDevices) { found.insert(.noDevices) }
        if contains(.noExecution) { found.insert(.noExecution) }
        return found
    }
}

/// The mounts of this process's namespace, as `/proc/self/mountinfo` lists them.
package struct MountTable {
    fileprivate struct Mount {
        let type: String
        let hasLazyTimes: Bool
        /// Whether it shows the whole file system: a unit's sandbox is made of mounts that show a folder of one.
        let isWhole: Bool
    }

    private let lines: [[Substring]]

    /// Reads the table; empty where `/proc` is not mounted, which only costs the type's name.
    package static var current: MountTable { MountTable(text: KernelFile.text("/proc/self/mountinfo") ?? "") }

    package init(text: String) { lines = text.split(separator: "\n").map { $0.split(separator: " ") } }

    /// Returns the mount with this id (the first field of its line).
    fileprivate func mount(_ id: UInt64) -> Mount? {
        guard let fields = lines.first(where: { $0.first == Substring(String(id)) }) else { return nil }
        guard let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count else { return nil }
        let options = (fields[5] + "," + fields[dash + 3]).split(separator: ",")
        return Mount(
            type: String(fields[dash + 1]), hasLazyTimes: options.contains("lazytime"), isWhole: fields[3] == "/")
    }

    /// Returns the type of the file system that a path is on, or `nil` where the table says nothing. Of several mounts at one place
    /// the last one hides the others.
    ///
    /// The path itself is not touched: a server that does not answer keeps nobody waiting.
    package func type(of path: FilePath) -> String? {
        var found: (depth: Int, type: Substring)?
        for fields in lines {
            guard let dash = fields.firstIndex(of: "-"), dash > 4, dash + 1 < fields.count else { continue }
            let place = FilePath(Self.plain(fields[4]))
            guard path.starts(with: place), place.components.count >= found?.depth ?? 0 else { continue }
            found = (place.components.count, fields[dash + 1])
        }
        return found.map { String($0.type) }
    }

    /// Returns a path without the kernel's octal escapes for what would end a field or a line.
    private static func plain(_ text: Substring) -> String {
        [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")].reduce(String(text)) { text, escape in
            text.replacing(escape.0, with: escape.1)
        }
    }
}
