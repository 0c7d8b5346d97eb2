/// A limit of a policy beside what is there, crossed or not.
package struct LimitUsage: Hashable, Sendable, Codable {
    package enum Measure: String, Hashable, Sendable, Codable {
        case bytes, names
    }

    package enum Bound: String, Hashable, Sendable, Codable {
        case atMost = "at-most"
        case atLeast = "at-least"
    }

    /// The rule that speaks of it.
    package let rule: RuleID
    package let measure: Measure
    package let bound: Bound
    package let limit: UInt64
    package let found: UInt64

    package init(rule: RuleID, measure: Measure, bound: Bound, limit: UInt64, found: UInt64) {
        self.rule = rule
        self.measure = measure
        self.bound = bound
        self.limit = limit
        self.found = found
    }

    package var isCrossed: Bool { bound == .atMost ? found > limit : found < limit }
}
