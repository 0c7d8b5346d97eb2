import SystemPackage
import Testing
import WardenLinux

/// `/proc/self/mountinfo` as `proc(5)` describes it.
struct MountTableTests {
    private static let table = """
        25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        26 25 0:23 / /home rw - autofs systemd-1 rw
        27 26 0:24 / /home/anna rw master:1 shared:2 - nfs4 server:/anna rw
        28 25 0:25 / /srv/with\\040blank rw - tmpfs none rw
        29 28 0:26 / /srv/with\\040blank rw - xfs /dev/vdb rw

        """

    @Test(arguments: [
        ("/", "ext4"), ("/root", "ext4"), ("/home", "autofs"), ("/home/anna", "nfs4"), ("/home/anna/.config", "nfs4"),
        ("/home/annabel", "autofs"), ("/srv/with blank/x", "xfs"),
    ])
    func isThatOfTheNearestMountAbove(path: FilePath, type: String) {
        #expect(MountTable(text: Self.table).type(of: path) == type)
    }

    @Test func isUnknownWithoutATable() {
        #expect(MountTable(text: "").type(of: "/") == nil)
        #expect(MountTable.current.type(of: "/") != nil)
    }
}
