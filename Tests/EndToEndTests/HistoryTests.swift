import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// What `report` makes of the log of real runs.
    @Suite("History", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct HistoryTests {
        private struct Told: Decodable {
            struct Runs: Decodable { let count: Int, unfinished: Int, verdicts: [String: Int] }
            struct Drift: Decodable { let rule: String, standing: Int, origins: [String: Int] }
            struct Point: Decodable {
                let found, left, entries: Int
                enum CodingKeys: String, CodingKey {
                    case found = "found-bytes"
                    case left = "left-bytes"
                    case entries
                }
            }
            struct Cache: Decodable { let name: String, drift: [Drift], removed: [String: Int], points: [Point] }
            let runs: Runs
            let caches: [Cache]
        }

        private func told(_ host: borrowing TestHost) throws -> Told {
            let report = try Command(
                Installation.binary, arguments: ["report", "--settings", host.settings.string, "--format", "json"]
            ).runSuccessfully()
            return try JSONDecoder().decode(Told.self, from: Data(report.output.utf8))
        }

        @Test func tellsTamperingFromAChangeOfThePolicy() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            func wants(_ mode: String) throws {
                try host.writePolicy(
                    """
                    version: 1
                    policy: own
                    mode: enforce
                    caches: [{name: own, path: \(host.cache), layout: go-build, mode: "\(mode)"}]

                    """)
            }
            try wants("0750")
            func apply() throws { #expect(try host.cachewarden("apply").run().status == 0) }
            func chmod(_ mode: String) throws {
                try Command("/usr/bin/chmod", mode, host.cache.string).runSuccessfully()
            }
            func modes() throws -> [String: Int] {
                let rule = try told(host).caches.first?.drift.first { $0.rule == "root-mode" }
                return rule.map { $0.origins.filter { $0.value > 0 } } ?? [:]
            }
            try apply()
            #expect(try modes() == ["first": 1])
            try chmod("0700")
            try apply()
            #expect(try modes() == ["first": 1, "came-back": 1])
            try wants("0710")
            try apply()
            #expect(try modes() == ["first": 1, "came-back": 1, "policy-changed": 1])

            // A run that is killed has begun, and nobody knows how it ended.
            var killed = host.cachewarden("apply")
            try chmod("0700")
            killed = killed.injecting("fdatasync:signal=KILL:when=1")
            #expect(try killed.run().status != 0)
            let runs = try told(host).runs
            #expect(runs.count == 4 && runs.unfinished == 1 && runs.verdicts == ["repaired": 3], "\(runs)")
        }

        @Test func tellsHowMuchWasEvicted() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            try host.limit("{max-entries: 40, low-water: 50%}")
            try host.age(hours: 48)
            _ = try host.cachewarden("apply").run()
            let cache = try #require(try told(host).caches.first)
            let removed = try #require(cache.removed["entries-exceeded"])
            let point = try #require(cache.points.last)
            #expect(removed > 0 && point.found > point.left && point.entries <= 40, "\(cache)")
            let page = host.folder.path("page.html")
            _ = try host.cachewarden("check", "--format", "html", "--output", page.string).run()
            let html = try String(contentsOfFile: page.string, encoding: .utf8)
            #expect(html.contains("entries-exceeded \(removed)"), "a run's page tells what went before")
        }
    }
}
