import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport

struct PlanDocumentTests {
    private static let plan = Plan(
        host: "build-7", madeAt: Timestamp(seconds: 1_795_435_200, nanoseconds: 123_456_789), policyDigest: "c4c4",
        caches: [ReportFixtures.plan()])

    private func text(_ plan: Plan) throws -> String { try String(decoding: PlanDocument.encode(plan), as: UTF8.self) }

    private func error(_ text: String) -> String {
        do {
            return "read \(try PlanDocument.decode(Array(text.utf8)).changeCount) subjects"
        } catch {
            return "\(error)"
        }
    }

    private func expectSame(_ plan: Plan, _ other: Plan) {
        #expect(plan.host == other.host && plan.madeAt == other.madeAt && plan.policyDigest == other.policyDigest)
        #expect(plan.findings == other.findings)
        #expect(plan.caches.map(\.name) == other.caches.map(\.name))
        #expect(plan.caches.map(\.path) == other.caches.map(\.path))
        #expect(plan.caches.map(\.root) == other.caches.map(\.root))
        #expect(plan.caches.map(\.mode) == other.caches.map(\.mode))
        let (changes, others) = (plan.caches.flatMap(\.changes), other.caches.flatMap(\.changes))
        #expect(changes.map(\.rules) == others.map(\.rules))
        #expect(changes.map(\.role) == others.map(\.role))
        #expect(changes.map(\.before) == others.map(\.before))
        #expect(changes.map(\.after) == others.map(\.after))
        #expect(changes.map(\.steps) == others.map(\.steps))
        for (change, other) in zip(changes, others) {
            let isSame = change.subjects.paths() == other.subjects.paths()
            #expect(isSame)
            #expect(change.subjects.chunks.map(\.directory) == other.subjects.chunks.map(\.directory))
            let hasSameInodes = change.subjects.chunks.map(\.inodes) == other.subjects.chunks.map(\.inodes)
            #expect(hasSameInodes)
        }
    }

    @Test(arguments: [0, 1, 100_000])
    func bringsEverySubjectBack(count: Int) throws {
        let plan = Plan(
            host: "build-7", madeAt: ReportFixtures.noon, policyDigest: "",
            caches: [ReportFixtures.plan([], ReportFixtures.changes(count))])
        let bytes = try PlanDocument.encode(plan)
        let back = try PlanDocument.decode(bytes)
        #expect(back.changeCount == count + 1)
        expectSame(plan, back)
        let again = try PlanDocument.encode(back)
        #expect(again == bytes)
        #expect(differences(saved: back, fresh: plan, limit: 5) == [])
    }

    @Test func bringsRetentionBack() throws {
        let cache = ReportFixtures.plan([], []).withRetention(ReportFixtures.retention)
        let plan = Plan(host: "build-7", madeAt: ReportFixtures.noon, policyDigest: "", caches: [cache])
        let bytes = try PlanDocument.encode(plan)
        let back = try PlanDocument.decode(bytes)
        #expect(try PlanDocument.encode(back) == bytes)
        #expect(differences(saved: back, fresh: plan, limit: 5) == [])
        let retention = try #require(back.caches[0].retention)
        #expect(retention.evictions.memberCount == 14 && retention.evictions.units.count == 7)
        #expect(retention.trim == ReportFixtures.retention.trim && retention.budget.time == .seconds(300))
    }

    @Test func aSavedRetentionIsBoundToItsEntries() throws {
        func plan(_ change: (inout RetentionPlan) -> Void) -> Plan {
            var retention = ReportFixtures.retention
            change(&retention)
            let cache = ReportFixtures.plan([], []).withRetention(retention)
            return Plan(host: "build-7", madeAt: ReportFixtures.noon, policyDigest: "", caches: [cache])
        }
        let saved = plan { _ in }
        let more = plan { $0.evictions = ReportFixtures.evictions(9) }
        #expect(differences(saved: saved, fresh: more, limit: 5) == [], "that more could go now changes nothing")
        let fewer = differences(saved: saved, fresh: plan { $0.evictions = ReportFixtures.evictions(6) }, limit: 5)
        #expect(fewer.count == 2 && fewer.allSatisfy { $0.hasSuffix("was used or removed, or need not go any more") })
        let times = differences(saved: saved, fresh: plan { $0.times = TimeList() }, limit: 5)
        #expect(times == ["cache 'go-build': 'a0/x' has another mtime or inode now"])
    }

    /// An output before its action would break builds; names must stay below the root.
    @Test(arguments: [
        ("\"kind\":0", "\"kind\":2"), ("\"kind\":2", "\"kind\":77"), ("\"path\":\"a0/a0", "\"path\":\"../a0"),
        ("\"reason\":0", "\"reason\":9"),
    ])
    func refusesARetentionThatNoPlanHas(part: String, other: String) throws {
        let cache = ReportFixtures.plan([], []).withRetention(ReportFixtures.retention)
        let plan = Plan(host: "build-7", madeAt: ReportFixtures.noon, policyDigest: "", caches: [cache])
        let whole = try text(plan)
        // The first unit's output comes before its action once only the action's kind is another.
        let swapped = part == "\"kind\":0" ? whole.replacing("\"kind\":2", with: "\"kind\":0") : whole
        let range = try #require(swapped.firstRange(of: part))
        #expect(throws: PlanDocumentError.self) {
            try PlanDocument.decode(Array(swapped.replacingCharacters(in: range, with: other).utf8))
        }
    }

    @Test func bringsEveryKindOfStepBack() throws {
        let steps: [ChangeStep] = [
            .createDirectory, .narrowMode(ModeBits(0)), .setOwnership(owner: nil, group: nil),
            .setOwnership(owner: .root, group: nil), .setOwnership(owner: nil, group: GroupID(rawValue: .max)),
            .setMode(ModeBits(0o7777)), .setAccessList(ReportFixtures.sharedList),
            .setDefaultList(AccessList(mode: ModeBits(0o750))), .removeDefaultList,
        ]
        let change = Change(
            rules: RuleID.allCases, role: nil, before: nil, steps: steps,
            after: ReportFixtures.node(.directory, 0, 0, 0, acl: ReportFixtures.sharedList), subjects: SubjectList())
        let missing = CachePlan(
            name: "c\n\u{1b}", path: "/c d/ü", mode: .audit, root: nil, findings: [ReportFixtures.stranger],
            changes: [change])
        let plan = Plan(host: "ü", madeAt: Timestamp(seconds: -1), policyDigest: "", caches: [missing])
        expectSame(plan, try PlanDocument.decode(PlanDocument.encode(plan)))
        expectSame(Self.plan, try PlanDocument.decode(PlanDocument.encode(Self.plan)))
    }

    @Test func keepsNamesThatAreNoText() throws {
        var chunk = SubjectList.Chunk(directory: RelativePath(bytes: [0xff, 0x2f, 0x0a]))
        let names: [[UInt8]] = [[0x09], [0x22, 0x5c], Array("e\u{301}".utf8), [0xc3], Array("é".utf8), [0xfe, 0x80]]
        for (index, name) in names.enumerated() { chunk.append(name: name.span, inode: .max - UInt64(index)) }
        let change = Change(
            rules: [], role: .plain, before: nil, steps: [], after: ReportFixtures.node(.file, 0, 0, 0),
            subjects: SubjectList([chunk]))
        let plan = Plan(
            host: "", madeAt: ReportFixtures.noon, policyDigest: "", caches: [ReportFixtures.plan([], [change])])
        let back = try PlanDocument.decode(PlanDocument.encode(plan))
        expectSame(plan, back)
        #expect(back.caches[0].changes[0].subjects.paths().map { Array($0.bytes.dropFirst(4)) } == names)
    }

    @Test(arguments: [
        (
            #""schema":"cachewarden.plan/1""#, #""schema":"cachewarden.plan/2""#,
            ".schema: 'cachewarden.plan/1' was expected, found 'cachewarden.plan/2'"
        ),
        (
            #""schema":"cachewarden.plan/1""#, #""schema":"cachewarden.report/1""#,
            ".schema: 'cachewarden.plan/1' was expected, found 'cachewarden.report/1'"
        ),
        (#""schema""#, #""scheme""#, ".schema: missing"),
        (#""host":"build-7","#, "", ".host: missing"),
        (#""inodes""#, #""inode""#, ".caches[0].changes[0].subjects[0].inodes: missing"),
        (#""names""#, #""nams""#, ".caches[0].changes[0].subjects[0].names: missing"),
        (#""mode":"0600""#, #""mode":"rwx""#, ".caches[0].changes[0].steps[0].mode: four octal digits were expected"),
        (#""mode":"0600""#, #""mode":"+600""#, ".caches[0].changes[0].steps[0].mode: four octal digits were expected"),
        (#""mode":"0600""#, #""mode":"0680""#, ".caches[0].changes[0].steps[0].mode: four octal digits were expected"),
        (#""mask::rwx""#, #""mask:5:rwx""#, "'mask:5:rwx' is no ACL entry with an id"),
        (#""mask::rwx""#, #""mask::rxw""#, "'mask::rxw' is no ACL entry with an id"),
        (#""user:5003:r-x""#, #""user:+5003:r-x""#, "'user:+5003:r-x' is no ACL entry with an id"),
        (#""mask::rwx","other::---""#, #""other::---","mask::rwx""#, "the entries are not in the kernel's order"),
        (
            #""directory":"a0""#, #""directory":"../a0""#,
            ".caches[0].changes[0].subjects[0].directory: a path below the cache root was expected"
        ),
        (#""directory":"a0""#, #""directory":"/a0""#, "a path below the cache root was expected"),
        (#""directory":"a0""#, #""directory":"a0/""#, "a path below the cache root was expected"),
        (#""directory":"a0""#, #""directory":"a0//b""#, "a path below the cache root was expected"),
        (#""directory":"a0""#, #""directory":"./a0""#, "a path below the cache root was expected"),
        (#""names":["a0"#, #""names":["../a0"#, ".names: name 0 is no name of a file"),
        (#""names":["a0"#, #""names":["..","a0"#, "names stand beside"),
        (#""names":["a0"#, #""names":["\u0000a0"#, "name 0 is no name of a file"),
        (#""names":["a0"#, #""names":["b0"#, "name 1 is out of order, or there twice"),
        (#""inodes":[1000000,"#, #""inodes":["#, "names stand beside"),
        (#""inodes":[1000000,"#, #""inodes":[-1,"#, "not valid JSON"),
        (#""rule":"root-group""#, #""rule":"root-groups""#, ".caches[0].findings[0].rule"),
        (#""step":"narrow-mode""#, #""step":"remove-file""#, ".caches[0].changes[0].steps[0].step"),
    ])
    func refusesWhatIsNoPlan(old: String, new: String, reason: String) throws {
        let document = try text(Self.plan)
        #expect(document.contains(old))
        let found = error(document.replacing(old, with: new, maxReplacements: 1))
        #expect(found.contains(reason), "\(found)")
    }

    @Test(arguments: ["", "{", "[]", "null", "{}", "\u{0}", "{\"schema\": 1}", "not json", "\"\u{1b}[2J\""])
    func refusesWhatIsNoDocument(document: String) {
        let found = error(document)
        #expect(!found.isEmpty)
        #expect(!found.contains("\u{1b}") && !found.hasSuffix("."))
    }

    @Test func survivesEveryCutAndFlippedByte() throws {
        let small = Plan(
            host: "h", madeAt: ReportFixtures.noon, policyDigest: "d",
            caches: [ReportFixtures.plan([ReportFixtures.stranger], ReportFixtures.changes(3))])
        let bytes = try PlanDocument.encode(small)
        for length in stride(from: 0, to: bytes.count - 1, by: 7) {
            #expect(throws: PlanDocumentError.self) { try PlanDocument.decode(Array(bytes[..<length])) }
        }
        for position in stride(from: 0, to: bytes.count, by: 5) {
            var damaged = bytes
            damaged[position] ^= 0x05
            // Reading may succeed, where a digit became another digit; it must not trap.
            _ = Result { () throws(PlanDocumentError) in try PlanDocument.decode(damaged) }
        }
    }
}
