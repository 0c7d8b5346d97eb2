import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenModel
import WardenNotify
import WardenTestSupport

/// Posts to a real server with TLS.
@Suite("HTTP", .enabled(if: WebhookReceiver.isPossible, "needs openssl and python3")) struct HTTPTests {
    private func post(
        _ url: String, authorities: FilePath?, limits: HTTPPost.Limits = HTTPPost.Limits(), body: String = "{}"
    ) throws -> HTTPPost.Outcome {
        let file = try SecretFile(url)
        let post = HTTPPost(agent: "cachewarden/test", authorities: authorities?.string, limits: limits)
        return post.post(Array(body.utf8), to: try Endpoint(file.secret), headers: ["X-Test: yes"])
    }

    @Test func arrives() throws {
        let place = try TemporaryDirectory()
        let receiver = try WebhookReceiver(in: place)
        let outcome = try post(
            "https://localhost:\(receiver.port)/hook?x=1", authorities: receiver.authorities, body: "{\"a\":\"ü\"}")
        #expect(outcome == .answered(status: 200, wait: nil, body: []))
        let requests = try receiver.requests()
        let request = try #require(requests.first)
        #expect(requests.count == 1 && request.path == "/hook?x=1" && request.body == "{\"a\":\"ü\"}")
        #expect(request.headers["user-agent"] == "cachewarden/test" && request.headers["x-test"] == "yes")
        #expect(request.headers["content-type"] == "application/json")
    }

    @Test func arrivesWithoutTLSOnThisHostAlone() throws {
        let place = try TemporaryDirectory()
        let receiver = try WebhookReceiver(in: place, certificate: nil)
        let outcome = try post("http://127.0.0.1:\(receiver.port)/", authorities: nil)
        #expect(outcome == .answered(status: 200, wait: nil, body: []))
    }

    @Test("143: bad TLS is refused, and nothing is sent", arguments: ["authority", "name"])
    func verifies(what: String) throws {
        let place = try TemporaryDirectory()
        let receiver = try WebhookReceiver(
            in: place, certificate: what == "name" ? "DNS:other.example" : "DNS:localhost")
        let authorities = what == "authority" ? nil : receiver.authorities
        let outcome = try post("https://localhost:\(receiver.port)/CANARY", authorities: authorities)
        guard case .refused(let words) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(words.contains(what == "name" ? "localhost" : "certificate") && !words.contains("CANARY"))
        #expect(try receiver.requests().isEmpty)
    }

    @Test("142: a redirect is not followed", arguments: ["301", "302", "307", "308"])
    func doesNotFollow(status: String) throws {
        let place = try TemporaryDirectory()
        let target = try WebhookReceiver(in: place, "target", certificate: nil)
        let receiver = try WebhookReceiver(
            in: place, answers: ["\(status) http://127.0.0.1:\(target.port)/latest/meta-data"])
        let file = try SecretFile("https://localhost:\(receiver.port)/")
        let post = HTTPPost(agent: "a", authorities: receiver.authorities.string)
        let delivery = HTTPDelivery(
            pause: { _ in }, jitter: { 0 }, post: { post.post($0, to: $1, headers: $2) })
        let endpoint = try Endpoint(file.secret)
        #expect {
            try delivery.deliver([], to: endpoint)
        } throws: {
            "\($0)" == "localhost answered \(status): redirects are not followed; give the final URL"
        }
        #expect(try receiver.requests().count == 1 && target.requests().isEmpty)
    }

    @Test("143: an endless wait ends", .timeLimit(.minutes(10))) func endsAWait() throws {
        let place = try TemporaryDirectory()
        let receiver = try WebhookReceiver(in: place, answers: ["slow 3000"])
        var limits = HTTPPost.Limits()
        limits.total = .milliseconds(500)
        let outcome = try post("https://localhost:\(receiver.port)/", authorities: receiver.authorities, limits: limits)
        guard case .unreachable(let words) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(words.hasPrefix("no answer in time: "))
    }

    /// Listens, takes no connection, and has as many waiting as there is room for.
    private static let full = """
        import os, socket, sys, time
        server = socket.socket()
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        with open(sys.argv[1] + "/port.new", "w") as file: file.write(str(server.getsockname()[1]))
        os.rename(sys.argv[1] + "/port.new", sys.argv[1] + "/port")
        time.sleep(600)
        """

    @Test("143: an endless wait for a connection ends before a request's time", .timeLimit(.minutes(10)))
    func endsAWaitForAConnection() throws {
        let place = try TemporaryDirectory()
        let script = try place.write("full.py", Self.full)
        let server = try StandIn(
            "/usr/bin/env", ["python3", script.string, place.path.string],
            environment: ["PATH": TestProcess.environment("PATH") ?? "/usr/bin:/bin"])
        let port = try WebhookReceiver.wait(for: place.path("port"))
        var limits = HTTPPost.Limits()
        #expect(limits.connect == .seconds(10) && limits.total == .seconds(30))
        limits.connect = .milliseconds(500)
        let begun = ContinuousClock.now
        let outcome = try post("http://127.0.0.1:\(port)/", authorities: nil, limits: limits)
        #expect(ContinuousClock.now - begun < .seconds(20))
        guard case .unreachable(let words) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(words.hasPrefix("no answer in time: "))
        withExtendedLifetime(server) {}
    }

    @Test("143: of an endless answer the beginning is read", .timeLimit(.minutes(10))) func boundsAnAnswer() throws {
        let place = try TemporaryDirectory()
        let receiver = try WebhookReceiver(in: place, answers: ["huge"])
        guard
            case .answered(200, nil, let body) = try post(
                "https://localhost:\(receiver.port)/", authorities: receiver.authorities)
        else {
            Issue.record("no answer")
            return
        }
        #expect(body.count == 64 << 10)
    }

    @Test("141: a receiver that repeats the path does not get it told") func keepsTheURL() throws {
        let place = try TemporaryDirectory()
        let receiver = try WebhookReceiver(in: place, answers: ["echo"])
        let file = try SecretFile("https://localhost:\(receiver.port)/services/CANARY123")
        let post = HTTPPost(agent: "a", authorities: receiver.authorities.string)
        let delivery = HTTPDelivery(
            pause: { _ in }, jitter: { 0 }, post: { post.post($0, to: $1, headers: $2) })
        let endpoint = try Endpoint(file.secret)
        #expect {
            try delivery.deliver([], to: endpoint)
        } throws: {
            "\($0)" == "localhost answered 404"
        }
    }

    @Test("143: a receiver that recovers is asked again") func triesAgain() throws {
        let place = try TemporaryDirectory()
        let receiver = try WebhookReceiver(in: place, answers: ["500", "429 7", "503", "200"])
        let file = try SecretFile("https://localhost:\(receiver.port)/")
        let post = HTTPPost(agent: "a", authorities: receiver.authorities.string)
        let waits = Waits()
        let delivery = HTTPDelivery(
            pause: waits.add, jitter: { 1 }, post: { post.post($0, to: $1, headers: $2) })
        try delivery.deliver([], to: try Endpoint(file.secret))
        #expect(waits.all == [.milliseconds(1_500), .seconds(7), .seconds(6)])
        #expect(try receiver.requests().count == 4)
    }
}

/// When another attempt is made, and when not.
@Suite("Attempts") struct HTTPDeliveryTests {
    private static func attempts(_ outcome: HTTPPost.Outcome) throws -> (count: Int, error: String?, waits: [Duration])
    {
        let file = try SecretFile("https://hooks.example.com/services/CANARY")
        let endpoint = try Endpoint(file.secret)
        let (waits, calls) = (Waits(), Waits())
        let answer: @Sendable ([UInt8], Endpoint, [String]) -> HTTPPost.Outcome = { _, _, _ in
            calls.add(.zero)
            return outcome
        }
        let delivery = HTTPDelivery(pause: waits.add, jitter: { 0 }, post: answer)
        do throws(HTTPDelivery.Failure) {
            try delivery.deliver([], to: endpoint)
            return (calls.all.count, nil, waits.all)
        } catch {
            return (calls.all.count, "\(error)", waits.all)
        }
    }

    @Test(arguments: [
        (HTTPPost.Outcome.answered(status: 500, wait: nil, body: Array("no".utf8)), ": 'no', 4 times"),
        (.answered(status: 429, wait: nil, body: []), ", 4 times"), (.answered(status: 408, wait: nil, body: []), ""),
        (.unreachable("Could not resolve host: x"), "hooks.example.com: Could not resolve host: x, 4 times"),
    ])
    func areFour(outcome: HTTPPost.Outcome, words: String) throws {
        let (count, error, waits) = try Self.attempts(outcome)
        #expect(count == 4 && waits == [.seconds(1), .seconds(2), .seconds(4)])
        #expect(error?.hasSuffix(words) == true && error?.contains("CANARY") == false)
    }

    @Test(arguments: [
        HTTPPost.Outcome.answered(status: 400, wait: nil, body: []), .answered(status: 403, wait: nil, body: []),
        .answered(status: 404, wait: .seconds(1), body: []), .answered(status: 302, wait: nil, body: []),
        .answered(status: 503, wait: .seconds(31), body: []), .refused("bad certificate"),
    ])
    func isOneWhereAnotherIsNotWorthIt(outcome: HTTPPost.Outcome) throws {
        let (count, error, waits) = try Self.attempts(outcome)
        #expect(count == 1 && waits.isEmpty && error != nil)
    }

    @Test func isOneWhereItIsTaken() throws {
        let (count, error, _) = try Self.attempts(.answered(status: 204, wait: nil, body: []))
        #expect(count == 1 && error == nil)
    }

    @Test func tellsWhatWasSaidOnOneLine() throws {
        let said = Array("a\n\u{1b}[0m'\(String(repeating: "x", count: 900))".utf8)
        let (_, error, _) = try Self.attempts(.answered(status: 400, wait: nil, body: said))
        #expect(error?.hasPrefix(#"hooks.example.com answered 400: 'a\n\x1b[0m\'xxx"#) == true)
        #expect((error ?? "").utf8.count < 260)
    }
}

/// How long was waited.
private final class Waits: Sendable {
    private let list = Mutex<[Duration]>([])
    var all: [Duration] { list.withLock { $0 } }
    var add: @Sendable (Duration) -> Void { { wait in self.list.withLock { $0.append(wait) } } }
}
