import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// Our lists beside those of setfacl and getfacl, on real files.
@Suite(
    .enabled(if: ACLSupport.isAvailable, "\(ACLSupport.reason)"),
    .enabled(if: FixtureCalls.effectiveUser == .root, "needs root, whom no directory's own mode keeps out"))
struct AccessListDifferentialTests {
    private static let count = 2_400

    @Test(.timeLimit(.minutes(30))) func agreesWithSetfaclAndGetfacl() throws {
        let directory = try TemporaryDirectory()
        var random = SeededGenerator(seed: 2_024)
        let cases = try (0..<Self.count).map { try ACLCase(number: $0, using: &random) }
        try directory.makeDirectory("theirs")
        try directory.makeDirectory("ours")
        for item in cases {
            for tree in ["ours", "theirs"] {
                let path = FilePath(tree).appending(item.name)
                if item.isDirectory {
                    try directory.makeDirectory(path, mode: item.mode)
                } else {
                    try directory.write(path, "", mode: item.mode)
                }
            }
        }
        _ = try Tool.run(cases.map(\.script).joined(separator: "\n"), in: directory.path("theirs"))
        try write(cases, in: directory.path("ours"), random: &random)

        let report = try GetfaclReport(of: "ours theirs", in: directory.path)
        for item in cases {
            #expect(report.lines(of: "ours/\(item.name)") == report.lines(of: "theirs/\(item.name)"), "\(item)")
        }
        try expectSameReading(of: cases, in: directory.path("theirs"), as: report)
    }

    /// Writes what each case asks for, over something else every third time.
    private func write(_ cases: [ACLCase], in path: FilePath, random: inout SeededGenerator) throws {
        let root = OwnedDescriptor(adopting: try FileDescriptor.open(path, .readOnly))
        let other = try ACLHandle(
            AccessList(mode: ModeBits(0o751)).adding([.init(.user, id: 5, .all), .init(.mask, .read)]))
        for item in cases {
            let file = try root.openChild(Array(item.name.utf8), .path)
            if Int.random(in: 0..<3, using: &random) == 0 {
                try file.setAccessList(other)
                if item.isDirectory { try file.setDefaultList(other) }
            }
            try file.setAccessList(ACLHandle(item.accessList()))
            if let list = try item.defaultList() {
                try file.setDefaultList(ACLHandle(list))
            } else if item.isDirectory {
                try file.removeDefaultList()
            }
        }
    }

    /// Reads setfacl's lists by the raw attribute and by libacl, and compares with getfacl and with what was wanted.
    private func expectSameReading(of cases: [ACLCase], in path: FilePath, as report: GetfaclReport) throws {
        let root = OwnedDescriptor(adopting: try FileDescriptor.open(path, .readOnly))
        for (index, item) in cases.enumerated() {
            let isRaw = index.isMultiple(of: 2)
            let file = try root.openChild(
                Array(item.name.utf8), isRaw ? .path : item.isDirectory ? .directory : .quietFile)
            let mode = try file.status().mode
            let name = "theirs/\(item.name)"

            let stored = try file.accessList()
            let list = stored ?? AccessList(mode: mode)
            #expect(stored?.isExtended ?? true)
            #expect(list.getfaclLines == report.accessList(of: name), "\(item)")
            #expect(try ACLHandle(accessListOf: file).entries() == list, "\(item)")
            let wanted = try item.accessList()
            #expect(list == wanted, "\(item)")
            #expect(list.satisfies(wanted, match: .exact) && list.satisfies(wanted, match: .atLeast))
            #expect(list.mode(special: item.mode.special) == mode, "\(item)")

            guard item.isDirectory else { continue }
            let defaultList = try file.defaultList()
            #expect(defaultList?.getfaclLines ?? [] == report.defaultList(of: name), "\(item)")
            #expect(try ACLHandle(defaultListOf: file).entries() == defaultList ?? AccessList([]), "\(item)")
            #expect(try defaultList == item.defaultList(), "\(item)")
        }
    }
}

extension AccessList {
    func adding(_ entries: [Entry]) -> AccessList { AccessList(self.entries + entries) }
}
