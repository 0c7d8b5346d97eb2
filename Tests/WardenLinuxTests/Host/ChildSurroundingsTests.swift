import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// What a program gets from its parent. Parents with a lot to give are processes of their own.
@Suite(.timeLimit(.minutes(30)))
struct ChildSurroundingsTests {
    @Test func hasTheGivenEnvironmentAndNothingElse() async {
        await #expect(processExitsWith: .success) {
            for (name, value) in [
                ("GOFLAGS", "-toolexec=/bin/false"), ("GOENV", "/tmp/env"), ("LD_PRELOAD", "/tmp/none.so"),
                ("GODEBUG", "x=1"), ("PATH", "/tmp"), ("GOCACHEPROG", "/bin/false"),
            ] {
                unsafe setenv(name, value, 1)
            }
            let environment = ["A=1", "PATH=/usr/bin:/bin", "B=", "A=2", "no-equals-sign"]
            let command = ChildCommand(
                "/bin/cat", arguments: ["cat", "/proc/self/environ"].map { Array($0.utf8) },
                environment: environment.map { Array($0.utf8) })
            let result = try ChildProcess.run(command, as: Child.identity, limit: .seconds(60))
            #expect(result.output == environment.flatMap { Array($0.utf8) + [0] })
        }
    }

    @Test func getsItsArgumentsAsTheyAre() throws {
        let arguments: [[UInt8]] = ["name", "/proc/self/cmdline", ""].map { Array($0.utf8) } + [[0x66, 0xff, 0x0a]]
        let command = ChildCommand("/bin/cat", arguments: arguments, environment: [])
        let result = try ChildProcess.run(command, as: Child.identity, limit: .seconds(60))
        // The empty name is no file, and the complaints about it and the last follow.
        let wanted = Array(arguments.map { $0 + [0] }.joined())
        #expect(result.output.starts(with: wanted))
    }

    @Test func worksAtTheTopOfTheFileSystem() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            #expect(FileManager.default.changeCurrentDirectoryPath(directory.path.string))
            #expect(try Child.shell("pwd -P").text == "/\n")
        }
    }

    @Test func inheritsNeitherDescriptorsNorSignalsNorMask() async {
        await #expect(processExitsWith: .success) {
            // Without O_CLOEXEC, the least and the highest numbers among them.
            for _ in 0..<20 { _ = try FileDescriptor.open(FilePath("/dev/null"), .readWrite) }
            #expect(dup2(0, 900) == 900)
            signal(SIGTERM, SIG_IGN)
            signal(SIGPIPE, SIG_IGN)
            var blocked = sigset_t()
            unsafe sigaddset(&blocked, SIGTERM)
            unsafe sigaddset(&blocked, SIGUSR1)
            unsafe pthread_sigmask(SIG_SETMASK, &blocked, nil)
            umask(0)
            #expect(try Child.shell("ls /proc/$$/fd; :").text == "0\n1\n2\n")
            #expect(try Child.shell("umask").text == "0077\n")
            let status = try Child.status()
            let nothing = "0000000000000000"
            #expect(status["SigBlk"] == nothing)
            #expect(status["SigIgn"] == nothing)
            #expect(status["SigCgt"] == nothing)
            // The mask of this thread is as it was.
            var now = sigset_t()
            unsafe pthread_sigmask(SIG_SETMASK, nil, &now)
            let stillBlocked = [SIGTERM, SIGUSR1, SIGUSR2].filter { unsafe sigismember(&now, $0) == 1 }
            #expect(stillBlocked == [SIGTERM, SIGUSR1])
        }
    }

    /// Not in a process of its own: those of the test library may leave no core behind anyway.
    @Test func leavesNoCoreBehind() throws {
        let resource = __rlimit_resource_t(4)  // RLIMIT_CORE
        var before = rlimit()
        unsafe getrlimit(resource, &before)
        var all = before
        all.rlim_cur = before.rlim_max
        unsafe setrlimit(resource, &all)
        defer { unsafe setrlimit(resource, &before) }
        #expect(try Child.shell("ulimit -c; ulimit -H -c").text == "0\n0\n")
    }

    @Test func startsWithoutItsStandardDescriptors() async {
        await #expect(processExitsWith: .success) {
            #expect(close(0) == 0)
            let result = try Child.shell("ls /proc/$$/fd; cat; :")
            #expect(result.text == "0\n1\n2\n")
        }
    }

    @Test func cannotGainRights() throws {
        let status = try Child.status()
        #expect(status["NoNewPrivs"] == "1")
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(status[set] == "0000000000000000") }
    }

    @Test(.enabled(if: TestProcess.isRoot, "being root takes root")) func hasNoCapabilitiesAsRootEither() throws {
        let root = ChildIdentity(user: .root, group: GroupID(54_322), supplementaryGroups: [GroupID(54_323)])
        let status = try Child.status(as: root)
        #expect(status["Uid"] == "0 0 0 0")
        #expect(status["Gid"] == "54322 54322 54322 54322")
        #expect(status["Groups"] == "54323")
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(status[set] == "0000000000000000") }
    }

    @Test func isInASessionOfItsOwn() throws {
        let numbers = try Child.shell("echo $$; cut -d' ' -f5,6 /proc/$$/stat; :").text
            .split(whereSeparator: \.isWhitespace)
        #expect(Set(numbers).count == 1)
        #expect(numbers.count == 3)
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming somebody else needs root")) func isNobodyButTheWantedUser() throws
    {
        let status = try Child.status()
        #expect(status["Uid"] == "54321 54321 54321 54321")
        #expect(status["Gid"] == "54322 54322 54322 54322")
        #expect(status["Groups"] == "54323 54324")
        let alone = ChildIdentity(user: UserID(54_321), group: GroupID(54_322), supplementaryGroups: [])
        #expect(try Child.status(as: alone)["Groups"] == "")
    }

    @Test(arguments: [(.max, 54_322), (54_321, .max), (.max, .max)] as [(UInt32, UInt32)])
    func isNeverRootBecauseAnIDIsNobodys(user: UInt32, group: UInt32) {
        let identity = ChildIdentity(
            user: UserID(rawValue: user), group: GroupID(rawValue: group), supplementaryGroups: [])
        #expect(throws: Errno.self) { try Child.status(as: identity) }
    }

    @Test func isNobodyElseForAPlainUser() async {
        await #expect(processExitsWith: .success) {
            if TestProcess.isRoot {
                #expect(setgroups(0, nil) == 0 && setgid(54_322) == 0 && setuid(54_321) == 0)
            }
            let own = ChildIdentity(user: TestProcess.user, group: TestProcess.group, supplementaryGroups: [])
            let user = try Child.status(as: own)["Uid"] ?? ""
            #expect(user.hasPrefix("\(TestProcess.user.rawValue) "))
            for other in [UserID.root, UserID(12_345)] {
                let identity = ChildIdentity(user: other, group: own.group, supplementaryGroups: [])
                #expect(throws: Errno.notPermitted) { try Child.status(as: identity) }
            }
        }
    }

    @Test func hasTheGroupsOfALogin() throws {
        let accounts = Accounts()
        // Other tests make and remove users meanwhile: those that a host always has are not theirs.
        let script = "getent passwd | while IFS=: read -r name x id x; do [ $id -ge 1000 ] || echo $name; done"
        let names = try Tool.run(script, in: "/tmp").split(separator: "\n")
        try #require(names.contains("root"))
        for name in names {
            let account = try #require(try accounts.account(named: String(name)))
            let identity = try ChildIdentity(of: account, in: accounts)
            let ids = try Tool.run("id -u \(name); id -g \(name); id -G \(name)", in: "/tmp")
                .split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
            #expect(identity.user.rawValue == ids[0])
            #expect(identity.group.rawValue == ids[1])
            #expect(identity.supplementaryGroups.map(\.rawValue) == ids.dropFirst(2).sorted())
        }
    }
}

extension Child {
    /// Returns what the kernel says of a program, by name (`proc_pid_status(5)`), tabs and repeated spaces made one.
    static func status(as identity: ChildIdentity = identity) throws -> [String: String] {
        let result = try ChildProcess.run(command("/bin/cat", "/proc/self/status"), as: identity, limit: .seconds(60))
        return Dictionary(
            uniqueKeysWithValues: result.text.split(separator: "\n").map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                let words = parts.dropFirst().first?.split(whereSeparator: \.isWhitespace) ?? []
                return (String(parts[0]), words.joined(separator: " "))
            })
    }
}
