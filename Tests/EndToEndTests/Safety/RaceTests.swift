import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A member exchanges names of the cache with links to another's files while the agent looks, repairs and evicts.
    @Suite("Races", .enabled(if: Installation.canRace, Comment(rawValue: Installation.raceReason)))
    struct RaceTests {
        enum Resolution: CaseIterable {
            case byKernel, nameByName
        }

        /// `$CACHEWARDEN_RACE_SECONDS` for both ways to resolve a path together.
        private static let seconds =
            (TestProcess.environment("CACHEWARDEN_RACE_SECONDS").flatMap { Int($0) } ?? 60) / Resolution.allCases.count

        /// What the agent was seen doing.
        private struct Record {
            var passes = 0
            var applied = 0
            var removed = 0
            var lost = 0
            var statuses: Set<Int32> = []
        }

        @Test(
            "5, 6, 7, 8: an attacker who beats a careless tool within 10 s changes nothing through the agent",
            .timeLimit(.minutes(10 + seconds / 30)), arguments: Resolution.allCases)
        func changesNothingOutside(_ resolution: Resolution) throws {
            let ground = try RaceGround.make()
            let control = try expectLoss(ground)
            try ground.makeVictims()
            let before = try ground.victims()
            let attacker = try ground.attack(seconds: Self.seconds + 60)
            var record = Record()
            let end = ContinuousClock.now + .seconds(Self.seconds)
            while ContinuousClock.now < end {
                try pass(ground, resolution, &record)
                let now = try ground.victims()
                guard now == before else {
                    Issue.record("a victim changed in pass \(record.passes):\n\(before)\nis now\n\(now)")
                    break
                }
            }
            attacker.interrupt()
            let exchanges = Int(try attacker.finish().output.filter(\.isNumber)) ?? 0
            print(
                "Races, \(resolution): \(record.passes) passes in \(Self.seconds) s against \(exchanges) exchanges,",
                "\(record.applied) repairs, \(record.removed) evictions, \(record.lost) refused or skipped,",
                "exit codes \(record.statuses.sorted()); the careless tool lost after \(control) passes")
            #expect(record.passes > 10 && exchanges > 10_000, "void: \(record.passes) passes, \(exchanges) exchanges")
            #expect(record.applied > 0 && record.removed > 0 && record.lost > 0, "void: \(record)")
            #expect(record.statuses.isSubset(of: [0, 2, 3]), "\(record.statuses)")
            let log = try Command(Installation.binary, "audit", "verify", "--log", ground.host.auditLog.string).run()
            #expect(log.status == 0, "\(log)")
        }

        /// Looks once and applies once, then reads what the report says of it.
        private func pass(
            _ ground: borrowing RaceGround, _ resolution: Resolution, _ record: inout Record
        ) throws {
            for command in ["check", "apply"] {
                let plain = ground.host.cachewarden(command, "--format", "json")
                let result = try (resolution == .byKernel ? plain : ground.host.command(plain, without: .openat2)).run()
                record.passes += 1
                // Everything evicted, and links in its place: that is no cache any more, and is left alone.
                if result.status == 1, result.output.contains("\"cache-not-recognised\"") {
                    record.lost += 1
                    continue
                }
                record.statuses.insert(result.status)
                guard [0, 2, 3].contains(result.status) else {
                    Issue.record("\(command): \(result)")
                    continue
                }
                guard command == "apply" else { continue }
                let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
                for cache in report.caches {
                    for outcome in cache.outcomes ?? [] {
                        record.applied += outcome.applied
                        record.lost += outcome.exceptions?.count ?? 0
                    }
                    record.removed += cache.retentionOutcome?.removed ?? 0
                }
            }
        }

        /// As much of a JSON report as these tests read.
        private struct Report: Decodable {
            struct Cache: Decodable {
                let outcomes: [Outcome]?
                let retentionOutcome: Retention?

                enum CodingKeys: String, CodingKey {
                    case outcomes
                    case retentionOutcome = "retention-outcome"
                }
            }

            struct Outcome: Decodable {
                struct Exception: Decodable {}

                let applied: Int
                let exceptions: [Exception]?
            }

            struct Retention: Decodable {
                let removed: Int
            }

            let caches: [Cache]
        }

        // MARK: - Control

        /// Lets a tool that looks at a path and then changes that path lose; returns after how many passes it did.
        private func expectLoss(_ ground: borrowing RaceGround) throws -> Int {
            let before = try ground.victims()
            let attacker = try ground.attack(seconds: 30)
            let careless = Command("/usr/bin/find", ground.host.cache.string, "-type", "f")
            var passes = 0
            var now = before
            let end = ContinuousClock.now + .seconds(10)
            while now == before, ContinuousClock.now < end {
                var command = careless
                command.arguments += ["-exec", "/bin/chmod", "0660", "{}", "+"]
                // What goes meanwhile is an error to it, and none to this test.
                _ = try command.run()
                passes += 1
                now = try ground.victims()
            }
            attacker.interrupt()
            let result = try attacker.finish()
            try #require(now != before, "the run is void: \(careless) lost nothing in \(passes) passes: \(result)")
            return passes
        }
    }
}

extension Installation {
    /// Whether an attacker can be compiled and become another user.
    static let canRace = canMakeUsers && FileManager.default.isExecutableFile(atPath: "/usr/bin/gcc")

    static let raceReason = "needs root, useradd, setpriv, acl and gcc"
}
