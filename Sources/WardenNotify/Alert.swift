internal import WardenDigest
package import WardenModel

/// One finding that stood when a run ended, as others are told of it. Many entries that differ alike are one alert.
package struct Alert: Hashable, Sendable, Codable {
    package struct Example: Hashable, Sendable, Codable {
        /// Below the cache root, escaped for display.
        package let path: String
        package let found: String

        package init(path: String, found: String) {
            self.path = path
            self.found = found
        }
    }

    /// How many entries are named; `count` says how many there are.
    package static let exampleLimit = Finding.exampleLimit

    package let host: String
    package let rule: RuleID
    package let severity: Severity
    /// The cache's name, or the policy's where it is about no cache.
    package let cache: String
    package let subject: String
    package private(set) var count: Int
    package private(set) var wanted: String
    package private(set) var found: String
    package private(set) var remedy: String
    package private(set) var examples: [Example]

    package init(
        host: String, rule: RuleID, severity: Severity, cache: String, subject: String, count: Int, wanted: String,
        found: String, remedy: String, examples: [Example]
    ) {
        self.host = host
        self.rule = rule
        self.severity = severity
        self.cache = cache
        self.subject = subject
        self.count = count
        self.wanted = wanted
        self.found = found
        self.remedy = remedy
        self.examples = Array(examples.prefix(Self.exampleLimit))
    }

    /// Returns what a finding of this host says.
    package init(_ finding: Finding, host: String) {
        self.init(
            host: host, rule: finding.rule, severity: finding.severity, cache: finding.cache,
            subject: finding.subject, count: finding.count, wanted: finding.wanted, found: finding.found,
            remedy: finding.remedy,
            examples: finding.examples.prefix(Self.exampleLimit).map {
                Example(path: $0.path.description, found: $0.found)
            })
    }

    /// What makes two alerts the same one, however many entries it has today: SHA-256 over host, rule, cache and subject,
    /// each led by its length so that no two of them run into each other; lower-case hexadecimal.
    package var fingerprint: String {
        var hasher = SHA256Hasher()
        for part in [host, rule.rawValue, cache, subject] {
            let bytes = Array(part.utf8)
            hasher.update(Array("\(bytes.count):".utf8))
            hasher.update(bytes)
        }
        return hasher.finalize().description
    }

    /// Returns the alert for both findings: what is refused for two reasons, or accepted in a part of the cache, is one to
    /// its readers.
    package func merged(with other: Alert) -> Alert {
        var alert = self
        alert.count += other.count
        for text in [\Alert.wanted, \.found, \.remedy] where alert[keyPath: text] != other[keyPath: text] {
            alert[keyPath: text] += "; " + other[keyPath: text]
        }
        alert.examples = Array((examples + other.examples).prefix(Self.exampleLimit))
        return alert
    }

    /// All that a later message about its end needs.
    var withoutExamples: Alert {
        var alert = self
        alert.examples = []
        return alert
    }
}

extension Alert {
    /// The worst first, then in an order that never changes.
    static func isBefore(_ left: Alert, _ right: Alert) -> Bool {
        guard left.severity == right.severity else { return left.severity > right.severity }
        return [left.rule.rawValue, left.cache, left.subject].lexicographicallyPrecedes(
            [right.rule.rawValue, right.cache, right.subject])
    }
}
