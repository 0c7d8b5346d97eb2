internal import WardenModel
internal import WardenPolicy

/// A limit that is crossed: how far, and how much has to go.
struct RetentionLimit {
    let usage: LimitUsage
    /// How much the limit is crossed by.
    let excess: UInt64
    /// How much has to go until the low-water mark is reached.
    let target: UInt64

    var rule: RuleID { usage.rule }
    var measure: LimitUsage.Measure { usage.measure }
    /// What the policy allows or wants, and what is there, for people.
    var wanted: String { "\(usage.bound == .atMost ? "at most" : "at least") \(usage.text(usage.limit))" }
    var found: String { usage.text(usage.found) }

    /// `nil` for a limit that holds.
    ///
    /// Once more is there than allowed, it goes down to `low-water` percent of the limit. Once less is free than wanted, as
    /// much more is freed as `low-water` leaves below 100 %.
    init?(_ usage: LimitUsage, lowWater: Int) {
        guard usage.isCrossed else { return nil }
        self.usage = usage
        switch usage.bound {
        case .atMost:
            excess = usage.found - usage.limit
            target = usage.found - Self.share(usage.limit, percent: lowWater)
        case .atLeast:
            excess = usage.limit - usage.found
            target = excess + Self.share(usage.limit, percent: 100 - lowWater)
        }
    }

    /// Returns every limit of a policy beside what is there, `max-age` aside: that is a property of each entry.
    ///
    /// - Parameter system: What the cache is on; without it nothing is said of what is free.
    static func usages(
        _ retention: RetentionPolicy, _ amounts: CacheAmounts, _ system: FileSystemObservation?
    ) -> [LimitUsage] {
        // Some file systems (btrfs) make inodes as they need them, and count none.
        let leastInodes = system.flatMap { $0.inodes == 0 ? nil : retention.minFreeInodes?.amount(of: $0.inodes) }
        func usage(
            _ rule: RuleID, _ measure: LimitUsage.Measure, _ bound: LimitUsage.Bound, _ limit: UInt64?,
            _ found: UInt64
        ) -> LimitUsage? {
            limit.map { LimitUsage(rule: rule, measure: measure, bound: bound, limit: $0, found: found) }
        }
        return [
            usage(.sizeExceeded, .bytes, .atMost, retention.maxSize?.rawValue, amounts.allocated.rawValue),
            usage(.entriesExceeded, .names, .atMost, retention.maxEntries.map(UInt64.init), UInt64(amounts.files)),
            usage(
                .freeSpaceLow, .bytes, .atLeast, system.flatMap { retention.minFree?.amount(of: $0.size.rawValue) },
                system?.available.rawValue ?? 0),
            usage(.freeInodesLow, .names, .atLeast, leastInodes, system?.freeInodes ?? 0),
            usage(.fuzzExceeded, .bytes, .atMost, retention.fuzzMaxSize?.rawValue, amounts.fuzz.rawValue),
        ].compactMap { $0 }
    }

    /// Returns a part of a number without overflow.
    static func share(_ whole: UInt64, percent: Int) -> UInt64 {
        whole / 100 * UInt64(percent) + whole % 100 * UInt64(percent) / 100
    }
}

extension LimitUsage {
    /// Returns a number of this limit's measure for people.
    func text(_ number: UInt64) -> String {
        switch (measure, rule) {
        case (.bytes, .freeSpaceLow): "\(ByteCount(number)) free"
        case (.bytes, _): "\(ByteCount(number))"
        case (.names, .freeInodesLow): "\(grouped(number)) inodes free"
        case (.names, _): "\(grouped(number)) files"
        }
    }
}

extension RetentionPolicy.Threshold {
    fileprivate func amount(of whole: UInt64) -> UInt64 {
        switch self {
        case .amount(let amount): amount
        case .percent(let percent): RetentionLimit.share(whole, percent: percent)
        }
    }
}

/// Returns a number with a comma before every three digits.
func grouped(_ number: UInt64) -> String {
    let digits = Array(String(number))
    return digits.enumerated().map { index, digit in
        index > 0 && (digits.count - index).isMultiple(of: 3) ? ",\(digit)" : "\(digit)"
    }.joined()
}
