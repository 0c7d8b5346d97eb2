import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// Who keeps the cache small while others build.
struct StressEvictor: Sendable {
    enum Kind: Sendable {
        /// The program under test.
        case agent
        /// The usual cron job: by mtime, newest kept.
        case oldestFirst
        /// Go's own command, by a user who may write everything.
        case goClean
    }

    let kind: Kind
    /// How many builds it lets end between two turns: Go's own command leaves nothing that a next build could lose.
    var pause: Int { kind == .goClean ? 2 : 0 }
    private let command: Command
    private let cache: FilePath

    static func agent(on host: borrowing TestHost) -> StressEvictor {
        StressEvictor(kind: .agent, command: host.cachewarden("apply", "--format", "json"), cache: host.cache)
    }

    /// Removes files, oldest mtime first, until no more than `limit` is taken.
    static func oldestFirst(on host: borrowing TestHost, limit: ByteCount) -> StressEvictor {
        let script = """
            find "$1"/?? -type f -printf '%T@ %b %p\\n' | sort -rn |
            awk -v keep="$2" '{ total += $2 * 512; if (total > keep) print $3 }' | xargs -r rm -f
            """
        let command = Command("/bin/sh", "-c", script, "sh", host.cache.string, String(limit.rawValue))
        return StressEvictor(kind: .oldestFirst, command: command, cache: host.cache)
    }

    static func goClean(on host: borrowing TestHost, with toolchain: Installation.Toolchain) -> StressEvictor {
        let command = host.go(toolchain, "clean", "-cache", in: "/", as: host.first, umask: "022")
        return StressEvictor(kind: .goClean, command: command, cache: host.cache)
    }

    /// What one turn did.
    struct Turn: Sendable {
        /// Names of actions that were there before, and those that went.
        var before: Set<String> = []
        var evicted: Set<String> = []
        /// What the agent itself says of it: names that went, and the exit code.
        var removed = 0
        var trouble: String?
    }

    /// Evicts once and looks at the cache before and after.
    func takeTurn() throws -> Turn {
        var turn = Turn()
        turn.before = try Self.actions(in: cache)
        let result = try command.run()
        turn.evicted = try turn.before.subtracting(Self.actions(in: cache))
        turn.removed = turn.evicted.count
        guard kind == .agent else { return turn }
        // 2: the limit lies below what was used a moment ago, which is what the test is about.
        guard [0, 2].contains(result.status) else {
            turn.trouble = "\(command): \(result)"
            return turn
        }
        let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let caches = document?["caches"] as? [[String: Any]]
        let outcome = caches?.first?["retention-outcome"] as? [String: Any]
        turn.removed = outcome?["removed"] as? Int ?? 0
        return turn
    }

    /// Returns the names of all actions; a folder that goes meanwhile has none.
    static func actions(in cache: FilePath) throws -> Set<String> {
        var names: Set<String> = []
        for shard in try FileManager.default.contentsOfDirectory(atPath: cache.string) where shard.count == 2 {
            // `go clean -cache` removes the folders themselves, and builds make them again.
            let files = try? FileManager.default.contentsOfDirectory(atPath: cache.appending(shard).string)
            names.formUnion((files ?? []).filter { $0.hasSuffix("-a") })
        }
        return names
    }
}
