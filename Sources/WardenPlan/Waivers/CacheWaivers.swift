internal import SystemPackage
package import WardenModel

/// The waivers that concern one cache: for all of it, or for parts below its root.
package struct CacheWaivers: Sendable {
    package static let none = CacheWaivers(root: "/", terms: [])

    private let root: FilePath
    /// In the order in which they are asked.
    private let terms: [WaiverTerms]
    /// The parts that have waivers of their own, sorted.
    package let parts: [RelativePath]

    init(root: FilePath, terms: [WaiverTerms]) {
        self.root = root
        self.terms = terms
        parts = Set(terms.compactMap { Self.part($0.path, below: root) }).sorted()
    }

    /// Returns the waiver for what a rule finds in a part, or, without one, in the cache as a whole.
    func terms(for rule: RuleID, in part: RelativePath? = nil) -> WaiverTerms? {
        let matching = terms.filter { $0.rule == rule && concerns($0, part) }
        return matching.first(where: \.isInForce) ?? matching.first
    }

    /// The rules whose findings in a part are accepted: these are not repaired there either.
    func accepted(in part: RelativePath? = nil) -> Set<RuleID> {
        Set(terms.filter { $0.isInForce && concerns($0, part) }.map(\.rule))
    }

    /// Whether parts are to be told apart for a rule.
    func dividesFindings(of rule: RuleID) -> Bool {
        terms.contains { $0.rule == rule && Self.part($0.path, below: root) != nil }
    }

    private func concerns(_ terms: WaiverTerms, _ part: RelativePath?) -> Bool {
        guard let place = Self.part(terms.path, below: root) else { return true }
        return part.map { $0.stands(in: place) } ?? false
    }

    /// Returns a path's part below the root; `nil` for the root itself and whatever stands above it.
    private static func part(_ path: FilePath, below root: FilePath) -> RelativePath? {
        var path = path
        guard path != root, path.removePrefix(root) else { return nil }
        return RelativePath(bytes: Array(path.string.utf8))
    }
}

extension RelativePath {
    /// Whether it is `place`, or below it.
    fileprivate func stands(in place: RelativePath) -> Bool {
        guard bytes.starts(with: place.bytes) else { return false }
        return bytes.count == place.bytes.count || bytes[place.bytes.count] == UInt8(ascii: "/")
    }
}
