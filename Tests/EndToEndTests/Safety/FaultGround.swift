import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// A small host whose cache drifts and exceeds its limit, put back into that state again and again.
struct FaultGround: ~Copyable {
    /// What a run is about.
    enum Scenario: CaseIterable {
        /// Evict, refresh and repair, behind records of an earlier run.
        case repair
        /// Make a cache root that is missing, and a log.
        case creation
        /// Write a plan over an older one.
        case plan
        /// Empty the cache.
        case clean
        /// Take damaged outputs out of it, with the actions that name them: no output here has its content's name.
        case mending
        /// Make, rewrite and remove the files that send builds to a cache, on a host below a folder.
        case delivery
    }

    /// What is done to one call.
    struct Fault: CustomStringConvertible {
        /// What strace takes behind the call's name: `error=EIO` or `signal=KILL`.
        let action: String
        let call: String
        let number: Int

        var description: String { "\(call):\(action):when=\(number)" }
    }

    let host: TestHost
    let scenario: Scenario

    private init(_ host: consuming TestHost, _ scenario: Scenario) {
        self.host = host
        self.scenario = scenario
    }

    static func make(_ scenario: Scenario) throws -> FaultGround {
        let ground = FaultGround(try TestHost.make(), scenario)
        try ground.prepare()
        return ground
    }

    private var template: FilePath { host.folder.path("template") }
    private var top: FilePath { host.folder.path("top") }
    private var plan: FilePath { host.folder.path("out/plan.json") }

    private func prepare() throws {
        try host.compile("without")
        try host.folder.makeDirectory("out")
        try host.folder.write("out/plan.json", "old")
        try host.folder.makeDirectory("delivery")
        try host.folder.write(
            "delivery/policy.yaml",
            """
            version: 1
            policy: shared
            mode: enforce
            caches: [{path: /srv/cache, mode: "0755"}]
            environment:
              - variables: {GOCACHE: /srv/cache}
                deliver: [login-shells, system-services, go-env]

            """, mode: ModeBits(0o644))
        try host.folder.write(
            "top-agent.yaml", "version: 1\naudit: {path: /log/audit.jsonl}\n", mode: ModeBits(0o644))
        // Records of an earlier run, which made the root.
        try host.cachewarden("apply").runSuccessfully()
        try host.folder.removeTree("go-build")
        try host.limit("{max-size: 1B, own-trim: true}")
        let tree = try host.makeUsedCache(by: host.first, pairs: 3)
        try host.age(hours: 48)
        // One pair is young, so that entries are left whose rights are to be repaired.
        for entry in scenario == .mending ? [] : [tree.actions[0], tree.outputs[0]] {
            let path = host.folder.path(entry).string
            try Command("/usr/bin/touch", path).runSuccessfully()
            try Command("/usr/bin/setfacl", "-m", "u:\(host.outsider):r", path).runSuccessfully()
        }
        try host.folder.makeDirectory("template", mode: ModeBits(0o700))
        for name in ["go-build", "log", "out"] {
            try Command("/bin/cp", "-a", host.folder.path(FilePath(name)).string, template.string).runSuccessfully()
        }
    }

    /// Puts cache, log and plan back.
    func reset() throws {
        let script = """
            cd "$1" && rm -rf go-build log out && cp -a template/out . &&
            if [ "$2" = creation ]; then mkdir -m 0700 log; else cp -a template/go-build template/log .; fi
            [ "$2" = delivery ] || exit 0
            rm -rf top && mkdir -p top/srv/cache/00 top/etc/environment.d top/etc/profile.d top/usr/local/go && mkdir -m 0700 top/log
            printf 'go1.27.3\\n' >top/usr/local/go/VERSION && printf 'GOPROXY=off\\n' >top/usr/local/go/go.env
            title='# Kept by cachewarden: what is changed here comes back, and what its policies drop goes.'
            printf '%s\\n# policy shared\\nGOCACHE=/old\\n' "$title" >top/etc/environment.d/90-cachewarden.conf
            printf "%s\\n# policy shared\\nexport GOCACHE='/old'\\n" "$title" >top/etc/profile.d/cachewarden.sh
            """
        try Command("/bin/sh", "-c", script, "sh", host.folder.path.string, "\(scenario)").runSuccessfully()
    }

    /// The run that is disturbed; on one thread, so that calls have a place in a sequence.
    ///
    /// strace 6.1 does not know two calls that change a mode and read an ACL, so it gets to see those of older kernels.
    var command: Command { host.command(plainCommand, without: .changeMode, .readAttribute) }

    private var plainCommand: Command {
        switch scenario {
        case .repair, .creation: host.cachewarden("apply", "--threads", "1")
        case .plan: host.cachewarden("plan", "--threads", "1", "--out", plan.string)
        case .clean: host.cachewarden("clean", "go-build", "--threads", "1")
        case .mending: host.cachewarden("verify", "go-build", "--repair", "--threads", "1")
        case .delivery:
            Command(
                Installation.binary, "apply", "--threads", "1", "--root", top.string, "--policy",
                host.folder.path("delivery/policy.yaml").string, "--settings", host.folder.path("top-agent.yaml").string
            )
        }
    }

    func run(with fault: Fault) throws -> CommandResult {
        var disturbed = Command("/usr/bin/strace", "-f", "-qq", "-o", "/dev/null")
        // A filter stops at the traced call alone, which is faster; strace 6.1 injects no signal with it.
        if fault.action.hasPrefix("error") { disturbed.arguments.append("--seccomp-bpf") }
        disturbed.arguments += ["-e", "trace=" + fault.call, "-e", "inject=\(fault)"]
        disturbed.arguments += [command.executable.string] + command.arguments
        disturbed.retriedStatus = command.retriedStatus
        disturbed.limit = 60
        return try disturbed.run()
    }

    // MARK: - Calls

    private static let calls: Set<String> = [
        "openat", "openat2", "statx", "fstatfs", "fchownat", "fchmod", "chmod", "setxattr", "fsetxattr", "getxattr",
        "lgetxattr", "fgetxattr", "removexattr", "fremovexattr", "unlinkat", "utimensat", "write", "pwrite64",
        "pread64", "read", "fdatasync", "fsync", "getdents64", "ftruncate", "linkat", "renameat2", "mkdirat", "lseek",
        "fcntl",
    ]

    /// Returns which occurrences of each call a run makes on behalf of the cache, the policy, the log or its output.
    ///
    /// What the dynamic linker opens before, and other processes in /proc, of which there are more or fewer next
    /// time, is no part of it.
    func sites() throws -> [String: [Int]] {
        try reset()
        let calls = try host.trace(command, "-y", expecting: [0, 2])
        let begin = try #require(calls.firstIndex { $0.line.contains("\"policy.yaml\"") })
        var counts: [String: Int] = [:]
        var sites: [String: Set<Int>] = [:]
        for (index, call) in calls.enumerated() where Self.calls.contains(call.name) {
            // strace counts on each thread anew.
            let number = counts["\(call.thread) \(call.name)", default: 0] + 1
            counts["\(call.thread) \(call.name)"] = number
            let isOurs = ["/run/", host.folder.path.string, "/proc/self/fd/"].contains { call.line.contains($0) }
            guard index >= begin, isOurs else { continue }
            sites[call.name, default: []].insert(number)
        }
        return sites.mapValues { $0.sorted() }
    }

    // MARK: - What is left

    /// What stands in the cache and beside it, without times.
    struct Picture: Equatable {
        var cache: [RelativePath: NodeState] = [:]
        var beside: Set<String> = []
        /// The folders that no run may touch, change times included.
        var outside: [RelativePath: FileStatus] = [:]
    }

    func picture() throws -> Picture {
        var picture = Picture()
        for path in try host.folder.exists("go-build") ? TreeSnapshot(of: host.cache).nodes.keys.sorted() : [] {
            picture.cache[path] = try host.folder.state(FilePath("go-build").appending("\(path)"))
        }
        for (path, status) in try TreeSnapshot(of: host.folder.path).nodes {
            let top = "\(path)".split(separator: "/").first.map(String.init) ?? ""
            if ["log", "out"].contains(top) { picture.beside.insert("\(path)") }
            if top == "top" {
                let name = FilePath("\(path)")
                let content = try status.kind == .file && !name.starts(with: "top/log") ? host.folder.read(name) : []
                picture.beside.insert("\(path) \(status.mode) \(String(decoding: content, as: UTF8.self))")
            }
            if ["etc", "home", "src", "template"].contains(top) { picture.outside[path] = status }
        }
        return picture
    }

    /// The log that runs write.
    var auditLog: FilePath { scenario == .delivery ? top.appending("log/audit.jsonl") : host.auditLog }

    /// The content of the plan's file.
    func planContent() throws -> String { String(decoding: try host.folder.read("out/plan.json"), as: UTF8.self) }
}
