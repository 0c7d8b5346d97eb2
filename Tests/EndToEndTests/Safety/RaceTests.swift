import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A member exchanges names with links to somebody else's files, without pause, while the agent looks and repairs.
    @Suite(
        "Races", .enabled(if: Installation.canTrace && Attacker.canCompile, "needs root, useradd, acl, strace and gcc"))
    struct RaceTests {
        /// How names below the root are resolved.
        enum Resolution: CaseIterable {
            case kernel, nameByName
        }

        @Test(
            "5–8: whatever is exchanged, nothing outside changes", .timeLimit(.minutes(60)),
            arguments: Resolution.allCases)
        func nothingOutsideChanges(_ resolution: Resolution) throws {
            let host = try TestHost.make()
            try host.limit("{max-entries: 4}")
            let victim = try Attacker.prepare(host)
            let attacker = try Attacker.start(host)
            defer { attacker.end() }
            try expectToBeatANaiveWalker(host, victim)
            let before = try TreeSnapshot(of: victim)
            var passes: [Int32: Int] = [:]
            let end = ContinuousClock.now + Attacker.duration
            while ContinuousClock.now < end {
                for command in ["check", "apply"] {
                    let result = try run(host.cachewarden(command), resolution).run()
                    passes[result.status, default: 0] += 1
                    #expect([0, 2, 3].contains(result.status), "\(command): \(result)")
                }
                let differences = try TreeSnapshot(of: victim).differences(from: before)
                try #require(differences.isEmpty, "\(differences)")
            }
            #expect(attacker.isRunning, "the attacker must not have given up")
            print("Races, \(resolution): \(passes.values.reduce(0, +)) runs, by exit code \(passes)")
            let audit = try Command(Installation.binary, "audit", "verify", "--log", host.auditLog.string).run()
            #expect(audit.status == 0, "\(audit)")
            let log = String(decoding: try host.folder.read("log/audit.jsonl"), as: UTF8.self)
            #expect(
                log.contains("retention-intended") && log.contains("change-intended"),
                "the race must be about something")
        }

        private func run(_ command: Command, _ resolution: Resolution) -> Command {
            guard resolution == .nameByName else { return command }
            var traced = command
            traced.executable = "/usr/bin/strace"
            traced.arguments =
                ["-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "inject=openat2:error=ENOSYS"]
                + [command.executable.string] + command.arguments
            return traced
        }

        /// Without an attacker who can win, winning means nothing.
        private func expectToBeatANaiveWalker(_ host: borrowing TestHost, _ victim: FilePath) throws {
            let script = """
                while [ "$(stat -c %a '\(victim)'/*0-d)" = 600 ]; do
                    find '\(host.cache)' -type f -exec chmod 0640 {} + 2>/dev/null
                done
                exit 0
                """
            let walker = try Command("/usr/bin/timeout", "10", "/bin/sh", "-c", script).run()
            try #require(walker.status == 0, "void: the attacker did not beat find -exec chmod within 10 s: \(walker)")
            try Command("/bin/sh", "-c", "chmod 0600 '\(victim)'/*").runSuccessfully()
        }
    }
}

/// The member: a C program, run as the first user, that owns what is in the cache.
private struct Attacker {
    static let canCompile = FileManager.default.isExecutableFile(atPath: "/usr/bin/gcc")

    /// Half a minute for each resolution, or as long as `CACHEWARDEN_RACE_SECONDS` says.
    static var duration: Duration {
        .seconds(TestProcess.environment("CACHEWARDEN_RACE_SECONDS").flatMap { Int64($0) } ?? 30)
    }

    private let process: Process

    /// Makes the cache, and outside of it a directory with files of the same names, root's and old.
    static func prepare(_ host: borrowing TestHost) throws -> FilePath {
        try host.cachewarden("apply").runSuccessfully()
        try host.folder.write("go-build/README", "This directory holds cached build artifacts.\n")
        let victim = try host.folder.makeDirectory("victim", mode: ModeBits(0o711))
        for digit in 0..<10 {
            let name = FilePath("victim").appending(Self.name(digit))
            try host.folder.write(name, "precious", mode: ModeBits(0o600))
            let old = Timestamp(seconds: 1_700_000_000)
            try host.folder.setTimes(name, accessed: old, modified: old)
        }
        try host.folder.makeSymbolicLink("go-build/evil", to: victim)
        return victim
    }

    private static func name(_ digit: Int) -> String { String(repeating: "ab", count: 31) + "a\(digit)-d" }

    static func start(_ host: borrowing TestHost) throws -> Attacker {
        let source = try host.folder.write("attacker.c", program)
        let binary = host.folder.path("attacker").string
        try Command("/usr/bin/gcc", "-O2", "-o", binary, source.string).runSuccessfully()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = [
            "--reuid=\(host.first)", "--regid=\(host.first)", "--init-groups", binary, host.cache.string,
            host.folder.path("victim").string,
        ]
        try process.run()
        Thread.sleep(forTimeInterval: 1)
        try #require(process.isRunning, "the attacker must get to work")
        return Attacker(process: process)
    }

    var isRunning: Bool { process.isRunning }

    func end() {
        // What Foundation starts inherits blocked signals, SIGTERM among them.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Exchanges a shard with a link to the victim's directory, and an entry with a link to the victim's file; makes drift,
    /// old times, and again what was evicted.
    private static let program = #"""
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <time.h>
        #include <unistd.h>

        int main(int count, char **arguments) {
            char names[10][80], target[4096];
            if (count < 3 || chdir(arguments[1]) < 0) return 1;
            mkdir("ab", 0770);
            int shard = open("ab", O_RDONLY | O_DIRECTORY);
            if (shard < 0) return 2;
            for (int digit = 0; digit < 10; digit++) {
                for (int part = 0; part < 31; part++) memcpy(names[digit] + 2 * part, "ab", 2);
                sprintf(names[digit] + 62, "a%d-d", digit);
            }
            snprintf(target, sizeof target, "%s/%s", arguments[2], names[1]);
            symlinkat(target, shard, "link");
            struct timespec old[2] = {{time(NULL) - 40 * 3600}, {time(NULL) - 40 * 3600}};
            for (unsigned turn = 0;; turn++) {
                renameat2(AT_FDCWD, "ab", AT_FDCWD, "evil", RENAME_EXCHANGE);
                renameat2(shard, names[1], shard, "link", RENAME_EXCHANGE);
                if (turn % 512) continue;
                for (int digit = 0; digit < 10; digit++) {
                    int file = openat(shard, names[digit], O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
                    if (file < 0) continue;
                    if (write(file, "x", 1) == 1 && turn % 1024 == 0) fchmod(file, 0600);
                    futimens(file, old);
                    close(file);
                }
            }
        }
        """#
}
