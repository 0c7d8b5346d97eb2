internal import WardenModel

/// Returns a number with a comma before every three digits: `1,234,567`.
func grouped(_ number: some BinaryInteger) -> String {
    let digits = String(number.magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
        result.append(digit)
    }
    return (number < 0 ? "-" : "") + result
}

/// Returns a number and its noun: `1 finding`, `2,061 findings`.
func counted(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? singular : plural ?? singular + "s")"
}

/// Returns `part` of `whole` in percent, rounded half up; `nil` where there is no whole.
func percentage(_ part: UInt64, of whole: UInt64) -> String? {
    guard whole > 0 else { return nil }
    return "\(Int((Double(part) / Double(whole) * 100).rounded()))%"
}

/// Returns a duration for people: `340 ms`, `1.2 s`, `3 min 5 s`.
func spoken(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    switch seconds {
    case ..<0: return "0 ms"
    case 0: return "\(milliseconds) ms"
    case 1..<60: return "\(seconds).\(milliseconds / 100) s"
    case 60..<3_600: return "\(seconds / 60) min \(seconds % 60) s"
    default: return "\(grouped(seconds / 3_600)) h \(seconds / 60 % 60) min"
    }
}

/// Returns what the inodes of a role are called.
func noun(_ role: EntryRole?, _ count: Int) -> String {
    switch role {
    case nil: counted(count, "cache root")
    case .shard: counted(count, "shard directory", "shard directories")
    case .action: counted(count, "action")
    case .output: counted(count, "output")
    case .executableDirectory: counted(count, "executable's directory", "executables' directories")
    case .executable: counted(count, "executable")
    case .bookkeeping: counted(count, "bookkeeping file")
    case .fuzz: counted(count, "fuzz entry", "fuzz entries")
    case .plain: counted(count, "entry", "entries")
    case .system: counted(count, "system entry", "system entries")
    case .stranger: counted(count, "stranger")
    }
}

extension RuleID {
    /// Whether its findings are about builds and files that lead them, and not about inodes of a cache.
    var concernsBuilds: Bool {
        switch self {
        case .environmentMissing, .environmentConflict, .userCacheElsewhere, .userCacheBroken, .userCacheDenied,
            .serviceWithoutCache, .gopathConflict, .toolchainDiffers:
            true
        default: false
        }
    }
}

extension RuleID {
    /// Whether its findings are about waivers.
    var concernsWaivers: Bool { self == .waiverExpired || self == .waiverUnused }
    /// Whether only an agent that watches has such findings.
    var concernsWatching: Bool { self == .policyRefused || self == .cacheUnwatched }
}

extension Severity {
    var paint: Paint {
        switch self {
        case .critical, .high: .bad
        case .medium: .warning
        case .low: .accent
        }
    }
}
