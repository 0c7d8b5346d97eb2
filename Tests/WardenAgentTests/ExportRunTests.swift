import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenReport
import WardenTestSupport

/// What alerts are about and what units may reach, by the policies in force.
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

    // MARK: - Units

    private func needs(_ policies: [String], settings: String = "version: 1\n") throws -> UnitNeeds {
        let host = try TestHost()
        var request = RunRequest(command: .check, threads: 1)
        request.settings = try host.directory.write("agent.yaml", settings)
        for (index, policy) in policies.enumerated() {
            request.policies.append(try host.writePolicy(policy, at: FilePath("policy-\(index).yaml")))
        }
        return try ExportRun(request, in: host.surroundings()).unitNeeds()
    }

    @Test func opensWhatEnforcedPoliciesName() throws {
        let other = TestHost.policy(name: "other", path: "/srv/other", more: "    create: true")
        let both = try needs([TestHost.policy(), other])
        #expect(both == UnitNeeds(caches: [TestHost.cachePath, "/srv/other"], created: ["/srv/other"]))
        #expect(try needs([TestHost.policy(mode: "audit")]) == UnitNeeds(caches: [TestHost.cachePath]))
        #expect(try needs([TestHost.policy(hosts: "hosts: [{name: other}]")]) == UnitNeeds())
        #expect(try needs([]) == UnitNeeds())
    }

    @Test func opensWhereVariablesAndToolchainsGo() throws {
        let digest = String(repeating: "a", count: 64)
        let more = """
            environment:
              - {variables: {GOCACHE: /srv/cache}, deliver: [login-shells, system-services, go-env], users: {group: root}}
            toolchains:
              - {path: /opt/go, archive: /srv/go.tar.gz, sha256: \(digest)}
            """
        let found = try needs([TestHost.policy(more: more)])
        #expect(found.readsHomes)
        #expect(found.becomesOthers)
        let folders: [FilePath] = [
            "/etc/profile.d", "/etc/csh/login.d", "/etc/systemd/system.conf.d", "/usr/local/go", "/usr/lib/go",
            "/opt/go",
            "/opt",
        ]
        #expect(Set(found.folders) == Set(folders))
        let audited = try needs([TestHost.policy(mode: "audit", more: more)])
        #expect(audited == UnitNeeds(caches: [TestHost.cachePath], readsHomes: true))
    }

    @Test func letsGoCleanAsTheOwner() throws {
        let more = "    retention: {max-size: 1GiB, when-exceeded: clean}"
        #expect(try needs([TestHost.policy(more: more)]).becomesOthers)
        #expect(try !needs([TestHost.policy(mode: "audit", more: more)]).becomesOthers)
        #expect(try !needs([TestHost.policy()]).becomesOthers)
    }

    /// Without the folder nobody could remove the file.
    @Test func opensWhereAnEarlierPolicyLeftAFile() throws {
        let host = try TestHost()
        try host.directory.makeDirectory("root/etc/environment.d")
        try host.directory.write("root/etc/environment.d/90-cachewarden.conf", "GOCACHE=/a\n")
        var request = RunRequest(command: .check, threads: 1)
        request.policies = [try host.writePolicy()]
        let needs = try ExportRun(request, in: host.surroundings()).unitNeeds()
        #expect(needs.folders == ["/etc/environment.d"])
    }

    @Test func opensWhatTheSettingsName() throws {
        let settings = """
            version: 1
            audit: {path: /data/audit/log.jsonl}
            metrics: {textfile: /data/metrics/cachewarden.prom}
            notify:
              - {slack: {credential: chat}}
              - {webhook: {credential: hook, key: hook-key}}
              - {alertmanager: {credential: chat}}
              - {syslog: {}}
            """
        let expected = UnitNeeds(
            caches: [TestHost.cachePath], folders: ["/data/audit", "/data/metrics"],
            credentials: ["chat", "hook", "hook-key"])
        #expect(try needs([TestHost.policy()], settings: settings) == expected)
        #expect(try needs([], settings: settings).credentials == ["chat", "hook", "hook-key"])
    }

    @Test func findsCredentialsWhateverThePoliciesAre() throws {
        let host = try TestHost()
        var request = RunRequest(command: .check, threads: 1)
        request.settings = try host.directory.write(
            "agent.yaml", "version: 1\nnotify: [{slack: {credential: chat}}]\n")
        request.policies = [try host.writePolicy("version: 2\n")]
        let run = try ExportRun(request, in: host.surroundings())
        #expect(throws: AgentError.self) { try run.unitNeeds() }
        #expect(try run.settingsNeeds() == UnitNeeds(credentials: ["chat"]))
        request.settings = try host.directory.write("agent.yaml", "version: 2\n")
        #expect(throws: AgentError.self) { try ExportRun(request, in: host.surroundings()).settingsNeeds() }
    }
}
