import Foundation
import SystemPackage
import Testing
import WardenAgent
import WardenLinux
import WardenModel
import WardenNotify
import WardenTestSupport

/// What becomes of an outbox, with real programs and sockets at its end.
@Suite("Telling") struct NotifyRunTests {
    /// Somebody whose state is below the home directory, also where root tests.
    private static let caller = TestProcess.isRoot ? UserID(4_711) : TestProcess.user
    private static let mail = "{mail: {to: [ops@example.com]}, at-least: low}"
    private static let log = "{syslog: {facility: local3}, at-least: low}"

    private func makeHost(_ channels: String) throws -> TestHost {
        var host = try TestHost()
        host.environment["CREDENTIALS_DIRECTORY"] = host.directory.path("credentials").string
        try host.writePolicy(TestHost.policy(mode: "audit"))
        try host.directory.write("agent.yaml", "version: 1\nnotify: [\(channels)]\n", mode: ModeBits(0o644))
        for name: FilePath in ["root/usr", "root/usr/sbin", "root/dev"] { try host.directory.makeDirectory(name) }
        try host.directory.makeDirectory("credentials", mode: ModeBits(0o700))
        return host
    }

    /// A sendmail that keeps its input, and says and ends with what it is told.
    private func makeSendmail(_ host: borrowing TestHost, _ end: String = "exit 0") throws {
        let mail = host.directory.path("mail").string
        try host.directory.write(
            "root/usr/sbin/sendmail", "#!/bin/sh\ncat >>'\(mail)'\necho \"$@\" >>'\(mail).arguments'\n\(end)\n",
            mode: ModeBits(0o755))
    }

    private func apply(_ host: borrowing TestHost) throws {
        var request = RunRequest(command: .apply, threads: 2)
        request.policies = [host.directory.path(TestHost.policyPath)]
        request.settings = host.directory.path("agent.yaml")
        _ = try AgentRun(request, in: host.surroundings(caller: Self.caller)).run()
    }

    private func notify(_ host: borrowing TestHost, occasion: Message.Occasion = .findings) throws -> NotificationReport
    {
        try NotifyRun(
            settings: host.directory.path("agent.yaml"), occasion: occasion, in: host.surroundings(caller: Self.caller),
            pause: { _ in }, jitter: { 0 }
        ).run()
    }

    private func text(_ host: borrowing TestHost, _ name: FilePath) throws -> String {
        guard try host.directory.exists(name) else { return "" }
        return String(decoding: try host.directory.read(name), as: UTF8.self)
    }

    @Test("The order of channels does not matter", arguments: ["\(mail), \(log)", "\(log), \(mail)"])
    func tellsEverybody(channels: String) throws {
        let host = try makeHost(channels)
        try makeSendmail(host)
        let journal = try FakeJournal(at: host.directory.path("journal"))
        try apply(host)
        let told = try notify(host)
        #expect(told.channels.map(\.outcome) == [.sent, .sent] && Set(told.channels.map(\.new)).count == 1)
        let first = try text(host, "mail")
        #expect(first.contains("To: ops@example.com\n") && first.contains("new: root-mode (high), go-build"))
        #expect(try text(host, "mail.arguments") == "-i -- ops@example.com\n")
        let entry = try #require(try journal.next()).mapValues { String(decoding: $0, as: UTF8.self) }
        #expect(entry["SYSLOG_FACILITY"] == "19" && entry["SYSLOG_IDENTIFIER"] == "cachewarden")
        #expect(entry["CACHEWARDEN_HOST"] == "build-7.example.com" && entry["CACHEWARDEN_RUN"] == "run-1")
        #expect(entry["CACHEWARDEN_FINGERPRINT"]?.count == 64 && entry["PRIORITY"] == "3")
        while try journal.next() != nil {}
        let again = try notify(host)
        #expect(again.channels.map(\.outcome) == [.nothingToSay, .nothingToSay])
        #expect(try text(host, "mail") == first && journal.next() == nil)
    }

    @Test("A channel that fails is told later, and keeps no other waiting") func triesAgainLater() throws {
        let host = try makeHost("\(Self.mail), \(Self.log)")
        try makeSendmail(host, "echo 'queue is full'; exit 75")
        let journal = try FakeJournal(at: host.directory.path("journal"))
        try apply(host)
        let told = try notify(host)
        #expect(told.failureCount == 1 && told.channels[1].outcome == .sent)
        #expect(told.channels[0].outcome == .failed("sendmail ended with 75: 'queue is full\\n'"))
        while try journal.next() != nil {}
        try makeSendmail(host)
        let later = try notify(host)
        #expect(
            later.channels.map(\.outcome) == [.sent, .nothingToSay] && later.channels[0].new == told.channels[0].new)
    }

    @Test(
        "147: a credential that is none is told by its name alone",
        arguments: [
            ("", "is empty"), (String(repeating: "https://a/CANARY", count: 70_000), "is larger than"),
            (String(repeating: "https://a/CANARY", count: 300), "longer than 4096 bytes"),
            ("https://a/CANARY\nhttps://b\n", "line breaks"), ("https://a/CANARY\u{1}", "line breaks"),
            ("http://a.example/CANARY", "not https"), ("CANARY", "holds no URL"),
        ])
    func refusesCredentials(content: String, words: String) throws {
        let host = try makeHost("{webhook: {credential: hook}, at-least: low}")
        try host.directory.write("credentials/hook", content, mode: ModeBits(0o400))
        try apply(host)
        let told = try notify(host)
        guard case .failed(let reason)? = told.channels.first?.outcome else {
            Issue.record("\(told)")
            return
        }
        #expect(
            reason.contains("credential 'hook'") && reason.contains(words) && !reason.contains("CANARY"), "\(reason)")
    }

    @Test(arguments: [nil, "credentials/none"] as [FilePath?]) func saysWhatIsMissing(folder: FilePath?) throws {
        var host = try makeHost("{slack: {credential: hook}}, {syslog: {}}")
        host.environment["CREDENTIALS_DIRECTORY"] = folder.map { host.directory.path($0).string }
        let told = try notify(host, occasion: .test)
        let reasons = told.channels.map { if case .failed(let reason) = $0.outcome { reason } else { "" } }
        #expect(reasons[0].hasPrefix("cannot read credential 'hook': "))
        #expect(reasons[1] == "neither systemd's journal nor a syslog daemon listens")
    }

    @Test func aTestChangesNothingOfWhatIsTold() throws {
        let host = try makeHost(Self.mail)
        try makeSendmail(host)
        try apply(host)
        #expect(try notify(host, occasion: .test).channels.map(\.summary) == ["a test, nothing is wrong"])
        #expect(try notify(host).channels.map(\.outcome) == [.sent])
    }

    @Test func keepsTwoNotifiersApart() throws {
        let host = try makeHost(Self.mail)
        let state = try #require(try host.surroundings(caller: Self.caller).notifierState)
        guard let lock = try RunLock.acquire(at: state.removingLastComponent().appending("notify.lock")) else {
            Issue.record("nobody else can hold this lock")
            return
        }
        #expect {
            _ = try notify(host)
        } throws: {
            if case AgentError.busy = $0 { true } else { false }
        }
        withExtendedLifetime(lock) {}
    }

    @Test func saysThatThereIsNoOutbox() throws {
        let host = try makeHost(Self.mail)
        #expect {
            _ = try notify(host)
        } throws: {
            "\($0)".contains("No such file") && "\($0)".contains("the first 'cachewarden apply'")
        }
    }

    @Test func leavesOutWhatIsDamaged() throws {
        let host = try makeHost(Self.mail)
        try makeSendmail(host)
        try apply(host)
        try host.directory.write(
            "state/cachewarden/outbox/000000000009-x.json", "{\"schema\": 1", mode: ModeBits(0o640))
        try host.directory.write("state/cachewarden/notify.json", "{", mode: ModeBits(0o600))
        let told = try notify(host)
        #expect(told.channels.map(\.outcome) == [.sent] && told.warnings.count == 2)
        #expect(told.warnings.contains { $0.contains("what stands is told again") })
    }

    @Test("Emptying a cache ends no alert: it looked for none") func cleaningResolvesNothing() throws {
        let host = try makeHost(Self.mail)
        try makeSendmail(host)
        try apply(host)
        #expect(try notify(host).channels.map(\.outcome) == [.sent])
        try host.writePolicy(TestHost.policy(mode: "enforce"))
        var request = RunRequest(command: .clean, threads: 1)
        request.policies = [host.directory.path(TestHost.policyPath)]
        request.settings = host.directory.path("agent.yaml")
        request.target = .cache("go-build")
        let surroundings = try host.surroundings(caller: Self.caller)
        _ = try CleanRun(CleanRequest(builds: .wait(.zero)), request, in: surroundings) { _ in }.run()
        #expect(
            try FileManager.default.contentsOfDirectory(
                atPath: host.directory.path("state/cachewarden/outbox").string
            ).count == 2)
        #expect(try notify(host).channels.map(\.outcome) == [.nothingToSay])
    }
}
