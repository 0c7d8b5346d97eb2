/// The end of a log: whoever keeps it elsewhere can prove later that nothing was cut off.
package struct AuditHead: Hashable, Sendable {
    /// The last record's sequence number.
    package let sequence: UInt64
    /// The last record's hash, lower-case hexadecimal.
    package let hash: String

    package init(sequence: UInt64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }

    /// What the first record of the first file follows.
    static let none = AuditHead(sequence: 0, hash: String(repeating: "0", count: 64))
}
