/// Values that were set last, at most twice as many as a limit: whoever makes any number of keys must not fill the memory.
package struct RecentTable<Key: Hashable, Value> {
    private let limit: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    package init(limit: Int) { self.limit = limit }

    package subscript(key: Key) -> Value? { young[key] ?? old[key] }

    /// Sets a value. Of those that have not been set since so many others were, none is kept.
    package mutating func set(_ key: Key, _ value: Value) {
        if young.count >= limit, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
