import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Every call that matters is made to fail with every error, and is the last one of a run, once each.
    @Suite(
        "Fault sweep",
        .enabled(if: Installation.canTrace && Installation.canRace, "needs root, useradd, acl, strace, gcc"))
    struct FaultSweepTests {
        private static let errors = ["EIO", "ENOSPC", "EACCES", "EROFS", "EDQUOT", "EMFILE", "EINTR"]
        private static let actions = errors.map { "error=" + $0 } + ["signal=KILL"]
        /// The one table of exit codes, and death by the signal that is injected; 75 is run again.
        private static let documented: Set<Int32> = [0, 1, 2, 3, 65]
        private static let killed: Int32 = 128 + 9

        /// All occurrences of each call, or one for each error and a few for a sudden end.
        private static let isFull = TestProcess.environment("CACHEWARDEN_FAULT_SWEEP") == "full"
        /// All of them take hours: `CACHEWARDEN_FAULT_SCENARIOS=repair,clean` lets several processes share them, each with
        /// a `/run/cachewarden` of its own.
        private static let scenarios = FaultGround.Scenario.allCases.filter { scenario in
            guard let chosen = TestProcess.environment("CACHEWARDEN_FAULT_SCENARIOS") else { return true }
            return chosen.split(separator: ",").contains { $0 == "\(scenario)" }
        }
        private static func sample(_ action: String) -> Int { isFull ? .max : action.hasPrefix("error") ? 1 : 3 }

        @Test(
            "113, 120, 130, 151: whatever call fails or is the last, the next run comes to the same end",
            .timeLimit(.minutes(isFull ? 240 : 20)), arguments: scenarios)
        func converges(_ scenario: FaultGround.Scenario) throws {
            let ground = try FaultGround.make(scenario)
            let sites = try ground.sites()
            #expect(sites["openat", default: []].count > 5 && sites["write"] != nil, "void: \(sites)")
            let end = try golden(ground)
            let began = ContinuousClock.now
            var random = SeededGenerator(seed: 1)
            var failures: [String] = []
            var statuses: [Int32: Int] = [:]
            for (call, numbers) in sites.sorted(by: { $0.key < $1.key }) {
                for action in Self.actions {
                    for number in numbers.shuffled(using: &random).prefix(Self.sample(action)) {
                        let fault = FaultGround.Fault(action: action, call: call, number: number)
                        try ground.reset()
                        let result = try ground.run(with: fault)
                        statuses[result.status, default: 0] += 1
                        failures += try problems(ground, result, end).map { "\(fault): \($0): \(result)" }
                    }
                }
            }
            print(
                "Fault sweep, \(scenario): \(statuses.values.reduce(0, +)) faults in \(sites.count) calls,",
                "exit codes \(statuses.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }),",
                "\(failures.count) failures, took \(ContinuousClock.now - began)")
            #expect(failures.isEmpty, "\(failures.count):\n\(failures.joined(separator: "\n\n"))")
            #expect(statuses[Self.killed, default: 0] > 10 && statuses[1, default: 0] > 5, "void: \(statuses)")
        }

        // MARK: - One fault

        /// How it ends without a fault.
        private struct End {
            let status: Int32
            let picture: FaultGround.Picture
        }

        private func golden(_ ground: borrowing FaultGround) throws -> End {
            try ground.reset()
            let result = try ground.command.run()
            try #require([0, 2].contains(result.status), "\(result)")
            return End(status: result.status, picture: try ground.picture())
        }

        /// Returns what is wrong behind a fault.
        private func problems(
            _ ground: borrowing FaultGround, _ result: CommandResult, _ end: End
        ) throws -> [String] {
            var problems: [String] = []
            if !Self.documented.contains(result.status), result.status != Self.killed {
                problems.append("undocumented exit code")
            }
            if ground.scenario == .plan {
                let content = try ground.planContent()
                if content != "old", !content.hasSuffix("}\n") { problems.append("half a plan: \(content.suffix(99))") }
            }
            let temporary = try ground.picture().beside.filter { $0.contains("tmp") }
            if result.status != Self.killed, !temporary.isEmpty { problems.append("left behind: \(temporary)") }
            let again = try ground.command.run()
            if again.status != end.status { problems.append("then the next run ended with \(again)") }
            let picture = try ground.picture()
            if picture.outside != end.picture.outside { problems.append("something outside was changed") }
            if picture.cache != end.picture.cache {
                let differing = Set(picture.cache.keys).union(end.picture.cache.keys).sorted().filter {
                    picture.cache[$0] != end.picture.cache[$0]
                }
                problems.append("the next run came to another end: \(differing): \(again)")
            }
            if picture.beside != end.picture.beside { problems.append("beside the cache stand \(picture.beside)") }
            guard ground.scenario != .plan else { return problems }
            let log = ground.auditLog.string
            let verified = try Command(Installation.binary, "audit", "verify", "--log", log).run()
            if verified.status != 0 { problems.append("the log is damaged: \(verified)") }
            return problems
        }
    }
}
