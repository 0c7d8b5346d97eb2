internal import WardenModel
internal import WardenPolicy

extension RunScope {
    /// Returns the one Go build cache that a request is about: the one it names, or the only one of the policies.
    ///
    /// - Parameter verb: What is to be done with it: `analyze`, `trace`.
    func buildCache(of request: RunRequest, to verb: String) throws(AgentError) -> CachePolicy {
        let subjects = request.target.isAllCaches ? subjects.filter { $0.cache.layout == .goBuild } : subjects
        guard let subject = subjects.first, subjects.count == 1 else {
            let names = subjects.map { "'\(escapedForDisplay($0.cache.name))'" }.sorted().joined(separator: ", ")
            throw .failed(
                subjects.isEmpty ? "there is no cache to \(verb)" : "there are \(subjects.count) caches: \(names)",
                remedy: "name one, or give its path")
        }
        guard subject.cache.layout == .goBuild else {
            throw .failed(
                "cannot \(verb) cache '\(escapedForDisplay(subject.cache.name))': its layout is "
                    + subject.cache.layout.rawValue,
                remedy: "only a Go build cache ('go-build') has entries that say what they are")
        }
        return subject.cache
    }
}
