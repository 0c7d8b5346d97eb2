import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// Two users who build without pause, each with a toolchain of their own, in the shared cache of a host.
///
/// A module has 40 small packages that hardly ever change, a slow one that changes every round, and another slow one that
/// imports all of them. The go command finds the 40 in the cache while it plans, and the compiler opens them only when
/// the first slow one is done: what is deleted in those seconds is a failed build, not a miss (peers.md, M5).
struct StressHost: ~Copyable {
    let host: TestHost
    private var builders: [RunningBuilder] = []

    struct RunningBuilder {
        let process: Process
        let results: FilePath
    }

    static func make() throws -> StressHost {
        let stress = StressHost(host: try TestHost.make())
        try stress.host.folder.write("lock", "", mode: ModeBits(0o666))
        try stress.host.folder.write("build.sh", Self.script, mode: ModeBits(0o755))
        return stress
    }

    private init(host: consuming TestHost) { self.host = host }

    /// What a builder does until a file `stop` appears: rounds of changed constants, built, tested, run.
    private static let script = """
        #!/bin/bash
        # build.sh GO MODULE RESULTS STOP LOCK: one line a round in RESULTS, `ok` or `failed`, with all that was said.
        go=$1 module=$2 results=$3 stop=$4 lock=$5
        cd "$module" || exit 1
        round=0
        while [[ ! -e $stop ]]; do
            round=$((round + 1))
            exec 9<"$lock"; flock -s 9
            sed -i "s/const Round = .*/const Round = $round/" slow/round.go
            ((round % 7)) || sed -i "s/const V = .*/const V = $round/" "leaf$((round % 40))/leaf.go"
            flags=(); ((round % 3 == 0)) && flags=(-trimpath)
            case $((round % 5)) in
            3) command=(test "${flags[@]}" ./wide ./leaf1 ./leaf2) ;;
            4) command=(run "${flags[@]}" .) ;;
            *) command=(build "${flags[@]}" -o "$HOME/program" .) ;;
            esac
            if "$go" "${command[@]}" >"$HOME/said" 2>&1; then
                echo "ok" >>"$results"
            else
                echo "failed: ${command[*]}: $(tr '\\n' ' ' <"$HOME/said" | cut -c1-600)" >>"$results"
            fi
            flock -u 9; exec 9<&-
        done

        """

    /// Writes a module of which `user` changes the files.
    private func makeModule(for user: String, lines: Int) throws -> FilePath {
        let root = FilePath("src/\(user)")
        for name in ["", "slow", "wide"] + (0..<40).map({ "leaf\($0)" }) {
            try host.folder.makeDirectory(name.isEmpty ? root : root.appending(name))
        }
        func write(_ name: String, _ content: String) throws {
            try host.folder.write(root.pushing(FilePath(name)), content)
        }
        let module = "example.com/\(user)"
        try write("go.mod", "module \(module)\n\ngo 1.24\n")
        for leaf in 0..<40 {
            try write(
                "leaf\(leaf)/leaf.go", "package leaf\(leaf)\n\nconst V = 1\n\nfunc F() int { return V + \(leaf) }\n")
            try write(
                "leaf\(leaf)/leaf_test.go",
                "package leaf\(leaf)\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { _ = F() }\n")
        }
        try write("slow/round.go", "package slow\n\nconst Round = 1\n")
        // Enough for the compiler to be busy for a second or two.
        let bodies = (0..<lines).map { number in
            "func f\(number)(a, b, c int) int {\n"
                + (0..<12).map { "\tif a*\($0 + number) > b { b += c*a - \($0); a, c = c, a+b }\n" }.joined()
                + "\treturn a + b*c + Round\n}\n"
        }
        let calls = (0..<lines).map { "f\($0)(1, 2, 3)" }.joined(separator: " + ")
        try write("slow/slow.go", "package slow\n\n\(bodies.joined())\nfunc Sum() int { return \(calls) }\n")
        let imports = (0..<40).map { "\t\"\(module)/leaf\($0)\"\n" }.joined()
        let sum = (0..<40).map { "leaf\($0).F()" }.joined(separator: " + ")
        try write(
            "wide/wide.go",
            "package wide\n\nimport (\n\(imports)\t\"\(module)/slow\"\n)\n\nfunc Sum() int { return slow.Sum() + \(sum) }\n"
        )
        try write(
            "wide/wide_test.go", "package wide\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) { _ = Sum() }\n")
        try write("main.go", "package main\n\nimport \"\(module)/wide\"\n\nfunc main() { println(wide.Sum()) }\n")
        try Command("/bin/chown", "-R", "\(user):\(user)", host.folder.path(root).string).runSuccessfully()
        return host.folder.path(root)
    }

    /// Starts both builders; the newest two toolchains share the cache.
    mutating func startBuilders() throws {
        for (user, toolchain) in zip(host.users, Installation.toolchains.suffix(2)) {
            let module = try makeModule(for: user, lines: 250)
            let results = try host.folder.write(FilePath("results-\(user)"), "", mode: ModeBits(0o666))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
            process.arguments = [
                "--reuid=\(user)", "--regid=\(user)", "--init-groups", "/bin/bash", "-c", "umask 022; exec \"$@\"", "-",
                host.folder.path("build.sh").string, toolchain.go.string, module.string, results.string,
                host.folder.path("stop").string, host.folder.path("lock").string,
            ]
            process.environment = [
                "PATH": "\(toolchain.root)/bin:/usr/bin:/bin", "HOME": host.folder.path("home").appending(user).string,
                "GOCACHE": host.cache.string, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local",
                "CGO_ENABLED": "0", "GOTELEMETRY": "off",
            ]
            process.standardInput = FileHandle.nullDevice
            try process.run()
            builders.append(RunningBuilder(process: process, results: results))
        }
    }

    /// Lets the builds come to their end.
    mutating func stopBuilders() throws {
        try host.folder.write("stop", "")
        for builder in builders { builder.process.waitUntilExit() }
        builders = []
        try host.folder.remove("stop")
    }

    deinit {
        // A builder that outlives its folder fails by itself.
        for builder in builders { builder.process.terminate() }
    }

    /// How many rounds ended well, and what was said by those that failed.
    func results() throws -> (passed: Int, failed: [String]) {
        var lines: [Substring] = []
        for user in host.users {
            lines += String(decoding: try host.folder.read(FilePath("results-\(user)")), as: UTF8.self).split(
                separator: "\n")
        }
        return (lines.count { $0 == "ok" }, lines.filter { $0 != "ok" }.map(String.init))
    }

    func forgetResults() throws {
        for user in host.users { try host.folder.write(FilePath("results-\(user)"), "", mode: ModeBits(0o666)) }
    }

    /// Waits until both have built a few rounds, so that the cache holds what they come back to.
    func warmUp(rounds: Int) throws {
        let end = ContinuousClock.now + .seconds(240)
        while try results().passed < rounds, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.5) }
        try #require(try results().failed.isEmpty, "builds must work before anybody evicts")
    }

    /// Does `evict` again and again until the time is over, or `isDone` says so.
    func evict(seconds: Int, _ evict: () throws -> Void, until isDone: () throws -> Bool = { false }) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end, try !isDone() { try evict() }
    }
}
