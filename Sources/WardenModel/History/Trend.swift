/// How a cache's size went, in a bounded number of points: the last of each equal part of the span.
package struct Trend: Sendable {
    package struct Point: Hashable, Sendable {
        package let moment: Timestamp
        /// As the run found it.
        package let found: ByteCount
        /// As the run left it.
        package let left: ByteCount
        /// Files that the run left.
        package let entries: Int
        package let limit: ByteCount?

        package init(moment: Timestamp, found: ByteCount, left: ByteCount, entries: Int, limit: ByteCount?) {
            self.moment = moment
            self.found = found
            self.left = left
            self.entries = entries
            self.limit = limit
        }
    }

    /// How many parts there are: a point every hour and a half for thirty days.
    package static let parts = 480

    private let since: Timestamp
    private let length: Double
    private var last: [Int: Point] = [:]
    /// The largest and the smallest that any run of the span found or left.
    package private(set) var largest: ByteCount?
    package private(set) var smallest: ByteCount?

    package init(since: Timestamp, until: Timestamp) {
        self.since = since
        length = max(1, Double(until.seconds) - Double(since.seconds))
    }

    /// Adds a run; later runs come later.
    package mutating func add(_ point: Point) {
        let share = (Double(point.moment.seconds) - Double(since.seconds)) / length
        last[min(Int(min(1, max(0, share)) * Double(Self.parts)), Self.parts - 1)] = point
        largest = max(largest ?? point.found, point.found, point.left)
        smallest = min(smallest ?? point.found, point.found, point.left)
    }

    /// The earliest first.
    package var points: [Point] { last.sorted { $0.key < $1.key }.map(\.value) }
}
