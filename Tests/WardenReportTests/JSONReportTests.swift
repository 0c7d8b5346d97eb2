import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport

struct JSONReportTests {
    private func parse(_ report: RunReport, _ layout: JSONText.Layout = .indented) throws -> [String: Any] {
        let bytes = try JSONReport(report, layout: layout).render()
        return try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    /// Returns what stands at a path of keys and indices.
    private func member(_ document: Any, _ path: String) throws -> Any {
        try path.split(separator: ".").reduce(document) { value, step in
            if let index = Int(step) { return try #require(value as? [Any])[index] }
            return try #require((value as? [String: Any])?[String(step)], "no '\(step)' of \(path)")
        }
    }

    @Test(arguments: [
        ("schema", "cachewarden.report/1"), ("verdict", "partly-repaired"), ("host", "build-7"), ("command", "apply"),
        ("started-at", "2026-11-23T12:00:00.000Z"), ("policies.0.name", "shared-builders"),
        ("caches.0.path", "/var/cache/go-build"), ("caches.0.layout", "go-build"), ("caches.0.mode", "enforce"),
        ("caches.0.before.root.access.mode", "0755"), ("caches.0.after.root.access.mode", "2770"),
        ("caches.0.after.root.access.group.name", "builders"), ("caches.0.after.root.access.acl.1", "user:5003:r-x"),
        ("caches.0.findings.1.rule", "entry-acl"), ("caches.0.remaining.0.rule", "entry-stranger"),
        ("caches.0.findings.2.examples.0.path", "notes.md"), ("caches.0.changes.0.role", "action"),
        ("caches.0.changes.0.steps.0.step", "narrow-mode"), ("caches.0.changes.0.steps.1.group.name", "builders"),
        ("caches.0.changes.1.steps.2.acl.5", "other::---"), ("caches.0.outcomes.0.exceptions.0.reason", "vanished"),
        ("caches.0.outcomes.0.exceptions.1.error.message", "Operation not permitted"),
        ("caches.0.before.root.file-system.type", "ext4"), ("audit.path", "/var/log/cachewarden/audit.jsonl"),
        ("next-steps.0", "run 'cachewarden apply' as root: CAP_CHOWN is missing"),
    ])
    func says(path: String, text: String) throws {
        #expect(try member(parse(ReportFixtures.partlyRepaired), path) as? String == text)
    }

    @Test(arguments: [
        ("waivers.0.state", "ended"), ("waivers.1.until", "2026-12-02T12:00:00.000Z"),
        ("waivers.1.path", "/var/cache/go-build/fuzz"), ("waivers.2.reason", "x\u{1b}[2J<b>&\n@all"),
        ("waivers.3.state", "unused"), ("caches.0.findings.1.disposition", "waived"),
    ])
    func saysWhatIsAccepted(path: String, text: String) throws {
        let document = try parse(ReportFixtures.waived)
        #expect(try member(document, path) as? String == text)
        #expect(try member(document, "waivers.0.days-left") as? Int == -3)
        #expect(try member(document, "summary.waived") as? Int == 1)
    }

    @Test(arguments: [
        ("duration-seconds", 1.234), ("caches.0.before.census.inodes", 2_952), ("summary.applied", 2_689),
        ("summary.failed", 4), ("summary.skipped", 2), ("summary.findings", 1), ("summary.advisories", 1),
        ("summary.findings-by-severity.low", 1), ("caches.0.before.census.inodes-by-role.action", 1_545),
        ("caches.0.before.census.ages.1.files", 1_200), ("caches.0.before.census.ages.1.below-seconds", 86_400),
        ("caches.0.before.root.file-system.available-bytes", 44_023_414_784), ("caches.0.changes.0.inodes", 2_694),
        ("caches.0.outcomes.0.applied", 2_688), ("caches.0.outcomes.0.exceptions.1.error.errno", 1),
        ("audit.sequence", 1_017), ("caches.0.before.root.access.owner.id", 0),
    ])
    func counts(path: String, number: Double) throws {
        #expect(try member(parse(ReportFixtures.partlyRepaired, .compact), path) as? Double == number)
    }

    @Test func keepsNamesThatAreNoText() throws {
        let document = try parse(TextReportTests.hostile)
        #expect(try member(document, "caches.0.findings.0.examples.0.path.hex") as? String == "61fffe0a27")
        #expect(try member(document, "host") as? String == TextReportTests.hostile.host)
    }

    @Test func writesNullForWhatIsNotThere() throws {
        let document = try parse(TextReportTests.missing)
        for path in [
            "audit", "caches.0.after", "caches.0.remaining", "caches.0.before.census", "caches.0.changes.0.before",
        ] {
            #expect(try member(document, path) is NSNull, "\(path)")
        }
        #expect(try member(document, "caches.0.before.root.parent-exists") as? Bool == true)
    }

    /// `null` would say that an entry has no ACL.
    @Test(arguments: [AccessListDemand.all, .none])
    func saysNothingOfListsThatNobodyRead(demand: AccessListDemand) throws {
        var census = ReportFixtures.census(drifted: false)
        census.accessLists = demand
        let before = ReportFixtures.observation(census: census)
        let document = try parse(
            ReportFixtures.report(.check, .drift, [.init(plan: ReportFixtures.plan(), before: before)]))
        let entry = try member(document, "caches.0.before.census.groups.1.access")
        let root = try member(document, "caches.0.before.root.access")
        #expect((entry as? [String: Any])?.keys.contains("acl") == (demand == .all))
        #expect((entry as? [String: Any])?.keys.contains("mode") == true)
        #expect((root as? [String: Any])?.keys.contains("acl") == true)
    }

    @Test func writesTheSameBytesEveryTime() throws {
        let once = try JSONReport(ReportFixtures.drift).render()
        let again = try JSONReport(ReportFixtures.drift).render()
        #expect(once == again)
        #expect(once.last == UInt8(ascii: "\n"))
        let lines = try JSONReport(ReportFixtures.drift, layout: .compact).render().count { $0 == UInt8(ascii: "\n") }
        #expect(lines == 1)
    }

    @Test func spellsEveryKeyInLowerCaseKebab() throws {
        func keys(_ value: Any) -> [String] {
            if let object = value as? [String: Any] { return object.flatMap { [$0] + keys($1) } }
            return (value as? [Any])?.flatMap(keys) ?? []
        }
        let found = try keys(parse(ReportFixtures.partlyRepaired))
        #expect(found.count > 100)
        for key in found {
            #expect(key.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(key)")
        }
    }
}
