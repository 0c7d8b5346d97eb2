import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("What trace says") struct TraceReportTests {
    private static let eve = UserID(5_001)
    private static let start = Timestamp(seconds: 1_700_000_000)
    private static let names = [eve: "eve\u{1b}[2J"]

    private static func command(_ module: String) -> TracedProcess.Command {
        TracedProcess.Command(
            process: 4_711, line: "go build ./... \\x1b[2J", subcommand: "build", directory: "/srv/\u{202e}app",
            module: module)
    }

    private static func build(_ user: UserID, _ module: String) -> TracedEntry.Writer {
        .process(
            TracedProcess(
                id: 4_711, user: user, startedAt: start, line: "go build ./... \\x1b[2J", command: command(module),
                unit: "ci-runner.service", job: "github shared/tool 4711"))
    }

    private static func entry(
        _ second: Int64, _ path: String, _ event: TracedEntry.Event, _ size: UInt64?, _ writer: TracedEntry.Writer,
        _ kind: OutputKind? = nil, _ package: String? = nil
    ) -> TracedEntry {
        TracedEntry(
            at: Timestamp(seconds: start.seconds + second, nanoseconds: 120_000_000), path: RelativePath(path),
            event: event, size: size.map { ByteCount($0) }, owner: UserID(5_002), writer: writer, kind: kind,
            package: package)
    }

    private static func name(_ digits: String, _ kind: String) -> String {
        "\(digits.prefix(2))/\(digits)\(String(repeating: "0", count: 64 - digits.count))-\(kind)"
    }

    private static let entries: [TracedEntry] = {
        let first = build(eve, "example.com/app")
        let second = build(UserID(5_002), "example.com/tool")
        let tool = TracedEntry.Writer.process(
            TracedProcess(
                id: 7, user: eve, startedAt: start, line: "/usr/bin/python3 -c x", command: nil, unit: nil, job: nil))
        return [
            entry(0, name("ab01cd23ef", "d"), .created, 524_288, first, .archive, "net/http"),
            entry(1, name("ab01cd24ef", "d"), .created, 262_144, second, .archive, "net/http"),
            entry(2, name("ab01cd25ef", "a"), .rewritten, 175, first, nil, "net/http"),
            entry(3, name("ab01cd26ef", "a"), .read, 175, first), entry(3, name("ab01cd27ef", "a"), .read, 175, first),
            entry(3, name("ab01cd28ef", "a"), .read, 175, first, nil, "strings"),
            entry(4, "cd/\u{1b}[2J\u{202e}", .created, nil, .unknown),
            entry(5, name("cd01cd25ef", "d"), .created, 4_096, .owner(UserID(5_002)), .moduleIndex),
            entry(6, "trim.txt", .created, 10, tool),
        ]
    }()

    private static func opening(_ obstacle: TraceOpening.Obstacle? = nil) -> TraceOpening {
        TraceOpening(
            cache: "builders", root: "/var/cache/go-build", policy: "shared",
            method: obstacle == nil ? .fanotify : .inotify, obstacle: obstacle, isWithReads: true, startedAt: start)
    }

    private static func report(
        _ entries: [TracedEntry], lost: Int = 0, _ obstacle: TraceOpening.Obstacle? = nil
    ) -> TraceReport {
        var rollup = TraceRollup()
        for entry in entries { rollup.add(entry) }
        return TraceReport(
            opening: opening(obstacle), finishedAt: Timestamp(seconds: start.seconds + 7), rollup: rollup,
            lostCount: lost, userNames: names)
    }

    @Test func linesLookAsTheyDid() throws {
        let lines = TraceLines()
        let text = lines.head(of: Self.opening()) + lines.lines(of: Self.entries, userNames: Self.names)
        try expectSnapshot(text, "trace-lines")
        expectHarmless(text)
    }

    @Test func theEndLooksAsItDid() throws {
        let text = TraceText(Self.report(Self.entries, lost: 2)).render()
        try expectSnapshot(text, "trace")
        expectHarmless(text)
    }

    @Test(arguments: [(TraceOpening.Obstacle.capability, "without CAP_SYS_ADMIN"), (.refused, "may not be used here")])
    func saysWhyNoProcessIsNamed(obstacle: TraceOpening.Obstacle, words: String) throws {
        #expect(TraceLines().head(of: Self.opening(obstacle)).contains(words))
        let text = TraceText(Self.report([], obstacle)).render()
        #expect(text.contains(words) && text.contains("what is read is not told then") && !text.contains("Hits"))
        let start = try object(TraceJSON().start(Self.opening(obstacle)))
        #expect(start["obstacle"] as? String == obstacle.rawValue && start["method"] as? String == "inotify")
    }

    @Test func nothingIsNoError() {
        let text = TraceText(Self.report([])).render()
        #expect(text.hasPrefix("wrote 0 entries (0 B) in 7.0 s\n") && !text.contains("known     "), "\(text)")
    }

    @Test func eachLineOfJSONIsAnObject() throws {
        let json = TraceJSON()
        let bytes =
            try json.start(Self.opening()) + json.lines(of: Self.entries, userNames: Self.names)
            + json.summary(Self.report(Self.entries))
        expectHarmless(String(decoding: bytes, as: UTF8.self))
        let objects = try bytes.split(separator: UInt8(ascii: "\n")).map { try object(Array($0)) }
        #expect(objects.compactMap { $0["schema"] as? String } == objects.map { _ in "cachewarden.trace/1" })
        #expect(
            objects.compactMap { $0["kind"] as? String } == ["start"] + Self.entries.map { _ in "entry" } + ["summary"])
        let first = objects[1]
        #expect(first["package"] as? String == "net/http" && first["content"] as? String == "archive")
        #expect(first["user"] as? String == "eve\\x1b[2J" && first["uid"] as? Int == 5_001)
        let go = try #require(first["go"] as? [String: Any])
        #expect(go["module"] as? String == "example.com/app" && go["subcommand"] as? String == "build")
        #expect(go["directory"] as? String == "/srv/\\u{202e}app", "what was not escaped is")
        let process = try #require(first["process"] as? [String: Any])
        #expect(process["pid"] as? Int == 4_711 && process["job"] as? String == "github shared/tool 4711")
        let unknown = objects[7]
        #expect(unknown["path"] as? String == "cd/\\x1b[2J\\u{202e}" && unknown["process"] is NSNull)
    }

    @Test func theSummaryAddsUp() throws {
        let summary = try object(TraceJSON().summary(Self.report(Self.entries, lost: 2)))
        #expect(summary["lost"] as? Int == 2 && summary["created"] as? Int == 5 && summary["rewritten"] as? Int == 1)
        let known = try #require(summary["known"] as? [String: Any])
        #expect(
            known.compactMapValues { $0 as? Int } == [
                "users": 5, "processes": 4, "modules": 3, "packages": 3, "archives": 2, "named-archives": 2,
            ])
        let builds = try #require(summary["builds"] as? [[String: Any]])
        let app = try #require(builds.first { $0["module"] as? String == "example.com/app" })
        #expect(app["hit-rate"] as? Double == 0.75 && app["actions-found"] as? Int == 3 && app["uid"] as? Int == 5_001)
        let repeated = try #require(summary["repeated"] as? [[String: Any]])
        #expect(repeated.count == 1 && repeated.first?["package"] as? String == "net/http")
        #expect(repeated.first?["archives"] as? Int == 2 && repeated.first?["users"] as? Int == 2)
    }

    private func object(_ line: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }

    private func expectHarmless(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let isHarmless = text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x202e) }
        #expect(isHarmless, "\(text)", sourceLocation: sourceLocation)
    }
}
