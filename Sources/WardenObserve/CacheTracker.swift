package import SystemPackage
package import WardenLinux
package import WardenModel

extension CacheObserver {
    /// Watches one cache, and knows at every moment how much is in it.
    ///
    /// - Parameters:
    ///   - demand: What is conspicuous: whatever an observation would keep names of.
    ///   - isConspicuous: Whether the root is.
    ///
    /// Throws as `TreeTracker`.
    package func track(
        path: FilePath, layout: CacheLayout, accessLists: AccessListDemand,
        demand: @escaping @Sendable (EntryRole, NodeState, Refusal?) -> NameDemand,
        isConspicuous: @escaping (NodeState) -> Bool
    ) throws(Errno) -> TreeTracker {
        let question = TreeQuestion(
            classifier: LayoutClassifier(layout: layout), accessLists: accessLists, demand: demand, now: now(),
            threads: 1, progress: progress)
        return try TreeTracker(of: path, top: top, asking: question, isConspicuous: isConspicuous)
    }
}
