internal import SystemPackage
internal import WardenModel

extension TextReport {
    /// Returns what `stat` shows: caches alone, without a judgement.
    func renderStatistics(on page: inout TextPage) -> String {
        for (index, cache) in report.caches.enumerated() {
            // The first line of a page is not blank.
            if index == 0 { writeCacheBody(cache, on: &page) } else { writeCache(cache, on: &page) }
            writeOwners(cache.before, on: &page)
            writeSignal(cache.before, on: &page)
        }
        writeList("Notes", report.notes, on: &page)
        writeRun(on: &page)
        return page.text
    }

    /// Writes who has how much, the largest share first.
    private func writeOwners(_ observation: CacheObservation, on page: inout TextPage) {
        guard let census = observation.census, census.count > 0 else { return }
        var shares: [UserID: (count: Int, allocated: ByteCount)] = [:]
        for group in census.groups where group.role.isEntry || group.role == .fuzz || group.role == .plain {
            let share = shares[group.node.owner, default: (0, .zero)]
            shares[group.node.owner] = (share.count + group.count, share.allocated + group.allocated)
        }
        let total = shares.values.reduce(ByteCount.zero) { $0 + $1.allocated }
        let sorted = shares.sorted {
            ($1.value.allocated, $0.key.rawValue) < ($0.value.allocated, $1.key.rawValue)
        }
        for (index, (owner, share)) in sorted.prefix(10).enumerated() {
            let part = percentage(share.allocated.rawValue, of: total.rawValue).map { " (\($0))" } ?? ""
            page.field(
                index == 0 ? "by owner" : "",
                "\(names.name(owner)): \(share.allocated)\(part), \(counted(share.count, "entry", "entries"))")
        }
        if sorted.count > 10 { page.field("", "and \(counted(sorted.count - 10, "more owner"))") }
    }

    private func writeSignal(_ observation: CacheObservation, on page: inout TextPage) {
        guard case .present(let root) = observation.root else { return }
        let lazy = root.fileSystem.hasLazyTimes ? "; lazytime: the latest uses are lost in a crash" : ""
        let worth =
            switch root.fileSystem.accessTimes {
            case .relatime: "relatime: the kernel notes a read once a day, so last use is known to a day"
            case .strictatime: "strictatime: every read is noted, so last use is exact"
            case .noatime: "noatime: reads leave no trace, so last use is when an entry was made or refreshed"
            case .unknown: "unknown: the kernel does not say whether reads are noted"
            }
        page.field("signal", worth + lazy)
    }
}
