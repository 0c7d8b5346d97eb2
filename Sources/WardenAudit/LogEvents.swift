/// The first record of a file: how its records are hashed, and what it continues.
package struct LogStarted: Hashable, Sendable, Codable {
    /// `sha256`, the one that this version knows.
    package let algorithm: String
    /// The id of the key that this record's MAC is made with; `nil` for a log without a key.
    package let key: String?
    /// The last sequence number of the file before, whose hash is this record's `previous`; `nil` in a first file.
    package let continues: UInt64?
    /// The first sequence number of the oldest file that is to stay from now on; `nil` for all. Files before it are
    /// removed once this is on the disk, and no other.
    package let oldest: UInt64?

    package init(algorithm: String, key: String?, continues: UInt64? = nil, oldest: UInt64? = nil) {
        self.algorithm = algorithm
        self.key = key
        self.continues = continues
        self.oldest = oldest
    }
}

/// What stands between the last whole record and this one.
package struct Recovered: Hashable, Sendable, Codable {
    /// How many bytes, without the line break behind them.
    package let tornBytes: Int
    /// Their SHA-256, lower-case hexadecimal: nobody can put anything else there afterwards.
    package let tornHash: String
    /// The id of the key of the record before, where this one's is made with another; the torn bytes leave no room for
    /// a `key-changed` record of its own.
    package let keyBefore: String?

    package init(tornBytes: Int, tornHash: String, keyBefore: String? = nil) {
        self.tornBytes = tornBytes
        self.tornHash = tornHash
        self.keyBefore = keyBefore
    }

    private enum CodingKeys: String, CodingKey {
        case tornBytes = "torn-bytes"
        case tornHash = "torn-hash"
        case keyBefore = "key-before"
    }
}

/// From this record on MACs are made with another key, or with one at all.
package struct KeyChanged: Hashable, Sendable, Codable {
    /// The id of the key before; `nil` where there was none.
    package let from: String?
    /// The id of the key of this record and those behind it.
    package let to: String

    package init(from: String?, to: String) {
        self.from = from
        self.to = to
    }

    private enum CodingKeys: String, CodingKey {
        case from = "key-before"
        case to = "key"
    }
}

/// The disk was full, and the log's reserve was given up for the record behind this one.
package struct ReserveUsed: Hashable, Sendable, Codable {
    /// How large the reserve was.
    package let bytes: UInt64
    /// What the kernel said.
    package let cause: String

    package init(bytes: UInt64, cause: String) {
        self.bytes = bytes
        self.cause = cause
    }
}

/// The disk was full, and the records before this one stand in systemd's journal alone.
package struct Journaled: Hashable, Sendable, Codable {
    /// The sequence number of the first of them; the last is the one before this record, whose `previous` is its hash.
    package let first: UInt64
    /// The hash of the record before `first`, the last that stands in the file.
    package let behind: String

    package init(first: UInt64, behind: String) {
        self.first = first
        self.behind = behind
    }

    private enum CodingKeys: String, CodingKey {
        case first = "journaled-first"
        case behind = "journaled-behind"
    }
}
