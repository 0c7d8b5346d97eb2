import InMemoryLogging
import Logging
import SystemPackage
import Testing
import WardenAgent
import WardenAudit
import WardenLinux
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("A run") struct RunTests {
    @Test(arguments: [RunReport.Command.check, .plan])
    func looksAndChangesNothing(command: RunReport.Command) throws {
        let host = try TestHost()
        try host.writePolicy()
        let before = try TreeSnapshot(of: host.directory.path)
        let result = try host.run(command)
        #expect(result.report.verdict == .drift)
        #expect(Set(result.plan.findings.map(\.rule)) == [.rootMode, .entryMode])
        #expect((result.plan.changeCount > 0) == (command == .plan))
        #expect(result.report.audit == nil)
        #expect(try TreeSnapshot(of: host.directory.path).differences(from: before) == [])
    }

    @Test func makesTheCacheWhatThePolicySaysAndRecordsIt() throws {
        let host = try TestHost()
        try host.writePolicy()
        let result = try host.run(.apply)
        #expect(result.report.verdict == .repaired)
        #expect(result.report.caches.first?.remaining == [])
        #expect(try host.directory.status("root/srv/cache").mode == ModeBits(0o700))
        #expect(try host.directory.status("root/srv/cache/README").mode == ModeBits(0o600))

        let records = try host.records()
        let kinds = records.map(\.kind)
        #expect(kinds.prefix(2) == [.logStarted, .runStarted])
        #expect(kinds.last == .runEnded)
        let intended = kinds.filter { $0 == .changesIntended }.count
        #expect(intended > 0)
        #expect(kinds.filter { $0 == .changesConcluded }.count == intended)
        #expect(kinds.count == 4 + 2 * intended)
        #expect(records.allSatisfy { $0.run == "run-1" })
        #expect(result.report.audit?.hash == records.last?.head.hash)
        #expect(result.report.audit?.sequence == records.last?.sequence)
        guard case .runEnded(let end)? = records.last?.event, case .runStarted(let start)? = records[1].event else {
            Issue.record("no end or no start")
            return
        }
        #expect((end.verdict, end.exitCode, end.failed, end.findings) == (.repaired, 0, 0, 0))
        #expect(end.applied == result.plan.changeCount)
        guard case .cacheMeasured(let measured)? = records.dropLast().last?.event else {
            Issue.record("nothing says how the cache was left")
            return
        }
        #expect(measured.path == "/srv/cache" && measured.policy == start.policies.first?.digest)
        #expect(
            measured.before == measured.after
                && measured.after?.entries == result.report.caches.first?.before.census?.fileCount)
        #expect(measured.drift.only == nil && measured.drift.standing == [:])
        #expect(measured.drift.found["root-mode"] == 1 && measured.work.changed == end.applied)
        #expect(start.policies.map(\.name) == ["mine"])
        #expect(start.policies.first?.digest == result.report.policies.first?.digest)
        #expect(start.uid == TestProcess.user)
        let log = try #require(try host.surroundings().auditLog)
        #expect(try AuditVerification.verify(log).isWhole)
    }

    @Test func changesNothingTheSecondTime() throws {
        let host = try TestHost()
        try host.writePolicy()
        _ = try host.run(.apply)
        let (before, count) = (try TreeSnapshot(of: host.cache), try host.records().count)
        let again = try host.run(.apply)
        #expect(again.report.verdict == .compliant)
        #expect(again.plan.changeCount == 0)
        #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
        #expect(try host.records().dropFirst(count).map(\.kind) == [.runStarted, .cacheMeasured, .runEnded])
        #expect(try host.run(.check).report.verdict == .compliant)
    }

    @Test func neverChangesAnythingInAuditMode() throws {
        let host = try TestHost()
        try host.writePolicy(TestHost.policy(mode: "audit"))
        let before = try TreeSnapshot(of: host.cache)
        let result = try host.run(.apply)
        #expect(result.report.verdict == .drift)
        #expect(result.report.notes.contains { $0.contains("audit mode") })
        #expect(result.report.nextSteps.contains { $0.contains("mode: enforce") })
        #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
        #expect(try host.records().map(\.kind) == [.logStarted, .runStarted, .cacheMeasured, .runEnded])
    }

    @Test func changesOnlyWhatIsAskedFor() throws {
        let host = try TestHost()
        try host.writePolicy()
        let result = try host.run(.apply) { $0.only = [.rootMode] }
        #expect(result.report.verdict == .repaired)
        #expect(try host.directory.status("root/srv/cache").mode == ModeBits(0o700))
        #expect(try host.directory.status("root/srv/cache/README").mode == ModeBits(0o644))
    }

    @Test func makesAMissingCache() throws {
        let host = try TestHost(pairs: 0)
        try host.writePolicy(
            """
            version: 1
            policy: mine
            mode: enforce
            caches: [{name: go-build, path: /srv/cache, create: true, mode: "0750"}]
            """)
        #expect(try host.run(.check).report.verdict == .drift)
        #expect(try host.run(.apply).report.verdict == .repaired)
        #expect(try host.directory.status("root/srv/cache").mode == ModeBits(0o750))
        #expect(try host.run(.apply).report.verdict == .compliant)
    }

    @Test func carriesOutASavedPlan() throws {
        let host = try TestHost()
        try host.writePolicy()
        let saved = try PlanDocument.encode(try host.run(.plan).plan)
        host.clock.advance(seconds: 60)
        #expect(try host.apply(plan: saved).report.verdict == .repaired)
    }

    @Test func refusesASavedPlanWhoseGroundHasMoved() throws {
        let host = try TestHost()
        try host.writePolicy()
        let saved = try PlanDocument.encode(try host.run(.plan).plan)
        try host.directory.setMode("root/srv/cache/README", ModeBits(0o640))
        let before = try TreeSnapshot(of: host.cache)
        let error = #expect(throws: AgentError.self) { _ = try host.apply(plan: saved) }
        guard case .stalePlan(let lines)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(lines.contains { $0.contains("README") }, "\(lines)")
        #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
        #expect("\(AgentError.stalePlan(lines))".contains("nothing was changed"))
    }

    @Test func refusesASavedPlanOfAnotherPolicy() throws {
        let host = try TestHost()
        try host.writePolicy()
        let saved = try PlanDocument.encode(try host.run(.plan).plan)
        try host.writePolicy(TestHost.policy(files: "0640"))
        let error = #expect(throws: AgentError.self) { _ = try host.apply(plan: saved) }
        guard case .stalePlan? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try host.directory.status("root/srv/cache").mode == ModeBits(0o755))
    }

    @Test func refusesWhatIsNoPlan() throws {
        let host = try TestHost()
        try host.writePolicy()
        let error = #expect(throws: AgentError.self) { _ = try host.apply(plan: Array("{}".utf8)) }
        #expect("\(error as Any)".contains("plan --out"))
        #expect(try host.directory.status("root/srv/cache").mode == ModeBits(0o755))
    }

    @Test func leavesTheFieldToARunThatIsThere() throws {
        let host = try TestHost()
        try host.writePolicy()
        let path = try #require(try host.surroundings().lock)
        guard let lock = try RunLock.acquire(at: path) else {
            Issue.record("the lock was not free")
            return
        }
        defer { withExtendedLifetime(lock) {} }
        let error = #expect(throws: AgentError.self) { _ = try host.run(.apply) }
        guard case .busy(let named)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(named == path.string)
        #expect(try host.directory.status("root/srv/cache").mode == ModeBits(0o755))
        #expect(try host.run(.check).report.verdict == .drift)
    }

    @Test func changesNothingWithoutAnAuditLog() throws {
        let host = try TestHost()
        try host.writePolicy()
        let log = try #require(try host.surroundings().auditLog)
        // A file where its directory should be.
        let parent = FilePath(log.removingLastComponent().string)
        let name = FilePath(String(parent.string.dropFirst(host.directory.path.string.count + 1)))
        var above = FilePath("")
        for component in name.removingLastComponent().components {
            above.append(component)
            if try !host.directory.exists(above) { try host.directory.makeDirectory(above) }
        }
        try host.directory.write(name, "in the way")
        let before = try TreeSnapshot(of: host.cache)
        #expect(throws: (any Error).self) { _ = try host.run(.apply) }
        #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
    }

    @Test func refusesAnUnsafeCacheAndGoesOnWithTheOthers() throws {
        let host = try TestHost()
        try host.writePolicy(
            """
            version: 1
            policy: mine
            mode: enforce
            caches:
              - {name: good, path: /srv/cache, mode: "0700"}
              - {name: linked, path: /srv/link, mode: "0700"}
            """)
        try host.directory.makeSymbolicLink("root/srv/link", to: "cache")
        let result = try host.run(.apply)
        #expect(result.report.verdict == .failed)
        #expect(result.plan.caches.map(\.isBlocked) == [false, true])
        #expect(try host.directory.status("root/srv/cache").mode == ModeBits(0o700))
    }

    @Test func saysWhatItIsDoingToTheLoggerAlone() throws {
        var host = try TestHost()
        let handler = InMemoryLogHandler()
        host.logger = Logger(label: "test") { _ in handler }
        host.logger.logLevel = .debug
        try host.writePolicy()
        let loud = try host.run(.apply)
        let messages = handler.entries.map(\.message.description)
        for message in ["policies read", "lock taken", "cache observed", "plan made", "changes carried out"] {
            #expect(messages.contains(message), "\(messages)")
        }
        let observed = try #require(handler.entries.first { $0.message == "cache observed" })
        #expect(observed.metadata["cache.name"] == "go-build")
        let entries = loud.report.caches.first?.before.census?.count ?? 0
        #expect(observed.metadata["cache.entries"] == "\(entries)")
        host.logger.logLevel = .warning
        let count = handler.entries.count
        _ = try host.run(.check)
        #expect(handler.entries.count == count)
    }
}
