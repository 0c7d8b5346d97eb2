import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenObserve
import WardenTestSupport

/// What `access` says beside what the kernel does, on generated trees, for processes of several users.
@Suite(
    "Access as the kernel grants it",
    .enabled(
        if: TestProcess.user == .root && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv"),
        "needs root, setpriv and perl"))
struct AccessDifferentialTests {
    private static let count = 250

    private static let subjects: [AccessSubject] = [
        .user(.root, name: "root", groups: [GroupID(0)]),
        .user(UserID(60_001), name: "a", groups: [GroupID(60_001)]),
        .user(UserID(60_001), name: "a in two groups", groups: [60_010, 60_011].map { GroupID($0) }),
        .user(UserID(60_002), name: "b in all groups", groups: [60_002, 60_010, 60_011, 60_012].map { GroupID($0) }),
        .user(UserID(60_003), name: "c", groups: [60_012, 60_011].map { GroupID($0) }),
        .user(UserID(60_004), name: "a stranger in a group", groups: [GroupID(60_010)]),
        .user(UserID(60_005), name: "a stranger", groups: [GroupID(60_005)]),
    ]

    /// Tries everything with what stands in `BASE/0` to `BASE/N`, and prints a line of answers for each.
    private static let attempts = """
        use Fcntl; use POSIX ();
        my ($base, $count, $subject) = @ARGV;
        for my $case (0 .. $count - 1) {
            my $directory = "$base/$case/a/b";
            my @answers = (
                opendir(my $list, $directory), scalar(lstat("$directory/f")),
                sysopen(my $new, "$directory/new$subject", O_CREAT | O_EXCL | O_WRONLY),
                sysopen(my $in, "$directory/f", O_RDONLY), sysopen(my $out, "$directory/f", O_WRONLY),
                POSIX::access("$directory/f", POSIX::X_OK()), unlink("$directory/v$subject"));
            print join("", map { $_ ? "y" : "n" } @answers), "\\n";
        }
        """

    @Test(.timeLimit(.minutes(30)), arguments: [1, 2] as [UInt64])
    func agreesWithTheKernel(seed: UInt64) throws {
        let folder = try TemporaryDirectory(mode: ModeBits(0o755), in: "/var/cache")
        var random = SeededGenerator(seed: seed)
        for number in 0..<Self.count { try make("\(number)", in: folder, using: &random) }
        try folder.write("attempts.pl", Self.attempts, mode: ModeBits(0o644))
        // All looks before the first attempt: those make and remove names.
        let said = try (0..<Self.count).map { try verdicts(folder.path(FilePath("\($0)/a/b"))) }
        var answers: Set<AccessVerdict.Answer> = []
        var disagreements: [String] = []
        for (index, subject) in Self.subjects.enumerated() {
            let lines = try attempt(index, in: folder)
            try #require(lines.count == Self.count)
            for (number, line) in lines.enumerated() {
                let said = said[number][index]
                answers.formUnion(said.map(\.answer))
                let ours = said.prefix(7).map { $0.answer == AccessVerdict.Answer.yes ? "y" : "n" }.joined()
                // Of the directory it is said for all that is in it; of what is one's own the file's verdict speaks.
                let removal = Self.removal(said[7].answer)
                guard ours != line || removal != nil && removal != line.last else { continue }
                disagreements.append("\(subject.name) in \(number): \(ours) \(said[7].answer), the kernel: \(line)")
            }
        }
        #expect(disagreements.isEmpty, "\(disagreements.count): \(disagreements.prefix(10).joined(separator: "\n"))")
        #expect(answers == [.yes, .no, .own], "void: every answer must come")
    }

    private static func removal(_ answer: AccessVerdict.Answer) -> Character? {
        switch answer {
        case .yes: "y"
        case .no: "n"
        case .own: nil
        }
    }

    // MARK: - Ours

    /// Returns each subject's verdicts in the order of the attempts, and at the end that on removing from the directory.
    private func verdicts(_ directory: FilePath) throws -> [[AccessVerdict]] {
        let place = try AccessObserver.observe(directory, top: "/")
        let file = try AccessObserver.observe(directory.appending("f"), top: "/")
        return try Self.subjects.enumerated().map { index, subject in
            let victim = try AccessObserver.observe(directory.appending("v\(index)"), top: "/")
            let ofPlace = [AccessOperation.read, .search, .create].map { place.verdict(for: subject, $0) }
            let ofFile = [AccessOperation.read, .write, .execute].map { file.verdict(for: subject, $0) }
            return ofPlace + ofFile + [victim.verdict(for: subject, .delete), place.verdict(for: subject, .delete)]
        }
    }

    // MARK: - Theirs

    private func attempt(_ index: Int, in folder: borrowing TemporaryDirectory) throws -> [Substring] {
        let subject = Self.subjects[index]
        let user = subject.user?.rawValue ?? 0
        let groups = subject.groups.map(\.rawValue).sorted()
        let output = try folder.write("answers", "")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = [
            "--reuid=\(user)", "--regid=\(groups.first ?? 0)",
            "--groups=\(groups.map(String.init).joined(separator: ","))", "/usr/bin/perl",
            folder.path("attempts.pl").string, folder.path.string, "\(Self.count)", "\(index)",
        ]
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]
        process.standardInput = FileHandle.nullDevice
        let handle = try #require(FileHandle(forWritingAtPath: output.string))
        process.standardOutput = handle
        try process.run()
        process.waitUntilExit()
        try handle.close()
        try #require(process.terminationStatus == 0)
        return try String(contentsOfFile: output.string, encoding: .utf8).split(separator: "\n")
    }

    // MARK: - Trees

    private func make(
        _ name: String, in folder: borrowing TemporaryDirectory, using random: inout SeededGenerator
    ) throws {
        let top = FilePath(name)
        let (upper, lower) = (top.appending("a"), top.appending("a/b"))
        for directory in [top, upper, lower] { try folder.makeDirectory(directory) }
        let file = lower.appending("f")
        try folder.write(file, "")
        for index in Self.subjects.indices {
            let victim = lower.appending("v\(index)")
            try folder.write(victim, "")
            try folder.setOwnership(victim, owner: random.owner())
        }
        try change(file, in: folder, isDirectory: false, using: &random)
        try change(lower, in: folder, isDirectory: true, using: &random)
        if Bool.random(using: &random) { try change(upper, in: folder, isDirectory: true, using: &random) }
    }

    private func change(
        _ name: FilePath, in folder: borrowing TemporaryDirectory, isDirectory: Bool,
        using random: inout SeededGenerator
    ) throws {
        try folder.setOwnership(name, owner: random.owner(), group: random.group())
        // Most directories let somebody pass, or nothing below them would ever be asked for.
        let passing: UInt16 = isDirectory && Int.random(in: 0..<3, using: &random) > 0 ? 0o111 : 0
        let mode = ModeBits(UInt16.random(in: 0...0o1777, using: &random) | passing)
        try folder.setMode(name, mode)
        guard Int.random(in: 0..<5, using: &random) > 1 else { return }
        var list = AccessList(mode: mode)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let isUser = Bool.random(using: &random)
            list.set(
                AccessList.Entry(
                    isUser ? .user : .group, id: isUser ? random.owner().rawValue : random.group().rawValue,
                    random.rights()))
        }
        list.set(.init(.mask, Int.random(in: 0..<5, using: &random) == 0 ? [] : random.rights()))
        try folder.setAccessList(name, list)
    }
}

extension SeededGenerator {
    fileprivate mutating func owner() -> UserID {
        UserID([0, 60_001, 60_002, 60_003].randomElement(using: &self) ?? 0)
    }

    fileprivate mutating func group() -> GroupID {
        GroupID([0, 60_010, 60_011, 60_012].randomElement(using: &self) ?? 0)
    }

    fileprivate mutating func rights() -> Rights { Rights(rawValue: UInt8.random(in: 0...7, using: &self)) }
}
