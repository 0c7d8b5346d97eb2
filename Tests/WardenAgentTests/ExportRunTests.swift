import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenReport
import WardenTestSupport

/// What alerts are about, by the policies in force.
@Suite("Exports") struct ExportRunTests {
    private func subjects(_ policy: String?) throws -> Set<AlertSubject> {
        let host = try TestHost()
        var request = RunRequest(command: .check, threads: 1)
        if let policy { request.policies = [try host.writePolicy(policy)] }
        return try ExportRun(request, in: host.surroundings()).alertSubjects()
    }

    @Test func followsThePoliciesInForce() throws {
        #expect(try subjects(TestHost.policy()) == [.enforced])
        #expect(try subjects(TestHost.policy(mode: "audit")) == [])
        let limits = "    retention: {max-size: 1GiB, min-free: 10%}"
        #expect(try subjects(TestHost.policy(mode: "audit", more: limits)) == [.retention, .maxSize, .minFree])
        let entries = "    retention: {max-entries: 5}"
        #expect(try subjects(TestHost.policy(mode: "audit", more: entries)) == [.retention, .maxEntries])
        let waiver = "waivers: [{rule: root-mode, path: /srv, until: \"2027-01-31\", reason: r}]"
        #expect(try subjects(TestHost.policy(mode: "audit", more: waiver)) == [.waivers])
        #expect(try subjects(TestHost.policy(hosts: "hosts: [{name: other}]", more: limits)) == [])
    }

    @Test func isAboutEverythingWithoutPolicies() throws {
        #expect(try subjects(nil) == Set(AlertSubject.allCases))
    }

    @Test func refusesBadPolicies() {
        #expect(throws: AgentError.self) { try subjects("version: 2\n") }
    }
}
