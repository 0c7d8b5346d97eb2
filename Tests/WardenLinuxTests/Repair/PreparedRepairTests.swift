import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct PreparedRepairTests {
    private static let list = AccessList(mode: ModeBits(0o770))
        .adding([.init(.group, id: 7, .all), .init(.mask, .all)])

    /// Performs steps on a name of a directory, as a plan made just now would.
    private func perform(
        _ steps: [ChangeStep], on name: FilePath, in directory: borrowing TemporaryDirectory,
        after change: (inout NodeState) -> Void, meanwhile: () throws -> Void = {}
    ) throws -> Outcome {
        let before = try directory.state(name)
        var after = before
        change(&after)
        let repair = try PreparedRepair(
            Change(rules: [], role: nil, before: before, steps: steps, after: after, subjects: SubjectList()))
        let inode = try directory.status(name).identity.inode
        try meanwhile()
        let root = try Walk(directory.path, .kernel).root
        return repair.perform(
            on: Array(name.string.utf8)[...], inode: inode, in: root.descriptor, of: root, with: AttributeBuffer())
    }

    @Test func setsModes() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "x", mode: ModeBits(0o644))
        #expect(
            try perform([.setMode(ModeBits(0o660))], on: "file", in: directory) { $0.mode = ModeBits(0o660) }
                == .applied)
        #expect(try directory.status("file").mode == ModeBits(0o660))
    }

    @Test func pinsWhatItsOwnerMayNotRead() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "x", mode: ModeBits(0))
        #expect(
            try perform([.setMode(ModeBits(0o660))], on: "file", in: directory) { $0.mode = ModeBits(0o660) }
                == .applied)
    }

    @Test(.enabled(if: TestProcess.isRoot, "giving files away takes root"))
    func keepsSetgidWhenOwnershipMoves() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("shard", mode: ModeBits(0o2755))
        let outcome = try perform(
            [
                .narrowMode(ModeBits(0o2750)), .setOwnership(owner: UserID(11), group: GroupID(12)),
                .setMode(ModeBits(0o2770)),
            ],
            on: "shard", in: directory
        ) {
            $0.owner = UserID(11)
            $0.group = GroupID(12)
            $0.mode = ModeBits(0o2770)
        }
        #expect(outcome == .applied)
        let status = try directory.status("shard")
        #expect(status.mode == ModeBits(0o2770))
        #expect(status.owner == UserID(11))
        #expect(status.group == GroupID(12))
    }

    @Test(.enabled(if: TestProcess.isRoot, "giving files away takes root"))
    func keepsTheOwnerWhereOnlyTheGroupMoves() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "x")
        try directory.setOwnership("file", owner: UserID(11), group: GroupID(12))
        #expect(
            try perform([.setOwnership(owner: nil, group: GroupID(13))], on: "file", in: directory) {
                $0.group = GroupID(13)
            } == .applied)
        #expect(try directory.status("file").owner == UserID(11))
    }

    @Test(.enabled(if: ACLSupport.isAvailable, "\(ACLSupport.reason)"))
    func writesAndRemovesLists() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("shard", mode: ModeBits(0o2755))
        let list = Self.list
        let set: [ChangeStep] = [.setMode(ModeBits(0o2750)), .setAccessList(list), .setDefaultList(list)]
        let applied = try perform(set, on: "shard", in: directory) {
            $0.mode = ModeBits(0o2770)
            $0.accessList = list
            $0.defaultList = list
        }
        #expect(applied == .applied)
        let remove: [ChangeStep] = [.setAccessList(AccessList(mode: ModeBits(0o700))), .removeDefaultList]
        let removed = try perform(remove, on: "shard", in: directory) {
            $0.mode = ModeBits(0o2700)
            $0.accessList = nil
            $0.defaultList = nil
        }
        #expect(removed == .applied)
        #expect(try directory.state("shard").accessList == nil)
    }

    @Test(.enabled(if: ACLSupport.isAvailable, "\(ACLSupport.reason)"))
    func recognisesAListWhateverTheOrderOfItsEntries() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "x", mode: ModeBits(0o660))
        let list = AccessList(mode: ModeBits(0o660))
            .adding([.init(.user, id: 1, .read), .init(.user, id: 2, .write), .init(.mask, .all)])
        var bytes = list.attributeBytes
        let (first, second) = (bytes[12..<20], bytes[20..<28])
        bytes.replaceSubrange(12..<28, with: Array(second) + Array(first))
        try directory.setAccessAttribute("file", bytes)
        let wanted = Self.list
        let outcome = try perform([.setAccessList(wanted)], on: "file", in: directory) {
            $0.accessList = wanted
            $0.mode = ModeBits(0o770)
        }
        #expect(outcome == .applied)
    }

    @Test func neverClaimsWhatItCannotReadBack() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "x", mode: ModeBits(0o644))
        #expect(
            try perform([.setMode(ModeBits(0o664))], on: "file", in: directory) { $0.mode = ModeBits(0o660) }
                == .skipped(.notVerified))
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming another user takes root"))
    func seesThatTheKernelDroppedSetgid() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        try directory.makeDirectory("shard", mode: ModeBits(0o750))
        try directory.setOwnership("shard", owner: UserID(54_321), group: GroupID(54_322))
        let before = try directory.state("shard")
        var after = before
        after.mode = ModeBits(0o2750)
        let change = Change(
            rules: [], role: nil, before: before, steps: [.setMode(after.mode)], after: after, subjects: SubjectList())
        let path = directory.path
        // The owner is no member of the group and has no CAP_FSETID: chmod(2) returns 0 and drops the bit.
        let outcome = try TestProcess.asUser(UserID(54_321), GroupID(54_321)) {
            let root = try Walk(path, .kernel).root
            return try PreparedRepair(change).perform(
                on: Array("shard".utf8)[...], inode: 0, in: root.descriptor, of: root, with: AttributeBuffer())
        }
        #expect(outcome == .skipped(.notVerified))
    }

    /// What may stand at a name by the time its turn comes.
    @Test func leavesAloneWhatIsNotWhatItWas() throws {
        let directory = try TemporaryDirectory()
        func outcome(_ meanwhile: (FilePath) throws -> Void) throws -> Outcome {
            try directory.makeDirectory("work")
            try directory.write("work/file", "x", mode: ModeBits(0o644))
            try directory.write("victim", "secret", mode: ModeBits(0o600))
            defer { #expect(throws: Never.self) { try directory.removeTree("work") } }
            let before = try directory.state("work/file")
            var after = before
            after.mode = ModeBits(0o666)
            let inode = try directory.status("work/file").identity.inode
            let repair = try PreparedRepair(
                Change(
                    rules: [], role: nil, before: before, steps: [.setMode(after.mode)], after: after,
                    subjects: SubjectList()))
            try meanwhile("work/file")
            let victim = try directory.status("victim").mode
            let root = try Walk(directory.path("work"), .kernel).root
            let outcome = repair.perform(
                on: Array("file".utf8)[...], inode: inode, in: root.descriptor, of: root, with: AttributeBuffer())
            #expect(try directory.status("victim").mode == victim)
            return outcome
        }
        #expect(try outcome { _ in } == .applied)
        #expect(try outcome { try directory.remove($0) } == .skipped(.vanished))
        #expect(try outcome { try directory.setMode($0, ModeBits(0o640)) } == .skipped(.changed))
        #expect(try outcome { try directory.makeHardLink("work/second", to: $0) } == .skipped(.refused))
        #expect(
            try outcome { name in
                try directory.write("work/new", "y")
                try directory.rename("work/new", to: name)
            } == .skipped(.replaced))
        #expect(
            try outcome { name in
                try directory.rename(name, to: "work/old")
                try directory.makeSymbolicLink(name, to: directory.path("victim"))
            } == .skipped(.replaced))
        #expect(
            try outcome { name in
                try directory.rename(name, to: "work/old")
                try directory.makeFIFO(name)
            } == .skipped(.replaced))
        #expect(
            try outcome { name in
                try directory.rename(name, to: "work/old")
                try directory.makeDirectory(name)
            } == .skipped(.replaced))
    }

    @Test(arguments: ["..", "a/b", "/etc", "a\0b"]) func takesNamesAndNoPaths(name: String) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        let before = try directory.status()
        let after = NodeState(
            kind: .directory, owner: before.owner, group: before.group, mode: ModeBits(0o777))
        let repair = try PreparedRepair(
            Change(
                rules: [], role: nil, before: nil, steps: [.setMode(after.mode)], after: after,
                subjects: SubjectList()))
        let root = try Walk(directory.path("root"), .kernel).root
        let outcome = repair.perform(
            on: Array(name.utf8)[...], inode: 0, in: root.descriptor, of: root, with: AttributeBuffer())
        #expect(outcome != .applied)
        #expect(try directory.status() == before)
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting takes root"))
    func refusesWhatIsMountedOverAName() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("victim")
        try directory.makeDirectory("shard")
        try directory.withBindMount(of: "victim", at: "shard", .readWrite) { _ in
            let outcome = try perform([.setMode(ModeBits(0o777))], on: "shard", in: directory) {
                $0.mode = ModeBits(0o777)
            }
            #expect(outcome == .skipped(.refused))
        }
        #expect(try directory.status("victim").mode == ModeBits(0o755))
    }
}
