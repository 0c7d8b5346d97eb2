internal import SystemPackage
internal import WardenModel

/// Returns a policy as YAML with every default written out.
///
/// Reading the text gives the same values. What the policy leaves out, and is therefore not looked at, is left out.
package func render(_ policy: Policy) -> String {
    var text = YAMLText()
    text.line("version", "1")
    text.line("policy", quotedIfNeeded(policy.name))
    text.line("description", policy.description.map(JSONValue.quoted))
    text.line("mode", policy.mode.rawValue)
    text.list("hosts", policy.hosts) { text, host in
        text.line("name", host.name.map(JSONValue.quoted))
        text.map("labels", host.labels)
    }
    text.list("caches", policy.caches, emptyText: "[]") { text, cache in renderCache(cache, &text) }
    text.list("environment", policy.environment, emptyText: "[]") { text, environment in
        text.map("variables", environment.variables)
        text.line("deliver", "[\(environment.deliver.map(\.rawValue).joined(separator: ", "))]")
        text.line("users", environment.usersGroup.map { "{group: \(JSONValue.quoted($0))}" })
    }
    text.list("toolchains", policy.toolchains, emptyText: "[]") { text, toolchain in
        text.line("path", quotedPath(toolchain.path))
        text.line("archive", quotedPath(toolchain.archive))
        text.line("sha256", JSONValue.quoted(toolchain.sha256))
        text.line("path-entry", String(toolchain.pathEntry))
    }
    text.list("waivers", policy.waivers, emptyText: "[]") { text, waiver in
        text.line("rule", waiver.rule.rawValue)
        text.line("path", quotedPath(waiver.path))
        text.line("until", JSONValue.quoted(momentText(waiver.until)))
        text.line("reason", JSONValue.quoted(waiver.reason))
    }
    return text.text
}

private func renderCache(_ cache: CachePolicy, _ text: inout YAMLText) {
    text.line("name", quotedIfNeeded(cache.name))
    text.line("path", quotedPath(cache.path))
    text.line("layout", cache.layout.rawValue)
    text.line("create", String(cache.create))
    text.line("trust", cache.trust?.rawValue)
    text.line("owner", cache.owner.map(JSONValue.quoted))
    text.line("group", cache.group.map(JSONValue.quoted))
    text.line("mode", cache.mode.map(quotedMode))
    text.nested("entries") { text in
        text.line("owner", cache.entries.owner.map(JSONValue.quoted) ?? "keep")
        text.line("directories", cache.entries.directories.map(quotedMode))
        text.line("files", cache.entries.files.map(quotedMode))
    }
    if let acl = cache.acl {
        text.nested("acl") { text in
            text.line("match", acl.match.rawValue)
            text.line("entries", ruleList(acl.entries))
            switch acl.defaultList {
            case .same: text.line("default", "same")
            case .none: text.line("default", "none")
            case .list(let rules): text.line("default", ruleList(rules))
            }
        }
    }
    if let retention = cache.retention {
        text.nested("retention") { text in renderRetention(retention, &text) }
    }
}

private func renderRetention(_ retention: RetentionPolicy, _ text: inout YAMLText) {
    text.line("order", retention.order.rawValue)
    text.line("max-size", retention.maxSize.map { sizeText($0.rawValue) })
    text.line("max-entries", retention.maxEntries.map { String($0) })
    text.line("min-free", retention.minFree.map { thresholdText($0, amount: sizeText) })
    text.line("min-free-inodes", retention.minFreeInodes.map { thresholdText($0) { String($0) } })
    text.line("low-water", "\(retention.lowWater)%")
    text.line("max-age", retention.maxAge.map(durationText))
    text.line("keep-recent", durationText(retention.keepRecent))
    text.line("when-exceeded", retention.whenExceeded.rawValue)
    text.line("drop-toolchains", retention.dropToolchains.map(droppedText))
    text.line("fuzz-max-size", retention.fuzzMaxSize.map { sizeText($0.rawValue) })
    if retention.budget != RetentionPolicy.Budget() {
        text.nested("budget") { text in
            text.line("time", retention.budget.time.map(durationText))
            text.line("entries", retention.budget.entries.map { String($0) })
        }
    }
    text.line("own-trim", String(retention.ownTrim))
    text.line("include", globList(retention.files.include))
    text.line("exclude", globList(retention.files.exclude))
}

private func droppedText(_ dropped: DroppedToolchains) -> String {
    switch dropped {
    case .uninstalled: "uninstalled"
    case .versions(let versions): "[" + versions.joined(separator: ", ") + "]"
    }
}

private func globList(_ globs: [PathGlob]) -> String? {
    globs.isEmpty ? nil : "[" + globs.map { JSONValue.quoted($0.text) }.joined(separator: ", ") + "]"
}

private func ruleList(_ rules: [ACLRule]) -> String {
    "[" + rules.map { JSONValue.quoted($0.description) }.joined(separator: ", ") + "]"
}

private func quotedMode(_ mode: ModeBits) -> String { JSONValue.quoted(mode.description) }

private func quotedPath(_ path: FilePath) -> String { quotedIfNeeded(path.string) }

/// Returns text that every YAML tool reads as text.
private func quotedIfNeeded(_ text: String) -> String {
    let isSimple = text.utf8.allSatisfy { isAlphanumeric($0) || Array("/._-".utf8).contains($0) }
    let begins = text.utf8.first.map { isAlphanumeric($0) || $0 == UInt8(ascii: "/") } == true
    return isSimple && begins && PlainScalar(text) == .text ? text : JSONValue.quoted(text)
}

/// Returns a size in the largest unit that needs no fraction.
func sizeText(_ bytes: UInt64) -> String {
    let unit = Units.sizes.filter { $0.unit.hasSuffix("iB") && bytes.isMultiple(of: $0.bytes) }.last
    return unit.map { "\(bytes / $0.bytes)\($0.unit)" } ?? "\(bytes)B"
}

/// Returns a time of whole seconds in the largest unit that needs no fraction; days at most, as people count.
func durationText(_ duration: Duration) -> String {
    let seconds = UInt64(max(0, duration.components.seconds))
    let unit = Units.durations.filter { $0.unit != "w" && seconds.isMultiple(of: $0.seconds) }.last
    return unit.map { "\(seconds / $0.seconds)\($0.unit)" } ?? "\(seconds)s"
}

private func thresholdText(_ threshold: RetentionPolicy.Threshold, amount: (UInt64) -> String) -> String {
    switch threshold {
    case .amount(let value): amount(value)
    case .percent(let percent): "\(percent)%"
    }
}

/// Returns a date for the last moment of a day in UTC, and a time with its zone for any other.
private func momentText(_ moment: Timestamp) -> String {
    let text = moment.description
    if moment.nanoseconds == 999_999_999, (moment.seconds + 1).isMultiple(of: 86_400) { return String(text.prefix(10)) }
    return text.prefix(19) + "Z"
}

/// YAML text while it is written, two spaces a level.
private struct YAMLText {
    private(set) var text = ""
    private var indent = ""
    /// Stands in place of the indentation's last two characters before the first key of a list item.
    private var isItemStart = false

    /// Writes a key and its value; nothing where there is none.
    mutating func line(_ key: String, _ value: String?) {
        guard let value else { return }
        text += prefix() + "\(key): \(value)\n"
    }

    mutating func map(_ key: String, _ values: [String: String]) {
        guard !values.isEmpty else { return }
        let members = values.sorted { $0.key < $1.key }.map { "\($0.key): \(JSONValue.quoted($0.value))" }
        line(key, "{\(members.joined(separator: ", "))}")
    }

    mutating func nested(_ key: String, _ write: (inout YAMLText) -> Void) {
        text += prefix() + "\(key):\n"
        indent += "  "
        write(&self)
        indent.removeLast(2)
    }

    mutating func list<Item>(
        _ key: String, _ items: [Item], emptyText: String? = nil, _ write: (inout YAMLText, Item) -> Void
    ) {
        guard !items.isEmpty else {
            line(key, emptyText)
            return
        }
        text += prefix() + "\(key):\n"
        indent += "    "
        for item in items {
            isItemStart = true
            write(&self, item)
            isItemStart = false
        }
        indent.removeLast(4)
    }

    private mutating func prefix() -> String {
        defer { isItemStart = false }
        return isItemStart ? indent.dropLast(2) + "- " : indent
    }
}
