/// The first and the last bytes of what a program says, in bounded memory.
package struct OutputExcerpt: Hashable, Sendable {
    /// How many bytes are kept of either end.
    package let limit: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var isCut = false

    package init(limit: Int = 64 << 10) { self.limit = limit }

    /// Takes the next bytes; keeps up to three times `limit` meanwhile.
    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        let rest = bytes.dropFirst(limit - head.count)
        head += bytes.prefix(limit - head.count)
        tail += rest
        guard tail.count > 2 * limit else { return }
        isCut = true
        tail.removeFirst(tail.count - limit)
    }

    /// What was kept. Where bytes are missing in between, a line break stands for them.
    package var bytes: [UInt8] {
        guard isCut || tail.count > limit else { return head + tail }
        return head + [UInt8(ascii: "\n")] + tail.suffix(limit)
    }
}
