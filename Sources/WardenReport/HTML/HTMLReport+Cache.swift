internal import SystemPackage
internal import WardenModel

extension HTMLReport {
    /// Writes what a cache is, beside its limits, and what the run made of it.
    func write(_ cache: RunReport.Cache, on page: inout MarkupPage) {
        let observation = cache.after ?? cache.before
        page.wrap("section") { page in
            page.wrap("h2") { page in
                page.element("span", "Cache \(escapedForDisplay(cache.plan.name))")
                page.element("code", escapedForDisplay(cache.plan.path.string))
            }
            guard let census = observation.census, case .present(let root) = observation.root else {
                page.element("p", "There is no cache to look at.")
                return
            }
            writeLimits(cache, census, root, on: &page)
            writeAges(census.ages, on: &page)
            writeOwners(of: census, on: &page)
            writeDifference(cache, on: &page)
            writeTrend(of: cache, on: &page)
        }
    }

    private func writeTrend(of cache: RunReport.Cache, on page: inout MarkupPage) {
        guard let history = report.history,
            let past = history.caches.first(where: { $0.path == cache.plan.path })
        else { return }
        page.element("h3", "The last thirty days")
        HistoryReport(history).writeTrend(of: past, on: &page)
    }

    // MARK: - Size

    private func writeLimits(
        _ cache: RunReport.Cache, _ census: Census, _ root: PresentRoot, on page: inout MarkupPage
    ) {
        let system = root.fileSystem
        var bars = cache.plan.limits.filter { $0.bound == .atMost && $0.rule != .fuzzExceeded }.map { limit in
            // Measured when the run began; what the run left is in the census.
            let found = cache.after == nil ? limit.found : Self.now(limit, census)
            return bar(limit.key, found, of: limit.limit, limit.measure)
        }
        if bars.isEmpty {
            let rest = cache.plan.limits.isEmpty ? "; the policy sets no limit." : "."
            page.element("p", "\(census.allocated) on disk, \(counted(census.count, "inode"))\(rest)")
        }
        bars.append(
            bar(
                "disk used", system.size.rawValue - min(system.size.rawValue, system.available.rawValue),
                of: system.size.rawValue, .bytes))
        if system.inodes > 0 {
            bars.append(
                bar("inodes used", system.inodes - min(system.inodes, system.freeInodes), of: system.inodes, .names))
        }
        HTMLBars.write(bars, "Size against limits", ["what", "how much of what there may be"], on: &page)
    }

    private static func now(_ limit: LimitUsage, _ census: Census) -> UInt64 {
        limit.measure == .bytes ? census.allocated.rawValue : UInt64(census.fileCount)
    }

    private func bar(_ name: String, _ found: UInt64, of whole: UInt64, _ measure: LimitUsage.Measure) -> HTMLBars.Bar {
        func number(_ value: UInt64) -> String { measure == .bytes ? "\(ByteCount(value))" : grouped(value) }
        let share = whole > 0 ? Double(found) / Double(whole) : 0
        return .init(
            name: name, share: share,
            text: "\(number(found)) of \(number(whole))\(percentage(found, of: whole).map { " (\($0))" } ?? "")",
            isBad: share > 1)
    }

    // MARK: - Age and owners

    private func writeAges(_ ages: AgeHistogram, on page: inout MarkupPage) {
        let most = ages.buckets.map(\.allocated.rawValue).max() ?? 0
        guard most > 0 else { return }
        let last = ages.buckets.lastIndex { $0.files > 0 } ?? 0
        let bars = zip(TextReport.ageLabels, ages.buckets.prefix(last + 1)).map { label, bucket in
            HTMLBars.Bar(
                name: label, share: Double(bucket.allocated.rawValue) / Double(most),
                text: "\(bucket.allocated), \(counted(bucket.files, "file"))")
        }
        HTMLBars.write(bars, "Time since last use", ["unused for", "how much"], on: &page)
    }

    private func writeOwners(of census: Census, on page: inout MarkupPage) {
        let total = census.allocated.rawValue
        let rows = text.ownerShares(of: census).map { share in
            [
                share.name, "\(share.allocated)", percentage(share.allocated.rawValue, of: total) ?? "",
                grouped(share.count),
            ]
        }
        guard !rows.isEmpty else { return }
        writeTable("Who uses how much", ["owner", "size", "share", "inodes"], rows, on: &page)
    }

    // MARK: - What the run did

    private func writeDifference(_ cache: RunReport.Cache, on page: inout MarkupPage) {
        guard let after = cache.after?.census, let before = cache.before.census else { return }
        func row(_ name: String, _ before: String, _ after: String) -> [String] { [name, before, after] }
        writeTable(
            "Before and after this run", ["what", "before", "after"],
            [
                row("size", "\(before.allocated)", "\(after.allocated)"),
                row("inodes", grouped(before.count), grouped(after.count)),
                row(
                    "findings", grouped(cache.plan.findings.count(where: \.isDrift)),
                    grouped(cache.standing.count(where: \.isDrift))),
            ], on: &page)
    }

    /// Writes the files that send builds to caches, and the toolchains.
    func writeBuilds(on page: inout MarkupPage) {
        let files = report.delivery.plan.files
        guard !files.isEmpty || !report.toolchains.isEmpty else { return }
        page.wrap("section") { page in
            page.element("h2", "How builds find their cache")
            if !files.isEmpty {
                writeTable(
                    "Files", ["file", "for", "sets", "state"],
                    files.enumerated().map { index, file in
                        [
                            escapedForDisplay(file.path.string), file.form.readers, file.wanted.joined(separator: ", "),
                            Self.state(file, report.delivery.outcomes[index]),
                        ]
                    }, on: &page)
            }
            if !report.toolchains.isEmpty {
                writeTable(
                    "Toolchains", ["path", "version", "state"],
                    report.toolchains.map { toolchain in
                        let plan = toolchain.after ?? toolchain.plan
                        return [
                            escapedForDisplay(plan.path.string), plan.standing?.version.text ?? "none",
                            plan.isVerified ? "as its archive" : plan.finding?.disposition.rawValue ?? "unknown",
                        ]
                    }, on: &page)
            }
        }
    }

    private static func state(_ file: FilePlan, _ outcome: FileOutcome?) -> String {
        if let outcome { return outcome.word }
        return file.finding?.disposition.rawValue ?? "as wanted"
    }
}
