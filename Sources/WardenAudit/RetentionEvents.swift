package import SystemPackage
package import WardenModel

/// Retention is about to remove names, set times, or refresh `trim.txt` in one cache.
package struct RetentionIntended: Hashable, Sendable {
    package enum Step: String, Hashable, Sendable, Codable {
        case evict
        case setTimes = "set-times"
        case refreshTrim = "refresh-trim"
        case cleanWithGo = "clean-with-go"
    }

    /// The cache's name in its policy.
    package let cache: String
    /// The cache root.
    package let path: FilePath
    package let step: Step
    /// The rules that want it.
    package let rules: [RuleID]
    /// Names below the root.
    package let names: [RelativePath]
    /// For `.setTimes` the moment for each name, for `.refreshTrim` the one that is written; seconds since the epoch.
    package let moments: [Int64]
    /// For `.evict`: what was used at this moment or later stays; seconds since the epoch.
    package let unusedSince: Int64?
    /// For `.evict`: what the names take on disk.
    package let allocated: ByteCount?
    /// For `.cleanWithGo`: the user that go runs as.
    package let user: String?

    package init(
        cache: String, path: FilePath, step: Step, rules: [RuleID], names: [RelativePath], moments: [Int64] = [],
        unusedSince: Int64? = nil, allocated: ByteCount? = nil, user: String? = nil
    ) {
        self.cache = cache
        self.path = path
        self.step = step
        self.rules = rules
        self.names = names
        self.moments = moments
        self.unusedSince = unusedSince
        self.allocated = allocated
        self.user = user
    }
}

extension RetentionIntended: Codable {
    private enum CodingKeys: String, CodingKey {
        case cache, path, step, rules, entries, names, moments, user, count
        case unusedSince = "unused-since"
        case allocated = "allocated-bytes"
    }

    /// Writes the usual names, a shard and a name made of hexadecimal digits, as one string of words: a list of a
    /// thousand strings takes twenty times as long to encode.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(cache, forKey: .cache)
        try container.encode(PathText(path), forKey: .path)
        try container.encode(step, forKey: .step)
        try container.encode(rules, forKey: .rules)
        if names.allSatisfy(\.isEntryPath) {
            var words: [UInt8] = []
            words.reserveCapacity(names.count * 67)
            for name in names {
                if !words.isEmpty { words.append(UInt8(ascii: " ")) }
                words += name.bytes[3...]
            }
            try container.encode(String(decoding: words, as: UTF8.self), forKey: .entries)
        } else {
            try container.encode(names, forKey: .names)
        }
        try container.encode(names.count, forKey: .count)
        if !moments.isEmpty { try container.encode(moments, forKey: .moments) }
        try container.encodeIfPresent(unusedSince, forKey: .unusedSince)
        try container.encodeIfPresent(allocated?.rawValue, forKey: .allocated)
        try container.encodeIfPresent(user, forKey: .user)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        cache = try container.decode(String.self, forKey: .cache)
        path = try container.decode(PathText.self, forKey: .path).path
        step = try container.decode(Step.self, forKey: .step)
        rules = try container.decode([RuleID].self, forKey: .rules)
        if let words = try container.decodeIfPresent(String.self, forKey: .entries) {
            names = words.split(separator: " ").map { RelativePath("\($0.prefix(2))/\($0)") }
        } else {
            names = try container.decode([RelativePath].self, forKey: .names)
        }
        moments = try container.decodeIfPresent([Int64].self, forKey: .moments) ?? []
        unusedSince = try container.decodeIfPresent(Int64.self, forKey: .unusedSince)
        allocated = try container.decodeIfPresent(UInt64.self, forKey: .allocated).map { ByteCount($0) }
        user = try container.decodeIfPresent(String.self, forKey: .user)
    }
}

extension RelativePath {
    /// Whether it is `ab/ab…-a` or `ab/ab…-d` with 64 hexadecimal digits.
    fileprivate var isEntryPath: Bool {
        guard bytes.count == 69, bytes[2] == UInt8(ascii: "/"), bytes[0] == bytes[3], bytes[1] == bytes[4] else {
            return false
        }
        return bytes[3..<67].allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 } && bytes[67] == UInt8(ascii: "-")
            && (bytes[68] == UInt8(ascii: "a") || bytes[68] == UInt8(ascii: "d"))
    }
}

/// What became of an intention of retention.
package struct RetentionConcluded: Hashable, Sendable, Codable {
    /// A name that is still there, or was gone before.
    package struct Exception: Hashable, Sendable, Codable {
        package let path: RelativePath
        package let reason: String

        package init(path: RelativePath, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    /// The sequence number of the `retention-intended` record.
    package let intended: UInt64
    package let removed: Int
    package let freedBytes: UInt64
    package let timesSet: Int
    package let exceptions: [Exception]

    package init(intended: UInt64, removed: Int, freedBytes: UInt64, timesSet: Int, exceptions: [Exception]) {
        self.intended = intended
        self.removed = removed
        self.freedBytes = freedBytes
        self.timesSet = timesSet
        self.exceptions = exceptions
    }

    private enum CodingKeys: String, CodingKey {
        case intended, removed, exceptions
        case freedBytes = "freed-bytes"
        case timesSet = "times-set"
    }
}
