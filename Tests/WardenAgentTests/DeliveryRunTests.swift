import SystemPackage
import Testing
import WardenAgent
import WardenAudit
import WardenModel
import WardenReport
import WardenTestSupport

/// How a run sends builds to their cache.
@Suite("Delivery in a run") struct DeliveryRunTests {
    private static let shell: FilePath = "root/etc/profile.d/cachewarden.sh"

    private func section(_ deliver: String = "[login-shells, user-services]", value: String = "/srv/cache") -> String {
        "environment:\n  - {variables: {GOCACHE: \(value)}, deliver: \(deliver)}\n"
    }

    private func makeHost(_ more: String, mode: String = "enforce") throws -> TestHost {
        let host = try TestHost()
        try host.writePolicy(TestHost.policy(mode: mode, more: more))
        return host
    }

    private func text(_ host: borrowing TestHost, _ path: FilePath = shell) throws -> String {
        String(decoding: try host.directory.read(path), as: UTF8.self)
    }

    @Test func checksPlansAppliesAndThenHasNothingToDo() throws {
        let host = try makeHost(section())
        let check = try host.run(.check).report
        #expect(
            check.verdict == .drift
                && check.delivery.standing.map(\.rule) == [.environmentMissing, .environmentMissing])
        #expect(try !host.directory.exists(Self.shell), "a check writes nothing")
        let applied = try host.run(.apply).report
        #expect(applied.verdict == .repaired && applied.delivery.appliedCount == 2 && applied.standing.isEmpty)
        #expect(try text(host).hasSuffix("# policy mine\nexport GOCACHE='/srv/cache'\n"))
        let status = try host.directory.status(Self.shell)
        for _ in 0..<2 { #expect(try host.run(.apply).report.verdict == .compliant) }
        #expect(try host.directory.status(Self.shell) == status)
        #expect(try host.run(.check).report.verdict == .compliant)
    }

    @Test func writesDownWhatItWritesBeforeItDoes() throws {
        let host = try makeHost(section("[login-shells]"))
        _ = try host.run(.apply)
        let records = try host.records()
        let index = try #require(records.firstIndex { $0.kind == .fileIntended })
        guard case .fileIntended(let intended) = records[index].event,
            case .fileConcluded(let concluded) = records[index + 1].event
        else {
            Issue.record("\(records.map(\.summary))")
            return
        }
        #expect(intended.path == "/etc/profile.d/cachewarden.sh" && intended.before == nil)
        #expect(intended.rules == [.environmentMissing] && intended.policies == ["mine"])
        #expect(try intended.text == text(host))
        #expect(concluded.intended == records[index].sequence && concluded.outcome == "applied")
        #expect(records[index].summary.contains("will make '/etc/profile.d/cachewarden.sh' for login shells"))
    }

    @Test func doesExactlyASavedPlanOrNothing() throws {
        let host = try makeHost(section("[login-shells]"))
        let bytes = try PlanDocument.encode(try host.run(.plan).plan)
        try host.directory.makeDirectory("root/etc/profile.d")
        let title = "# Kept by cachewarden: what is changed here comes back, and what its policies drop goes.\n"
        try host.directory.write(Self.shell, title, mode: ModeBits(0o644))
        #expect {
            try host.apply(plan: bytes)
        } throws: { error in
            guard case AgentError.stalePlan(let moved) = error else { return false }
            return moved == ["file '/etc/profile.d/cachewarden.sh' has another content now"]
        }
        #expect(try text(host) == title)
        let fresh = try PlanDocument.encode(try host.run(.plan).plan)
        #expect(try PlanDocument.encode(PlanDocument.decode(fresh)) == fresh)
        #expect(try host.apply(plan: fresh).report.verdict == .repaired)
    }

    @Test func auditsAndNeverWrites() throws {
        let host = try makeHost(section(), mode: "audit")
        let report = try host.run(.apply).report
        #expect(report.verdict == .drift && report.delivery.outcomes.isEmpty)
        #expect(try !host.directory.exists(Self.shell))
        #expect(report.notes.contains { $0.contains("'/etc/profile.d/cachewarden.sh'") && $0.contains("audit mode") })
    }

    @Test func takesBackWhatItsPolicyDrops() throws {
        let host = try makeHost(section("[login-shells, system-services]"))
        _ = try host.run(.apply)
        try host.writePolicy(TestHost.policy(more: section("[system-services]", value: "/srv/other")))
        #expect(try host.run(.apply).report.verdict == .repaired)
        #expect(try !host.directory.exists(Self.shell))
        let manager: FilePath = "root/etc/systemd/system.conf.d/90-cachewarden.conf"
        #expect(try text(host, manager).contains("DefaultEnvironment=\"GOCACHE=/srv/other\"\n"))
        // Without the section too.
        try host.writePolicy()
        #expect(try host.run(.apply).report.verdict == .repaired)
        #expect(try !host.directory.exists(manager))
        #expect(try host.run(.check).report.delivery.plan.isEmpty)
    }

    @Test func saysWhatItCouldNotWriteAndGoesOn() throws {
        let host = try makeHost(section())
        try host.directory.makeDirectory("root/etc/profile.d", mode: ModeBits(0o777))
        let report = try host.run(.apply).report
        // What must not be believed is not looked at either: a person has to see to it.
        #expect(report.verdict == .drift && report.delivery.appliedCount == 1)
        let finding = try #require(report.standing.first)
        #expect(finding.disposition == .manual && finding.found.contains("can be written by others"), "\(finding)")
        #expect(report.verdict.exitCode == 2)
    }

    @Test func looksAtServicesThatRunGo() throws {
        let host = try makeHost(section("[system-services]"))
        for folder: FilePath in ["root/etc/systemd", "root/etc/systemd/system"] {
            try host.directory.makeDirectory(folder)
        }
        func write(_ name: String, _ more: String) throws {
            try host.directory.write(
                FilePath("root/etc/systemd/system/\(name).service"),
                "[Service]\nUser=root\nExecStart=/usr/bin/go build .\n\(more)\n")
        }
        try write("good", "")
        try write("other", "Environment=GOCACHE=/srv/theirs")
        try write("off", "Environment=GOCACHE=off")
        let before = try host.run(.check).report.delivery.standing.map(\.rule)
        #expect(before == [.environmentMissing, .serviceWithoutCache, .environmentConflict], "\(before)")
        let report = try host.run(.apply).report
        #expect(report.standing.map(\.rule) == [.serviceWithoutCache, .environmentConflict], "\(report.standing)")
        #expect(report.verdict == .drift && report.standing.allSatisfy { $0.disposition == .manual })
        try host.writePolicy(TestHost.policy(more: section("[login-shells]")))
        #expect(try host.run(.apply).report.verdict == .repaired, "nothing is delivered to services")
    }

    /// Their places are read nevertheless: what a policy dropped must go. Users and services are not looked at.
    @Test func hasNothingToDoWithPoliciesThatSayNothingOfBuilds() throws {
        let host = try makeHost("")
        for folder: FilePath in ["root/etc/profile.d", "root/etc/systemd", "root/etc/systemd/system"] {
            try host.directory.makeDirectory(folder)
        }
        // Each of them would be a finding for a policy with the section.
        try host.directory.write("root/etc/profile.d/go.sh", "export GOCACHE=/srv/theirs\n")
        let unit = "[Service]\nUser=root\nExecStart=/usr/bin/go build .\nEnvironment=GOCACHE=off\n"
        try host.directory.write("root/etc/systemd/system/off.service", unit)
        let checked = try host.run(.check).report
        #expect(checked.delivery.standing.isEmpty, "\(checked)")
        let report = try host.run(.apply).report
        #expect(report.delivery.plan.isEmpty && report.delivery.outcomes.isEmpty && report.delivery.standing.isEmpty)
        #expect(try !host.records().contains { $0.kind == .fileIntended })
    }
}
