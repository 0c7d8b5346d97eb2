import SystemPackage
import Testing
import WardenModel

struct TraceRollupTests {
    private static let anna = UserID(5_001)
    private static let bert = UserID(5_002)

    private func writer(_ user: UserID, _ module: String?, line: String = "go build") -> TracedEntry.Writer {
        let command = TracedProcess.Command(
            process: 7, line: line, subcommand: "build", directory: nil, module: module)
        return .process(
            TracedProcess(
                id: 7, user: user, startedAt: Timestamp(seconds: 0), line: line, command: command, unit: nil, job: nil))
    }

    private func entry(
        _ writer: TracedEntry.Writer, _ event: TracedEntry.Event = .created, _ path: String = "ab/ab-d",
        size: UInt64? = 100, _ kind: OutputKind? = nil, _ package: String? = nil
    ) -> TracedEntry {
        TracedEntry(
            at: Timestamp(seconds: 0), path: RelativePath(path), event: event, size: size.map { ByteCount($0) },
            owner: Self.bert, writer: writer, kind: kind, package: package)
    }

    private func rollup(_ entries: [TracedEntry]) -> TraceRollup {
        var rollup = TraceRollup()
        for entry in entries { rollup.add(entry) }
        return rollup
    }

    @Test func addsUpByUserModuleAndCommand() {
        let rollup = rollup([
            entry(writer(Self.anna, "a")), entry(writer(Self.anna, "b")), entry(writer(Self.bert, "b")),
            entry(writer(Self.bert, nil), .rewritten, size: nil),
        ])
        #expect(rollup.total.entries == 4 && rollup.total.size == ByteCount(300))
        #expect(rollup.created == 3 && rollup.rewritten == 1)
        #expect(rollup.users.sums.mapValues(\.entries) == [Self.anna: 2, Self.bert: 2])
        #expect(rollup.users.sums[Self.bert]?.size == ByteCount(100))
        #expect(
            Set(rollup.builds.sums.keys) == [
                .init(user: Self.anna, module: "a"), .init(user: Self.anna, module: "b"),
                .init(user: Self.bert, module: "b"), .init(user: Self.bert, module: nil),
            ])
        #expect(rollup.tasks.sums.mapValues(\.entries) == ["go build": 4])
    }

    @Test func anOwnerIsAUserAndNoProcess() {
        let rollup = rollup([entry(.owner(Self.anna)), entry(.unknown), entry(writer(Self.anna, "a"))])
        #expect(rollup.total.entries == 3)
        #expect(rollup.known.users == 2 && rollup.known.processes == 1 && rollup.known.modules == 1)
        #expect(rollup.users.sums[Self.anna]?.entries == 2 && rollup.users.sums.count == 1)
    }

    /// Whose an entry is says nothing of who reads it.
    @Test func anOwnerIsNoReader() {
        let rollup = rollup([entry(.owner(Self.anna), .read)])
        #expect(rollup.total.reads == 1 && rollup.users.sums.isEmpty)
    }

    @Test func hitsAreActionsThatWereFound() {
        let build = writer(Self.anna, "a")
        let rollup = rollup([
            entry(build, .read, "ab/ab-a"), entry(build, .read, "ab/ac-a"), entry(build, .read, "ab/ab-d"),
            entry(build, .created, "ab/ad-a"), entry(build, .created, "ab/ad-d"),
        ])
        let sum = rollup.builds.sums[.init(user: Self.anna, module: "a")]
        #expect(sum?.reads == 3 && sum?.found == 2 && sum?.stored == 1)
        #expect(sum?.hitRate == 2.0 / 3.0)
        #expect(rollup.known.users == 2, "of what was written")
        #expect(TraceRollup.Sum().hitRate == nil)
    }

    @Test func aPackageThatIsWrittenAgainIsRepeated() {
        let rollup = rollup([
            entry(writer(Self.anna, "a"), .created, "ab/1-d", .archive, "twice"),
            entry(writer(Self.bert, "b"), .created, "ab/2-d", .archive, "twice"),
            entry(writer(Self.anna, "a"), .created, "ab/3-d", .archive, "once"),
            entry(writer(Self.anna, "a"), .created, "ab/3-a", nil, "once"),
            entry(writer(Self.anna, "a"), .rewritten, "ab/4-a", nil, "same"),
        ])
        let repeated = rollup.packages.sums.filter { $0.value.isRepeated }
        #expect(Set(repeated.keys.map(\.path)) == ["twice", "same"])
        #expect(repeated[.init(path: "twice")]?.users == [Self.anna, Self.bert])
        #expect(rollup.known.archives == 3 && rollup.known.namedArchives == 3 && rollup.known.packages == 5)
    }

    /// To the compiler every program is `main`.
    @Test func programsOfTwoModulesAreTwo() {
        let rollup = rollup([
            entry(writer(Self.anna, "a"), .created, "ab/1-d", .archive, "main"),
            entry(writer(Self.bert, "b"), .created, "ab/2-d", .archive, "main"),
        ])
        #expect(Set(rollup.packages.sums.keys.map(\.program)) == ["a", "b"])
        #expect(rollup.packages.sums.values.allSatisfy { !$0.isRepeated })
    }

    /// Whoever builds chooses the names.
    @Test func namesWithoutEndTakeNoMemoryWithoutEnd() {
        var rollup = TraceRollup()
        let extra = 50
        for number in 0..<(TraceRollup.nameLimit + extra) {
            rollup.add(entry(writer(Self.anna, "m\(number)"), .created, "ab/1-d", .archive, "p\(number)"))
        }
        #expect(rollup.builds.sums.count == TraceRollup.nameLimit && rollup.builds.others?.entries == extra)
        #expect(rollup.packages.sums.count == TraceRollup.nameLimit && rollup.packages.others?.archives == extra)
        #expect(rollup.total.entries == TraceRollup.nameLimit + extra)
        // Those that are there still grow.
        rollup.add(entry(writer(Self.anna, "m0")))
        #expect(rollup.builds.sums[.init(user: Self.anna, module: "m0")]?.entries == 2)
        let long = self.rollup([entry(writer(Self.anna, String(repeating: "\u{1f600}", count: 10_000)))])
        #expect(long.builds.sums.keys.allSatisfy { ($0.module?.utf8.count ?? 0) < 1_100 })
    }

    @Test func usersWithoutEndTakeNoMemoryWithoutEnd() {
        let entries = (0..<UInt32(200)).map { entry(writer(UserID($0), "a"), .created, "ab/1-d", .archive, "p") }
        let sum = rollup(entries).packages.sums[.init(path: "p")]
        #expect(sum?.archives == 200 && sum?.users.count == TraceRollup.userLimit)
    }

    @Test(
        arguments: [
            ("go build ./...", "build", "go build"), ("go", nil, "go"), ("/usr/bin/cp -r a b", nil, "cp"),
            ("", nil, "?"),
            ("/", nil, "?"),
        ] as [(String, String?, String)])
    func aTaskIsAWordOrTwo(line: String, subcommand: String?, task: String) {
        let isGo = line.hasPrefix("go")
        let command = TracedProcess.Command(
            process: 7, line: line, subcommand: subcommand, directory: nil, module: nil)
        let process = TracedProcess(
            id: 7, user: Self.anna, startedAt: Timestamp(seconds: 0), line: line, command: isGo ? command : nil,
            unit: nil, job: nil)
        #expect(process.task == task)
    }
}
