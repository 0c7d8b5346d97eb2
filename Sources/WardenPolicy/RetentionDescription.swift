internal import WardenModel
internal import WardenYAML

/// The keys of a cache's `retention`.
enum RetentionDescription {
    /// Under relatime an entry's atime may be a day old; an hour more covers Go's own step of one hour.
    static let leastKeepRecent: Duration = .seconds(25 * 3600)

    static let order = Field(
        "order", .word(RetentionPolicy.Order.self), default: "lru",
        "What goes first: least recently used, or oldest.")
    static let maxSize = Field("max-size", .size, example: "10GiB", "The most bytes it may take on disk.")
    static let maxEntries = Field("max-entries", .count(), example: 2_000_000, "The most files it may hold.")
    static let minFree = Field(
        "min-free", .space, example: "20GiB", "What must stay free on its file system: a size or a percentage.")
    static let minFreeInodes = Field(
        "min-free-inodes", .inodes, example: "10%",
        "How many inodes must stay free on its file system: a count or a percentage.")
    static let lowWater = Field(
        "low-water", .percentage, default: "80%", "Once a limit is crossed, evict down to this share of it.")
    static let maxAge = Field("max-age", .duration, example: "30d", "The longest time since last use.")
    static let keepRecent = Field(
        "keep-recent", .duration, default: "25h", "Never evict what was used since; below 25h last use is not known.")
    static let whenExceeded = Field(
        "when-exceeded", .word(RetentionPolicy.Action.self), default: "evict",
        "evict: remove entries in order; clean: empty the cache by 'go clean -cache', only with 'layout: go-build'.")
    static let dropToolchains = Field(
        "drop-toolchains", droppedType, example: ["go1.20", "go1.21.4"],
        "Only with 'layout: go-build': outputs of which Go versions go first, whatever room there is: 'uninstalled', those "
            + "that the host does not have, or a list; go1.20 is all of Go 1.20.")
    static let fuzzMaxSize = Field(
        "fuzz-max-size", .size, example: "2GiB", "The most bytes below $GOCACHE/fuzz, which Go never trims.")
    static let budget = Field("budget", budgetType, "How much one run may do; left out: no limit.")
    static let ownTrim = Field(
        "own-trim", .boolean, default: false,
        "Whether to keep trim.txt fresh, so that Go's own trim after 5 days leaves the work to this policy.")

    static let include = Field(
        "include", .list(of: globType, emptyHint: "leave the key out to let every file go"), example: ["**/*.tgz"],
        "Only with 'layout: directory': which files may be evicted, as globs on their paths below the root; left out: "
            + "all.")
    static let exclude = Field(
        "exclude", .list(of: globType, emptyHint: "leave the key out to keep nothing"), example: ["keep/**"],
        "Only with 'layout: directory': which files are never evicted, whatever 'include' says. They count all the same."
    )

    private static let globType = ValueType<PathGlob>(
        schema: [
            "type": "string", "maxLength": 1000,
            "pattern":
                "^(?!(.*/)?\\.{1,2}(/|$))(?!.*[^/]\\*\\*)(?!.*\\*\\*[^/])[^/\\[\\]{}\\\\]+(/[^/\\[\\]{}\\\\]+)*$",
        ]
    ) { node, reading in
        guard let text = plainText(node, "a pattern", &reading) else { return nil }
        if let glob = PathGlob(text) { return glob }
        reading.error(
            "bad-glob", at: node.mark,
            "a pattern is a path below the cache root, with '*' and '?' within a name and '**' as a name for any "
                + "number of folders; no '/' at either end, no '..', no brackets; found \(node.found)", "\"tmp/**/*.o\""
        )
        return nil
    }

    private static let droppedType: ValueType<DroppedToolchains> = {
        let list = ValueType<[String]>.list(
            of: goVersion, emptyHint: "leave the key out to let every version stay")
        return ValueType(schema: ["anyOf": [["enum": ["uninstalled"]], list.schema]]) { node, reading in
            if case .sequence = node.content { return list.read(node, &reading).map { .versions($0) } }
            return ValueType<DroppedToolchains>.word([("uninstalled", .uninstalled)]).read(node, &reading)
        }
    }()

    private static let goVersion = ValueType<String>(
        schema: ["type": "string", "pattern": "^go1\\.[0-9]+(\\.[0-9]+|(rc|beta)[0-9]+)?$"]
    ) { node, reading in
        guard let text = plainText(node, "a Go version", &reading) else { return nil }
        if text.wholeMatch(of: /go1\.[0-9]+(\.[0-9]+|(rc|beta)[0-9]+)?/) != nil { return text }
        reading.error(
            "bad-go-version", at: node.mark,
            "a Go version is what 'go env GOVERSION' prints, or its beginning: go1.20, go1.20.3; found \(node.found)",
            "go1.20")
        return nil
    }

    static let budgetTime = Field("time", .duration, example: "5m", "The longest time one run may evict.")
    static let budgetEntries = Field("entries", .count(), example: 500_000, "The most entries one run may evict.")
    private static let budgetType = ValueType<RetentionPolicy.Budget>.record(
        [budgetTime.description, budgetEntries.description]
    ) { record, reading in
        RetentionPolicy.Budget(
            time: record.value(budgetTime, &reading), entries: record.value(budgetEntries, &reading))
    }

    static let fields = [
        order.description, maxSize.description, maxEntries.description, minFree.description, minFreeInodes.description,
        lowWater.description, maxAge.description, keepRecent.description, whenExceeded.description,
        dropToolchains.description, fuzzMaxSize.description, budget.description, ownTrim.description,
        include.description,
        exclude.description,
    ]

    static let type = ValueType<RetentionPolicy>.record(fields) { record, reading in
        var retention = RetentionPolicy()
        retention.order = record.value(order, &reading) ?? retention.order
        retention.maxSize = record.value(maxSize, &reading)
        retention.maxEntries = record.value(maxEntries, &reading)
        retention.minFree = record.value(minFree, &reading)
        retention.minFreeInodes = record.value(minFreeInodes, &reading)
        retention.lowWater = record.value(lowWater, &reading) ?? retention.lowWater
        retention.maxAge = record.value(maxAge, &reading)
        retention.keepRecent = record.value(keepRecent, &reading) ?? retention.keepRecent
        retention.whenExceeded = record.value(whenExceeded, &reading) ?? retention.whenExceeded
        retention.dropToolchains = record.value(dropToolchains, &reading)
        retention.fuzzMaxSize = record.value(fuzzMaxSize, &reading)
        retention.budget = record.value(budget, &reading) ?? retention.budget
        retention.ownTrim = record.value(ownTrim, &reading) ?? retention.ownTrim
        retention.files = PathSelection(
            include: record.value(include, &reading) ?? [], exclude: record.value(exclude, &reading) ?? [])
        lint(retention, record, &reading)
        return retention
    }

    private static func lint(_ retention: RetentionPolicy, _ record: Record, _ reading: inout Reading) {
        if retention.keepRecent < leastKeepRecent {
            reading.report(
                .keepRecentShort, at: record.mark(of: keepRecent),
                "under relatime the kernel notes a read only once in 24 hours, so that entries in use look older than "
                    + "this; less than 25h is safe under strictatime alone", "25h")
        }
        if let age = retention.maxAge, age < retention.keepRecent {
            reading.report(
                .ageBelowKeepRecent, at: record.mark(of: maxAge),
                "'max-age' is shorter than 'keep-recent', so that nothing of that age is ever evicted", "30d")
        }
    }
}
