import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

/// What becomes of files that are to be changed.
@Suite("Files that are kept") struct FileExecutorTests {
    /// Remembers what it was told, and fails when it is told to.
    private final class Journal: FileJournal {
        struct Full: Error {}
        var lines: [String] = []
        var failsAt: Int?

        func intend(_ file: FilePlan, _ change: FileChange) throws -> UInt64 {
            if lines.count == failsAt { throw Full() }
            lines.append("intend \(file.path.lastComponent?.string ?? "")")
            return UInt64(lines.count)
        }

        func conclude(_ token: UInt64, _ outcome: FileOutcome) throws {
            if lines.count == failsAt { throw Full() }
            lines.append("\(token) \(outcome.word)")
        }
    }

    private func plan(_ changes: [(FilePath, String?, String?)], _ mode: CachePlan.Mode = .enforce) -> DeliveryPlan {
        DeliveryPlan(
            files: changes.map { path, before, after in
                FilePlan(
                    path: path, form: .shell, policies: ["p"], mode: mode, wanted: [], finding: nil,
                    change: FileChange(
                        before: before.map { Array($0.utf8) }, after: after.map { Array($0.utf8) },
                        mode: ModeBits(0o644)))
            }, findings: [])
    }

    private func state(_ path: FilePath) -> FileState {
        do throws(FileError) {
            let (content, mode) = try TrustedFile.readWithMode(
                path, limit: ByteCount(1000), trusting: .rootAndCaller)
            return .present(content: content, mode: mode)
        } catch {
            return error.isMissing ? .missing : .unusable("\(error)")
        }
    }

    private func execute(
        _ plan: DeliveryPlan, below top: FilePath, _ journal: Journal = Journal(), interrupted: Bool = false
    ) -> FileExecutor.Execution {
        let executor = FileExecutor(
            located: { top.appending($0.components) }, observe: state,
            isInterrupted: { interrupted })
        return executor.execute(plan, journal: journal)
    }

    private func text(_ folder: borrowing TemporaryDirectory, _ path: FilePath) throws -> String {
        String(decoding: try folder.read(path), as: UTF8.self)
    }

    @Test func makesRewritesAndRemoves() throws {
        let folder = try TemporaryDirectory()
        try folder.write("old", "a", mode: ModeBits(0o600))
        try folder.write("gone", "b")
        let journal = Journal()
        let done = execute(
            plan([("/new/below/file", nil, "n"), ("/old", "a", "o"), ("/gone", "b", nil)]), below: folder.path, journal)
        #expect(done.outcomes == [0: .applied, 1: .applied, 2: .applied] && done.failure == nil)
        #expect(try text(folder, "new/below/file") == "n" && text(folder, "old") == "o")
        #expect(try !folder.exists("gone"))
        #expect(try folder.status("old").mode == ModeBits(0o644))
        // Whatever the umask: what nobody can read is delivered to nobody.
        #expect(try folder.status("new/below").mode == ModeBits(0o755))
        #expect(journal.lines == ["intend file", "1 applied", "intend old", "3 applied", "intend gone", "5 applied"])
    }

    @Test func leavesWhatHasChangedSinceItWasPlanned() throws {
        let folder = try TemporaryDirectory()
        try folder.write("file", "theirs")
        let done = execute(
            plan([("/file", "mine", "o"), ("/file", nil, "o"), ("/none", "x", nil)]), below: folder.path)
        #expect(done.outcomes == [0: .changed, 1: .changed, 2: .changed])
        #expect(try text(folder, "file") == "theirs")
    }

    @Test("149, TH18: nothing is written by links, into others' folders, or over what is no file")
    func refusesPlacesThatOthersPrepared() throws {
        let folder = try TemporaryDirectory()
        try folder.write("victim", "precious")
        try folder.makeSymbolicLink("link", to: "victim")
        try folder.makeSymbolicLink("dangling", to: "nowhere")
        try folder.makeDirectory("open", mode: ModeBits(0o777))
        try folder.makeDirectory("sticky", mode: ModeBits(0o1777))
        try folder.makeDirectory("folder")
        let done = execute(
            plan([
                ("/link", nil, "o"), ("/open/file", nil, "o"), ("/folder", nil, "o"), ("/sticky/file", nil, "o"),
                ("/dangling", nil, "o"),
            ]),
            below: folder.path)
        for index in 0..<5 {
            guard case .failed = done.outcomes[index] else {
                Issue.record("\(index): \(String(describing: done.outcomes[index]))")
                continue
            }
        }
        #expect(try text(folder, "victim") == "precious")
        #expect(try !folder.exists("nowhere") && !folder.exists("open/file") && !folder.exists("sticky/file"))
    }

    @Test func changesNothingThatIsNotWrittenDown() throws {
        let folder = try TemporaryDirectory()
        let journal = Journal()
        journal.failsAt = 2
        let done = execute(plan([("/a", nil, "1"), ("/b", nil, "2"), ("/c", nil, "3")]), below: folder.path, journal)
        #expect(done.outcomes == [0: .applied, 1: .interrupted, 2: .interrupted] && done.failure != nil)
        #expect(try !folder.exists("b") && !folder.exists("c"))
    }

    @Test func endsWhenItIsToEndAndSparesPoliciesThatAudit() throws {
        let folder = try TemporaryDirectory()
        let journal = Journal()
        #expect(
            execute(plan([("/a", nil, "1")]), below: folder.path, journal, interrupted: true).outcomes
                == [0: .interrupted])
        #expect(execute(plan([("/a", nil, "1")], .audit), below: folder.path, journal).outcomes == [:])
        #expect(try !folder.exists("a") && journal.lines.isEmpty)
    }
}
