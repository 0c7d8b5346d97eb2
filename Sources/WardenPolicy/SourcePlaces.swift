package import SystemPackage
package import WardenModel

/// A place in a policy file and its line, for diagnostics that are made after the file was closed.
package struct SourcePlace: Hashable, Sendable {
    package let mark: SourceMark
    package let line: String?

    package init(mark: SourceMark, line: String?) {
        self.mark = mark
        self.line = line
    }
}

/// Where the values stand that two policies may not share.
package struct SourcePlaces: Sendable {
    /// What a cache's entry in the list says of itself.
    package struct Cache: Sendable {
        package let name: SourcePlace
        package let path: SourcePlace
    }

    package var name: SourcePlace?
    /// As many as the policy has caches, in their order.
    package var caches: [Cache] = []
    /// As many as the policy has environment entries, in their order.
    package var variables: [[String: SourcePlace]] = []

    package init() {}
}

extension Policy {
    /// Where its file speaks of each cache, by the cache root's path; empty for a built-in policy.
    package var cachePlaces: [FilePath: PolicyPlace] {
        guard let file else { return [:] }
        let pairs = zip(caches, places.caches).map { cache, places in
            let mark = places.path.mark
            return (cache.path, PolicyPlace(file: file, line: mark.line, column: mark.column))
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
