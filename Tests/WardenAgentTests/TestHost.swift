import Logging
import SystemPackage
import WardenAgent
import WardenAudit
import WardenLinux
import WardenModel
import WardenTestSupport

/// A host of the test's own below a temporary directory: its `/`, its policies, one small Go build cache.
///
/// Everything in it belongs to whoever runs the tests, so it works for root and for everybody else.
struct TestHost: ~Copyable {
    static let cachePath: FilePath = "/srv/cache"
    /// Where a policy of the caller's own stands; `policy.d` is for the default folder.
    static let policyPath: FilePath = "policy.yaml"

    let directory: TemporaryDirectory
    let clock = FakeClock()
    var environment: [String: String] = [:]
    var hostName = "build-7.example.com"
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Makes the host; `pairs` is how many actions and outputs the cache has, none for no cache.
    init(pairs: Int = 4) throws {
        let directory = try TemporaryDirectory()
        for name: FilePath in ["root", "root/srv", "root/etc", "root/etc/cachewarden", "root/etc/cachewarden/policy.d"]
        {
            try directory.makeDirectory(name)
        }
        for name: FilePath in ["state", "run"] { try directory.makeDirectory(name, mode: ModeBits(0o700)) }
        environment = [
            "XDG_STATE_HOME": directory.path("state").string, "XDG_RUNTIME_DIR": directory.path("run").string,
        ]
        if pairs > 0 {
            try directory.makeDirectory("root/srv/cache")
            _ = try GoCacheTree(in: directory, at: "root/srv/cache", pairs: pairs)
        }
        self.directory = directory
    }

    var top: FilePath { directory.path("root") }
    var cache: FilePath { directory.path("root/srv/cache") }

    func surroundings(caller: UserID? = nil) throws -> Surroundings {
        let current = try ProcessIdentity.current()
        let identity = ProcessIdentity(
            realUser: current.realUser, effectiveUser: caller ?? current.effectiveUser,
            effectiveGroup: current.effectiveGroup)
        let clock = clock
        return Surroundings(
            now: { clock.now() }, makeRunID: { "run-1" }, environment: environment, caller: identity,
            hostName: hostName, top: top, observeBuilds: { _, _, _ in .known([]) },
            journal: SystemJournal(socket: directory.path("journal")), logger: logger)
    }

    /// A policy for the cache: private to its owner unless the test wants other modes.
    static func policy(
        name: String = "mine", mode: String = "enforce", hosts: String = "", path: FilePath = TestHost.cachePath,
        root: String = "0700", files: String = "0600", more: String = ""
    ) -> String {
        """
        version: 1
        policy: \(name)
        mode: \(mode)
        \(hosts)
        caches:
          - name: go-build
            path: \(path)
            mode: "\(root)"
            entries: {directories: "0700", files: "\(files)"}
        \(more)
        """
    }

    @discardableResult
    borrowing func writePolicy(
        _ text: String = TestHost.policy(), at name: FilePath = TestHost.policyPath, mode: ModeBits = ModeBits(0o644)
    ) throws -> FilePath {
        try directory.write(name, text, mode: mode)
    }

    borrowing func run(
        _ command: RunReport.Command, _ change: (inout RunRequest) -> Void = { _ in }
    ) throws -> AgentRun.Result {
        var request = RunRequest(command: command, threads: 2)
        if try directory.exists(Self.policyPath) { request.policies = [directory.path(Self.policyPath)] }
        change(&request)
        return try AgentRun(request, in: surroundings()).run()
    }

    /// Applies a plan as it was saved.
    borrowing func apply(plan bytes: [UInt8]) throws -> AgentRun.Result {
        try run(.apply) { $0.savedPlan = SavedPlan(path: "plan.json", bytes: bytes) }
    }

    /// The audit log's records, oldest first.
    borrowing func records() throws -> [AuditRecord] {
        guard let log = try surroundings().auditLog else { return [] }
        var reader = try AuditReader(log)
        var records: [AuditRecord] = []
        while let item = try reader.next() {
            if case .record(let record) = item { records.append(record) }
        }
        return records
    }
}
