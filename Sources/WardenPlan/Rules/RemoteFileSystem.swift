internal import WardenModel
internal import WardenPolicy

/// `cache-remote-file-system`: the cache stands where neither Go's locks and times nor the agent's looks can be relied on.
package struct RemoteFileSystem: CacheRule {
    private static let types: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "gfs2", "ocfs2", "beegfs",
        "virtiofs",
        // Where there is no /proc, by their magic numbers (statfs(2)).
        "type 0x6969", "type 0xff534d42", "type 0xfe534d42", "type 0x517b", "type 0x1021997", "type 0xc36400",
        "type 0x65735546",
    ]

    static func findings(_ context: CacheContext) -> [Finding] {
        guard case .present(let root) = context.observation.root, isRemote(root.fileSystem.type) else { return [] }
        return [
            context.planner.finding(
                .cacheRemoteFileSystem, .blocking, subject: context.path,
                Difference(wanted: "a local file system", found: root.fileSystem.type))
        ]
    }

    /// Whether another host, or a process of somebody's, answers for the files.
    package static func isRemote(_ type: String) -> Bool {
        types.contains(type) || type == "fuse" || type.hasPrefix("fuse.")
    }
}
