internal import FoundationEssentials
package import WardenGoCache
package import WardenModel
internal import WardenReport

/// How many builds succeeded, and which failed why: the content of `failed-builds.json`.
package struct BuildCounts: Hashable, Sendable, Codable {
    /// How often builds of one module failed for one reason.
    package struct Row: Hashable, Sendable, Codable {
        package let user: String
        /// A module's path; `-` where there was none, `other` for all that came when there was no room for another row.
        package let module: String
        package let reason: BuildFailure.Reason
        package fileprivate(set) var count: UInt64
        /// RFC 3339.
        package fileprivate(set) var last: String
    }

    package static let schema = "cachewarden.builds/1"
    /// How many rows there are at most, not counting those of `other`.
    package static let rowLimit = 1_000
    package static let other = "other"

    private let schema: String
    package private(set) var succeeded: UInt64 = 0
    package private(set) var failed: [Row] = []

    package init() { schema = Self.schema }

    /// Reads the file's content; `nil` for what is damaged, or another's.
    package init?(parsing content: [UInt8]) {
        // What is wrong with it does not matter: it is begun anew either way.
        guard let counts = try? JSONDecoder().decode(BuildCounts.self, from: Data(content)),
            counts.schema == Self.schema
        else { return nil }
        self = counts
    }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package func rendered() throws -> [UInt8] {
        try JSONText.encode(self)
    }

    package mutating func countSuccess() { succeeded = Self.next(succeeded) }

    package mutating func countFailure(
        _ reason: BuildFailure.Reason, of module: String, by user: String, at moment: Timestamp
    ) {
        let isKnown = failed.contains { $0.user == user && $0.module == module && $0.reason == reason }
        let hasRoom = failed.count { $0.module != Self.other } < Self.rowLimit
        let module = isKnown || hasRoom ? module : Self.other
        guard let index = failed.firstIndex(where: { $0.user == user && $0.module == module && $0.reason == reason })
        else {
            failed.append(Row(user: user, module: module, reason: reason, count: 1, last: moment.description))
            failed.sort { ($0.user, $0.module, $0.reason.rawValue) < ($1.user, $1.module, $1.reason.rawValue) }
            return
        }
        failed[index].count = Self.next(failed[index].count)
        failed[index].last = moment.description
    }

    /// The next number; a counter that is full, which only a hand can have written, stays.
    private static func next(_ count: UInt64) -> UInt64 { count == .max ? count : count + 1 }
}
