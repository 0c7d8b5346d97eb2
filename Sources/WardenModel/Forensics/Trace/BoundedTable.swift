/// Sums by names that somebody chose: at most so many names, and all others in one sum.
package struct BoundedTable<Key: Hashable & Sendable, Sum: Sendable>: Sendable {
    package private(set) var sums: [Key: Sum] = [:]
    /// Of all names that came when the table was full; `nil` where none did.
    package private(set) var others: Sum?
    private let limit: Int
    private let first: Sum

    /// - Parameter first: What a sum begins with.
    package init(limit: Int, startingWith first: Sum) {
        self.limit = limit
        self.first = first
    }

    package mutating func update(_ key: Key, _ change: (inout Sum) -> Void) {
        let isFull = sums.count >= limit
        var sum = sums[key] ?? first
        if isFull, sums[key] == nil {
            sum = others ?? first
            change(&sum)
            others = sum
        } else {
            change(&sum)
            sums[key] = sum
        }
    }
}
