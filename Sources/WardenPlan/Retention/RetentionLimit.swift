internal import WardenModel
internal import WardenPolicy

/// A limit that is crossed: how far, and how much has to go.
struct RetentionLimit {
    enum Measure {
        case bytes, names
    }

    let rule: RuleID
    let measure: Measure
    /// What the policy allows or wants, and what is there, for people.
    let wanted: String
    let found: String
    /// How much the limit is crossed by.
    let excess: UInt64
    /// How much has to go until the low-water mark is reached.
    let target: UInt64

    /// Returns the limits that are crossed, `max-age` aside: that is a property of each entry.
    static func crossed(
        _ retention: RetentionPolicy, _ census: Census, _ system: FileSystemObservation
    ) -> [RetentionLimit] {
        let files = census.groups.reduce(0) { $0 + ($1.node.kind == .directory ? 0 : $1.count) }
        let limits = [
            retention.maxSize.flatMap {
                most(.sizeExceeded, .bytes, census.allocated.rawValue, $0.rawValue, retention) { "\(ByteCount($0))" }
            },
            retention.maxEntries.flatMap {
                most(.entriesExceeded, .names, UInt64(files), UInt64($0), retention) { "\(grouped($0)) files" }
            },
            retention.minFree.flatMap {
                least(
                    .freeSpaceLow, .bytes, system.available.rawValue, $0.amount(of: system.size.rawValue), retention
                ) { "\(ByteCount($0)) free" }
            },
            // Some file systems (btrfs) make inodes as they need them, and count none.
            system.inodes == 0
                ? nil
                : retention.minFreeInodes.flatMap {
                    least(.freeInodesLow, .names, system.freeInodes, $0.amount(of: system.inodes), retention) {
                        "\(grouped($0)) inodes free"
                    }
                },
        ]
        return limits.compactMap { $0 }
    }

    private static func most(
        _ rule: RuleID, _ measure: Measure, _ found: UInt64, _ limit: UInt64, _ retention: RetentionPolicy,
        _ text: (UInt64) -> String
    ) -> RetentionLimit? {
        guard found > limit else { return nil }
        let mark = share(limit, percent: retention.lowWater)
        return RetentionLimit(
            rule: rule, measure: measure, wanted: "at most \(text(limit))", found: text(found), excess: found - limit,
            target: found - mark)
    }

    /// Once less is free than wanted, as much more is freed as `low-water` leaves below 100 %.
    private static func least(
        _ rule: RuleID, _ measure: Measure, _ found: UInt64, _ limit: UInt64, _ retention: RetentionPolicy,
        _ text: (UInt64) -> String
    ) -> RetentionLimit? {
        guard found < limit else { return nil }
        let reserve = share(limit, percent: 100 - retention.lowWater)
        return RetentionLimit(
            rule: rule, measure: measure, wanted: "at least \(text(limit))", found: text(found), excess: limit - found,
            target: limit - found + reserve)
    }

    /// Returns a part of a number without overflow.
    static func share(_ whole: UInt64, percent: Int) -> UInt64 {
        whole / 100 * UInt64(percent) + whole % 100 * UInt64(percent) / 100
    }
}

extension RetentionPolicy.Threshold {
    func amount(of whole: UInt64) -> UInt64 {
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
