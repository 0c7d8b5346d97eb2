internal import SystemPackage
internal import WardenModel

extension TextReport {
    /// Writes what a cache is: where, how large, whose, how old. After an apply, what it is now.
    func writeCache(_ cache: RunReport.Cache, on page: inout TextPage) {
        page.blank()
        writeCacheBody(cache, on: &page)
    }

    func writeCacheBody(_ cache: RunReport.Cache, on page: inout TextPage) {
        let observation = cache.after ?? cache.before
        page.line(
            .init("Cache \(escapedForDisplay(observation.name))", .strong),
            "  \(escapedForDisplay(observation.path.string))",
            .init(cache.plan.mode == .audit && report.command != .stat ? "  audit only" : "", .faint))
        guard writeRoot(observation.root, on: &page), let census = observation.census else { return }
        page.field("size", Self.size(of: census))
        page.field("owners", owners(of: census))
        writeInventory(cache, observation, on: &page)
        writeAges(census.ages, on: &page)
        if case .present(let root) = observation.root { page.field("disk", Self.disk(root.fileSystem)) }
        writeGaps(census, on: &page)
    }

    /// Returns whether there is a tree to speak of.
    private func writeRoot(_ root: RootObservation, on page: inout TextPage) -> Bool {
        switch root {
        case .missing(parentExists: true): page.field("root", "missing")
        case .missing(parentExists: false): page.field("root", "missing, and so is the directory above it")
        case .notDirectory(let kind): page.field("root", "not a directory but a \(Self.name(of: kind))")
        case .unreachable(let at, let cause):
            page.field("root", "cannot be reached: '\(escapedForDisplay(at.string))': \(cause)")
        case .present(let present):
            let node = present.node
            page.field("root", "\(names.name(node.owner)):\(names.name(node.group)) \(node.mode)")
            if let list = node.accessList { page.field("acl", names.description(of: list)) }
            if let list = node.defaultList { page.field("default", names.description(of: list)) }
            return true
        }
        return false
    }

    private static func name(of kind: NodeKind) -> String {
        kind.rawValue.split(separator: "-").joined(separator: " ")
    }

    private static func size(of census: Census) -> String {
        let roles: [EntryRole] = [.action, .output, .executable, .fuzz, .plain, .stranger]
        let parts = roles.compactMap { role in
            let count = census.count(role)
            return count == 0 ? nil : noun(role, count)
        }
        let total = "\(census.allocated) on disk, \(counted(census.count, "inode"))"
        return parts.isEmpty ? total : "\(total): \(parts.joined(separator: ", "))"
    }

    /// What one owner and group have in a cache.
    struct OwnerShare {
        let name: String
        let count: Int
        let allocated: ByteCount
    }

    /// Returns everybody who has something in a cache, who has most of the inodes first.
    func ownerShares(of census: Census) -> [OwnerShare] {
        struct Owner: Hashable {
            let user: UserID
            let group: GroupID
        }
        var shares: [Owner: (count: Int, allocated: ByteCount)] = [:]
        for group in census.groups {
            let owner = Owner(user: group.node.owner, group: group.node.group)
            shares[owner, default: (0, .zero)].count += group.count
            shares[owner, default: (0, .zero)].allocated += group.allocated
        }
        return shares.sorted { left, right in
            (right.value.count, left.key.user.rawValue, left.key.group.rawValue)
                < (left.value.count, right.key.user.rawValue, right.key.group.rawValue)
        }.map { owner, share in
            OwnerShare(
                name: "\(names.name(owner.user)):\(names.name(owner.group))", count: share.count,
                allocated: share.allocated)
        }
    }

    private func owners(of census: Census) -> String {
        let sorted = ownerShares(of: census)
        guard !sorted.isEmpty else { return "none: the cache is empty" }
        let shown = sorted.prefix(5).map { "\($0.name) \(grouped($0.count)) (\($0.allocated))" }
        let rest = sorted.count - shown.count
        return shown.joined(separator: ", ") + (rest > 0 ? ", and \(counted(rest, "more"))" : "")
    }

    /// As many as an age histogram has buckets.
    static let ageLabels = [
        "< 1 hour", "< 1 day", "< 2 days", "< 5 days", "< 10 days", "< 30 days", "< 90 days", "older",
    ]

    private func writeAges(_ ages: AgeHistogram, on page: inout TextPage) {
        let most = ages.buckets.map(\.files).max() ?? 0
        guard most > 0 else { return }
        let counts = ages.buckets.map { grouped($0.files) }
        let width = counts.map(\.count).max() ?? 0
        // The last class that holds anything ends the list: a young cache needs no empty rows.
        let last = ages.buckets.lastIndex { $0.files > 0 } ?? 0
        for (index, bucket) in ages.buckets.enumerated().prefix(last + 1) {
            let label = index < Self.ageLabels.count ? Self.ageLabels[index] : "older"
            let bar = Self.bar(bucket.files, of: most, glyphs: page.style.glyphs)
            page.line(
                .init("  " + padded(index == 0 ? "last use" : "", 10), .faint), "\(padded(label, 10)) ",
                .init(aligned(counts[index], width), .none), "  \(aligned(bucket.allocated.description, 10))",
                .init(bar.isEmpty ? "" : "  " + bar, .accent))
        }
    }

    private static func bar(_ part: Int, of most: Int, glyphs: TextStyle.Glyphs) -> String {
        guard part > 0 else { return "" }
        // At least one mark, so that nothing that is there looks like nothing.
        let length = max(1, Int((Double(part) / Double(most) * 24).rounded()))
        return String(repeating: glyphs == .ascii ? "#" : "█", count: length)
    }

    private static func disk(_ system: FileSystemObservation) -> String {
        var parts = ["\(system.type), \(system.available) of \(system.size) free"]
        if let share = percentage(system.available.rawValue, of: system.size.rawValue) { parts[0] += " (\(share))" }
        // Some file systems (btrfs) make inodes as they need them and count none.
        if let share = percentage(system.freeInodes, of: system.inodes) {
            parts.append("\(grouped(system.freeInodes)) inodes free (\(share))")
        }
        if system.isReadOnly { parts.append("read-only") }
        if !system.supportsACLs { parts.append("no ACLs") }
        switch system.accessTimes {
        case .noatime: parts.append("noatime: reads leave no trace, so last use is a guess")
        case .relatime, .strictatime: parts.append(system.accessTimes.rawValue)
        case .unknown: break
        }
        return parts.joined(separator: ", ")
    }

    private func writeGaps(_ census: Census, on page: inout TextPage) {
        if census.vanished > 0 {
            page.field("vanished", "\(counted(census.vanished, "name")) while looking, as is normal in a cache in use")
        }
        guard census.failureCount > 0 else { return }
        page.field("unseen", "\(counted(census.failureCount, "place")) could not be looked at:", paint: .warning)
        for failure in census.failures.prefix(Self.exampleLimit) {
            page.field("", "cannot \(failure.operation) '\(failure.path)': \(failure.cause)")
        }
        let rest = census.failureCount - min(census.failures.count, Self.exampleLimit)
        if rest > 0 { page.field("", "and \(grouped(rest)) more") }
    }
}
