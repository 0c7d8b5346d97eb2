import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

@Suite("Removal of module versions") struct ModuleRemoverTests {
    private static let folder = "cache/download/example.com/b/@v"
    private static let tree = "example.com/b@v1.0.0"
    private static let old = Timestamp(seconds: 1_700_000_000)
    private static let since: UInt32 = 1_750_000_000

    /// Makes one version, all of it a user's where one is given.
    private func fill(_ directory: borrowing TemporaryDirectory, owner: UserID? = nil, lock: Bool = true) throws {
        for name in [
            "cache", "cache/download", "cache/download/example.com", "cache/download/example.com/b",
            Self.folder, "example.com", Self.tree, "\(Self.tree)/sub",
        ] {
            try directory.makeDirectory(FilePath(name))
        }
        let downloads = ["info", "mod", "zip", "ziphash"] + (lock ? ["lock"] : [])
        let files = downloads.map { "\(Self.folder)/v1.0.0.\($0)" } + ["\(Self.tree)/go.mod", "\(Self.tree)/sub/b.go"]
        for name in files.map({ FilePath($0) }) {
            try directory.write(name, "x", mode: ModeBits(0o640))
            try directory.setTimes(name, accessed: Self.old, modified: Self.old)
        }
        for name in ["\(Self.tree)/sub", Self.tree] { try directory.setMode(FilePath(name), ModeBits(0o555)) }
        guard let owner else { return }
        for path in try TreeSnapshot(of: directory.path).nodes.keys {
            try directory.setOwnership(FilePath(path.description), owner: owner, group: GroupID(owner.rawValue))
        }
    }

    private func members(_ directory: borrowing TemporaryDirectory) throws -> [ModuleMember] {
        let nodes = try TreeSnapshot(of: directory.path).nodes.filter {
            $0.key.description == Self.tree || $0.key.description.hasPrefix("\(Self.folder)/")
        }
        return nodes.map { path, status in
            ModuleMember(path: path.bytes, inode: status.identity.inode, isTree: status.kind == .directory)
        }
    }

    private static func remover(_ path: FilePath) throws -> ModuleRemover {
        let root = try PinnedRoot(
            OwnedDescriptor(adopting: try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])))
        return ModuleRemover(root: root, unusedSince: since)
    }

    @Test(.enabled(if: TestProcess.isRoot, "needs root to become somebody else"))
    func itsOwnerMakesReadOnlyDirectoriesWritable() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        let user = UserID(65_534)
        try fill(directory, owner: user)
        let (members, path) = (try members(directory), directory.path)
        let files = try TestProcess.asUser(user, GroupID(65_534)) {
            let remover = try Self.remover(path)
            guard case .held(let held) = remover.close(members) else { throw Errno.resourceBusy }
            let removal = remover.finish(held, hasBuilds: false)
            guard case .removed = removal.removal else { throw Errno.ioError }
            return removal.files
        }
        #expect(files == 7)
        #expect(try TreeSnapshot(of: directory.path).nodes.values.allSatisfy { $0.kind == .directory })
        #expect(try !directory.exists(FilePath(Self.tree)))
    }

    @Test(.enabled(if: TestProcess.isRoot, "needs root to give files away"))
    func whatItMakesBelongsToWhoseVersionItIs() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        let user = UserID(65_534)
        try fill(directory, owner: user, lock: false)
        let remover = try Self.remover(directory.path)
        guard case .held(let held) = remover.close(try members(directory)) else {
            Issue.record("the doors are open")
            return
        }
        for name in ["partial", "lock"] {
            let status = try directory.status(FilePath("\(Self.folder)/v1.0.0.\(name)"))
            #expect(status.owner == user && status.group == GroupID(65_534) && status.mode == ModeBits(0o640))
        }
        guard case .kept(.interrupted) = remover.reopen(held, because: .interrupted).removal else {
            Issue.record("the doors stayed closed")
            return
        }
        #expect(try !directory.exists(FilePath("\(Self.folder)/v1.0.0.partial")))
        #expect(try directory.exists(FilePath("\(Self.folder)/v1.0.0.zip")))
    }

    /// In a hostile cache two versions may share a key.
    @Test(arguments: ["v2.0.0.info", "v1.0.0-rc.1.zip", "v1.0.0.1.zip9.tmp", "v1.0.0"])
    func partsOfTwoVersionsAreNoUnit(name: String) throws {
        let directory = try TemporaryDirectory()
        try fill(directory)
        try directory.write(FilePath("\(Self.folder)/\(name)"), "x")
        guard case .ended(let removal) = try Self.remover(directory.path).close(try members(directory)),
            case .kept(.refused) = removal.removal
        else {
            Issue.record("it was taken")
            return
        }
    }

    @Test(arguments: ["v1.0.0.zip", "v1.0.0.ziphash", "v1.0.0.lock"])
    func anotherInodeIsAnotherFile(name: String) throws {
        let directory = try TemporaryDirectory()
        try fill(directory)
        let (members, path) = (try members(directory), FilePath("\(Self.folder)/\(name)"))
        try directory.write("new", "x")
        try directory.setTimes("new", accessed: Self.old, modified: Self.old)
        try directory.rename("new", to: path)
        guard case .ended(let removal) = try Self.remover(directory.path).close(members),
            case .kept(.replaced) = removal.removal
        else {
            Issue.record("it was taken")
            return
        }
    }

    @Test func aVersionWithoutLockAndTreeNeedsNoDoors() throws {
        let directory = try TemporaryDirectory()
        try fill(directory, lock: false)
        try directory.removeTree(FilePath(Self.tree))
        for name in ["zip", "ziphash"] { try directory.remove(FilePath("\(Self.folder)/v1.0.0.\(name)")) }
        guard case .ended(let removal) = try Self.remover(directory.path).close(try members(directory)),
            case .removed = removal.removal
        else {
            Issue.record("it stayed")
            return
        }
        #expect(removal.files == 2)
        #expect(try TreeSnapshot(of: directory.path.appending(Self.folder)).nodes.count == 1)
    }
}
