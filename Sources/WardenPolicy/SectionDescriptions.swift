internal import SystemPackage
internal import WardenModel
internal import WardenYAML

/// The keys of one item of `hosts`.
enum HostDescription {
    private static let globType = ValueType<String>(
        schema: ["type": "string", "pattern": "^[A-Za-z0-9._*?\\[\\]!^-]+$", "maxLength": 253]
    ) { node, reading in
        guard let text = plainText(node, "a host name", &reading, longest: 253) else { return nil }
        guard Glob(text) != nil else {
            reading.error(
                "bad-glob", at: node.mark,
                "a host name is letters, digits, '.', '-' and '_', with '*', '?' or '[…]' as wildcards; "
                    + "found \(node.found)", "\"build-*\"")
            return nil
        }
        return text
    }

    static let name = Field("name", globType, example: "build-*", "A glob on the short or the full host name.")
    static let labels = Field(
        "labels", LabelDescription.type, example: ["role": "builder"],
        "Every one of them must be among the host's labels, which stand in agent.yaml.")

    static let type = ValueType<HostSelector>.record(
        [name.description, labels.description], also: [("minProperties", 1)]
    ) { record, reading in
        if !record.has(name), !record.has(labels) {
            reading.error(
                "empty-selector", at: record.mark, "this selects no host by anything; give a 'name' or 'labels'",
                "name: \"build-*\"")
        }
        return HostSelector(
            name: record.value(name, &reading), labels: record.value(labels, &reading) ?? [:])
    }
}

/// Labels: free names with texts.
enum LabelDescription {
    static let type = ValueType<[String: String]>(
        schema: [
            "type": "object", "minProperties": 1,
            "propertyNames": ["pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"],
            "additionalProperties": ["type": "string", "minLength": 1, "maxLength": 253],
        ]
    ) { node, reading in
        guard case .mapping(let pairs) = node.content, !pairs.isEmpty else {
            if !node.isRefused {
                reading.error(
                    "not-a-mapping", at: node.mark, "labels are names with texts; found \(node.found)",
                    "{role: builder}")
            }
            return nil
        }
        var labels: [String: String] = [:]
        for pair in pairs {
            if !isLabel(pair.key.text) {
                reading.error(
                    "bad-name", at: pair.key.mark,
                    "a label's name is at most 63 letters, digits, '.', '_' or '-', a letter or digit first; found "
                        + "'\(shortened(pair.key.text))'")
            }
            labels[pair.key.text] = plainText(pair.value, "a label", &reading, longest: 253)
        }
        return labels
    }
}

/// The keys of one item of `toolchains`.
enum ToolchainDescription {
    /// A toolchain, and where its path and its archive stand.
    struct Placed: Sendable {
        let toolchain: ToolchainPolicy
        let mark: SourceMark
        let archiveMark: SourceMark
    }

    private static let digestType = ValueType<String>(schema: ["type": "string", "pattern": "^[0-9a-f]{64}$"]) {
        node, reading in
        guard let text = node.scalar?.text, text.utf8.count == 64,
            text.utf8.allSatisfy({ isDigit($0) || (0x61...0x66).contains($0) })
        else {
            if !node.isRefused {
                reading.error(
                    "bad-digest", at: node.mark,
                    "a SHA-256 is 64 hexadecimal digits in lower case, as sha256sum prints it; found \(node.found)")
            }
            return nil
        }
        return text
    }

    static let path = Field(
        "path", .path, required: true, example: "/usr/local/go", "Where the toolchain stands.")
    static let archive = Field(
        "archive", .path, required: true, example: "/srv/dist/go1.27.3.linux-amd64.tar.gz",
        "The archive that it is unpacked from.")
    static let sha256 = Field(
        "sha256", digestType, required: true, "The archive's SHA-256, 64 hexadecimal digits in lower case.")
    static let pathEntry = Field(
        "path-entry", .boolean, default: false, "Whether /etc/profile.d puts its bin directory on PATH.")

    static let type = ValueType<Placed>.record(
        [path.description, archive.description, sha256.description, pathEntry.description]
    ) { record, reading in
        let (mark, archiveMark) = (record.mark(of: path), record.mark(of: archive))
        let path = record.value(path, &reading)
        let archive = record.value(archive, &reading)
        let sha256 = record.value(sha256, &reading)
        let pathEntry = record.value(pathEntry, &reading) ?? false
        guard let path, let archive, let sha256 else { return nil }
        return Placed(
            toolchain: ToolchainPolicy(path: path, archive: archive, sha256: sha256, pathEntry: pathEntry), mark: mark,
            archiveMark: archiveMark)
    }
}

/// The keys of one item of `waivers`.
enum WaiverDescription {
    private static let ruleType = ValueType<RuleID>(
        schema: ["enum": .array(RuleID.allCases.filter(\.isWaivable).map { .string($0.rawValue) })]
    ) { node, reading in
        if let rule = node.scalar.flatMap({ RuleID(rawValue: $0.text) }) {
            guard !rule.isWaivable else { return rule }
            reading.report(
                .waiverCannotHold, at: node.mark, "'\(rule.rawValue)' cannot be accepted", "close the finding instead")
            return nil
        }
        if !node.isRefused {
            let nearest = node.scalar.flatMap { nearestWord(to: $0.text, among: RuleID.allCases.map(\.rawValue)) }
            let hint = nearest ?? "cachewarden policy rules"
            reading.error("unknown-rule", at: node.mark, "there is no rule of this name; found \(node.found)", hint)
        }
        return nil
    }

    static let rule = Field(
        "rule", ruleType, required: true, example: "entry-acl", "The rule whose finding is accepted.")
    static let path = Field(
        "path", .path, required: true, example: "/var/cache/go-build/fuzz",
        "Where it is accepted, and everywhere below.")
    static let until = Field(
        "until", .moment, required: true, example: "2027-01-31",
        "When the waiver ends: a date (the end of that day in UTC) or a time with its zone.")
    static let reason = Field(
        "reason", .text("the reason"), required: true, example: "corpora are moved in January",
        "Why, for whoever reads the report.")

    static let type = ValueType<Waiver>.record(
        [rule.description, path.description, until.description, reason.description]
    ) { record, reading in
        let rule = record.value(rule, &reading)
        let path = record.value(path, &reading)
        let until = record.value(until, &reading)
        let reason = record.value(reason, &reading)
        guard let rule, let path, let until, let reason else { return nil }
        return Waiver(rule: rule, path: path, until: until, reason: reason)
    }
}

extension RuleID {
    /// Whether somebody may accept what it finds. What keeps the agent away from a cache stays so, and what is said of
    /// policies and waivers is not theirs to take back.
    package var isWaivable: Bool {
        switch self {
        case .cacheUnsafePath, .cacheNotRecognised, .cacheNoACLSupport, .cacheRemoteFileSystem, .waiverExpired,
            .waiverUnused, .policyRefused, .cacheUnwatched:
            false
        default: true
        }
    }
}
