internal import SystemPackage
internal import WardenLinux
internal import WardenPlan

extension MountTable {
    /// Whether a path is on this machine's own disks, as far as the table says. A server that does not answer would keep
    /// whoever looks from everything else.
    func isLocal(_ path: FilePath) -> Bool {
        type(of: path).map { $0 != "autofs" && !RemoteFileSystem.isRemote($0) } ?? false
    }
}
