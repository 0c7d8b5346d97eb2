import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenPolicy
import WardenTestSupport

@Suite("Policies and settings of a run") struct PolicyStoreTests {
    private func failure(_ host: borrowing TestHost, _ change: (inout RunRequest) -> Void = { _ in }) throws -> String {
        var text = ""
        do { _ = try host.run(.check, change) } catch let error as AgentError { text = "\(error)" }
        return text
    }

    @Test func readsTheDefaultFolderInTheOrderOfItsFiles() throws {
        let host = try TestHost()
        try host.directory.makeDirectory("root/srv/other")
        try host.writePolicy(TestHost.policy(name: "b"), at: "root/etc/cachewarden/policy.d/20.yaml")
        try host.writePolicy(
            TestHost.policy(name: "a", path: "/srv/other"), at: "root/etc/cachewarden/policy.d/10.yml")
        try host.writePolicy("no policy", at: "root/etc/cachewarden/policy.d/README")
        #expect(try host.run(.check).report.policies.map(\.name) == ["a", "b"])
    }

    @Test func readsAFolderThatIsNamed() throws {
        let host = try TestHost()
        try host.directory.makeDirectory("mine")
        try host.writePolicy(at: "mine/p.yaml")
        let folder = host.directory.path("mine")
        #expect(try host.run(.check) { $0.policies = [folder] }.report.policies.map(\.name) == ["mine"])
    }

    @Test(arguments: [0o666, 0o664, 0o606] as [UInt16])
    func refusesAPolicyThatOthersMayWrite(mode: UInt16) throws {
        let host = try TestHost()
        try host.writePolicy(mode: ModeBits(mode))
        let text = try failure(host)
        #expect(text.contains("can be written by others than its owner (mode \(ModeBits(mode)))"), "\(text)")
        #expect(text.components("chmod go-w") == 1, "\(text)")
    }

    @Test func refusesAPolicyInAFolderThatOthersMayWrite() throws {
        let host = try TestHost()
        try host.directory.makeDirectory("open", mode: ModeBits(0o777))
        try host.writePolicy(at: "open/p.yaml")
        let path = host.directory.path("open/p.yaml")
        #expect(try failure(host) { $0.policies = [path] }.contains("can be written by others"))
    }

    @Test func refusesASymbolicLink() throws {
        let host = try TestHost()
        try host.writePolicy(at: "real.yaml")
        try host.directory.makeSymbolicLink("link.yaml", to: "real.yaml")
        let path = host.directory.path("link.yaml")
        #expect(try failure(host) { $0.policies = [path] }.contains("is a symbolic link"))
    }

    @Test(.enabled(if: TestProcess.isRoot, "needs root to give a file away"))
    func refusesAPolicyOfSomebodyElse() throws {
        let host = try TestHost()
        try host.writePolicy()
        try host.directory.setOwnership(TestHost.policyPath, owner: UserID(54_321))
        #expect(try failure(host).contains("54321"))
    }

    @Test func namesAMissingFile() throws {
        let host = try TestHost()
        let path = host.directory.path("nothing.yaml")
        #expect(try failure(host) { $0.policies = [path] }.contains("nothing.yaml': No such file or directory"))
    }

    @Test func saysEverythingThatIsWrongInAllFiles() throws {
        let host = try TestHost()
        try host.writePolicy("version: 1\npolicy: a\ncaches: [{name: c, path: relative}]\n", at: "a.yaml")
        try host.writePolicy("version: 2\npolicy: b\n", at: "b.yaml")
        try host.writePolicy("version: 1\nmoed: audit\npolicy: 7\n", at: "c.yaml")
        let paths = ["b.yaml", "c.yaml", "a.yaml"].map { host.directory.path($0) }
        let error = #expect(throws: AgentError.self) { _ = try host.run(.check) { $0.policies = paths } }
        guard case .badPolicies(let diagnostics)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let places = diagnostics.map { "\($0.file.lastComponent?.string ?? "") \($0.mark?.line ?? 0)" }
        #expect(places == places.sorted(), "\(places)")
        #expect(Set(places.map { $0.prefix(1) }) == ["a", "b", "c"], "\(places)")
    }

    @Test func refusesTwoPoliciesForOneCache() throws {
        let host = try TestHost()
        try host.writePolicy(TestHost.policy(name: "a"), at: "a.yaml")
        try host.writePolicy(TestHost.policy(name: "b"), at: "b.yaml")
        let paths = [host.directory.path("a.yaml"), host.directory.path("b.yaml")]
        let text = try failure(host) { $0.policies = paths }
        #expect(text.contains("a.yaml") && text.contains("b.yaml"), "\(text)")
        #expect(text.contains("/srv/cache"), "\(text)")
    }

    @Test func lacksNoConflictWhereOnlyOneIsForThisHost() throws {
        let host = try TestHost()
        try host.writePolicy(TestHost.policy(name: "a"), at: "a.yaml")
        try host.writePolicy(TestHost.policy(name: "b", hosts: "hosts: [{name: \"web-*\"}]"), at: "b.yaml")
        let paths = [host.directory.path("a.yaml"), host.directory.path("b.yaml")]
        #expect(try host.run(.check) { $0.policies = paths }.report.policies.map(\.name) == ["a"])
    }

    @Test(
        arguments: [
            ("[{name: \"build-*\"}]", nil, [:], true), ("[{name: \"build-?.example.com\"}]", nil, [:], true),
            ("[{name: \"web-*\"}]", nil, [:], false), ("[{name: \"web-*\"}]", "web-1", [:], true),
            ("[{labels: {role: builder}}]", nil, ["role": "builder"], true),
            ("[{labels: {role: builder}}]", nil, [:], false), ("[{labels: {site: fra1}}]", nil, [:], true),
            ("[{labels: {site: fra1}}]", nil, ["site": "muc2"], false),
        ] as [(String, String?, [String: String], Bool)])
    func selectsByNameAndLabels(hosts: String, name: String?, labels: [String: String], isSelected: Bool) throws {
        let host = try TestHost()
        try host.writePolicy("version: 1\nlabels: {site: fra1}\n", at: "root/etc/cachewarden/agent.yaml")
        try host.writePolicy(TestHost.policy(hosts: "hosts: \(hosts)"))
        let report = try host.run(.check) { request in
            request.labels = labels
            request.hostName = name
        }.report
        #expect(report.policies.isEmpty == !isSelected)
        #expect((report.verdict == .compliant) == !isSelected)
        let note = "no policy selects host '\(name ?? host.hostName)': 1 read, nothing to do"
        #expect(report.notes.contains(note) == !isSelected, "\(report.notes)")
    }

    @Test func namesTheGroupThatTheHostDoesNotKnow() throws {
        let host = try TestHost()
        try host.writePolicy(
            TestHost.policy(more: "    trust: mutual\n    group: no-such-group-here"))
        let text = try failure(host)
        #expect(text.contains("cannot check cache 'go-build': unknown group 'no-such-group-here'"), "\(text)")
        #expect(text.contains("help: create it"), "\(text)")
    }

    @Test func saysWhatIsWrongInTheSettings() throws {
        let host = try TestHost()
        try host.writePolicy()
        try host.writePolicy("version: 1\nlables: {a: b}\n", at: "root/etc/cachewarden/agent.yaml")
        let error = #expect(throws: AgentError.self) { _ = try host.run(.check) }
        guard case .badPolicies(let diagnostics)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect("\(diagnostics)".contains("lables"))
        let missing = host.directory.path("none.yaml")
        try host.directory.remove("root/etc/cachewarden/agent.yaml")
        #expect(try failure(host) { $0.settings = missing }.contains("No such file"))
    }

    @Test func putsTheAuditLogWhereTheSettingsSay() throws {
        let host = try TestHost()
        try host.writePolicy()
        try host.writePolicy("version: 1\naudit: {path: /srv/log/audit.jsonl}\n", at: "root/etc/cachewarden/agent.yaml")
        let audit = try host.run(.apply).report.audit
        #expect(audit?.path == host.top.appending("srv/log/audit.jsonl"))
        #expect(try host.directory.exists("root/srv/log/audit.jsonl"))
    }

    @Test func digestsWhatWasRead() throws {
        let host = try TestHost()
        try host.writePolicy()
        let first = try host.run(.check).plan.policyDigest
        #expect(first == (try host.run(.check).plan.policyDigest))
        try host.writePolicy(TestHost.policy() + "# a comment\n")
        #expect(first != (try host.run(.check).plan.policyDigest))
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
