import Foundation
import SystemPackage
import Testing
import WardenTestSupport

/// `cachewarden trace` on a host, from when it misses nothing to its end.
struct Tracing: ~Copyable {
    private let running: RunningCommand

    /// Starts it, and returns when it traces.
    static func start(_ command: Command, sourceLocation: SourceLocation = #_sourceLocation) throws -> Tracing {
        let tracing = Tracing(running: try command.start())
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end, tracing.running.isRunning {
            let said = try tracing.running.said().output
            if said.contains("\"kind\":\"start\"") || said.contains("package or entry") { return tracing }
            Thread.sleep(forTimeInterval: 0.02)
        }
        let said = try tracing.running.said()
        try #require(
            Bool(false), "it does not trace\n\(said.output)\n--- stderr\n\(said.errors)",
            sourceLocation: sourceLocation)
        return tracing
    }

    private init(running: consuming RunningCommand) { self.running = running }

    /// Ends it as Ctrl-C does, which is a good end.
    consuming func stop(sourceLocation: SourceLocation = #_sourceLocation) throws -> CommandResult {
        running.interrupt()
        let result = try running.finish()
        try #require(result.status == 0, "\(result)", sourceLocation: sourceLocation)
        return result
    }

    /// Ends it and returns what it said in JSON.
    consuming func trace(sourceLocation: SourceLocation = #_sourceLocation) throws -> Trace {
        try Trace(try stop(sourceLocation: sourceLocation).output)
    }
}

/// What `cachewarden trace --format json` says.
struct Trace {
    struct Start: Decodable {
        let method: String
        let obstacle: String?
    }

    struct Entry: Decodable {
        struct Process: Decodable {
            let pid: Int32
            let command: String
        }
        struct Command: Decodable {
            let pid: Int32
            let command: String
            let subcommand: String?
            let directory: String?
            let module: String?
        }
        let event: String
        let path: String
        let bytes: UInt64?
        let content: String?
        let package: String?
        let owner: String?
        let user: String?
        let process: Process?
        let go: Command?

        var isWritten: Bool { event != "read" }
        var isAction: Bool { path.hasSuffix("-a") }
        /// Whether it is one of a build's own, and not a file of the cache itself.
        var isBuilt: Bool { isAction || path.hasSuffix("-d") }
    }

    struct Summary: Decodable {
        struct Sum: Decodable {
            let user: String?
            let module: String?
            let command: String?
            let entries: Int
            let reads: Int
            let hitRate: Double?
            enum CodingKeys: String, CodingKey {
                case user, module, command, entries, reads
                case hitRate = "hit-rate"
            }
        }
        struct Known: Decodable {
            let users: Int
            let processes: Int
            let modules: Int
            let packages: Int
            let archives: Int
            let namedArchives: Int
            enum CodingKeys: String, CodingKey {
                case users, processes, modules, packages, archives
                case namedArchives = "named-archives"
            }
        }
        struct Repeated: Decodable { let package: String }
        let method: String
        let lost: Int
        let created: Int
        let rewritten: Int
        let total: Sum
        let known: Known
        let users: [Sum]
        let builds: [Sum]
        let commands: [Sum]
        let repeated: [Repeated]
    }

    private struct Kind: Decodable {
        let schema: String
        let kind: String
    }

    let start: Start
    let entries: [Entry]
    let summary: Summary

    /// What builds wrote.
    var written: [Entry] { entries.filter { $0.isWritten && $0.isBuilt } }

    init(_ output: String) throws {
        var (starts, entries, summaries): ([Start], [Entry], [Summary]) = ([], [], [])
        let decoder = JSONDecoder()
        for line in output.split(separator: "\n") {
            let data = Data(line.utf8)
            let kind = try decoder.decode(Kind.self, from: data)
            #expect(kind.schema == "cachewarden.trace/1")
            switch kind.kind {
            case "start": starts.append(try decoder.decode(Start.self, from: data))
            case "entry": entries.append(try decoder.decode(Entry.self, from: data))
            case "summary": summaries.append(try decoder.decode(Summary.self, from: data))
            default: Issue.record("unknown kind '\(kind.kind)'")
            }
        }
        try #require(starts.count == 1 && summaries.count == 1, "\(output.suffix(500))")
        start = try #require(starts.first)
        summary = try #require(summaries.first)
        self.entries = entries
    }
}
