/// The host that policies are selected for.
package struct HostIdentity: Sendable {
    /// The full name, as far as the host knows it.
    package let name: String
    package let labels: [String: String]

    package init(name: String, labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
    }

    /// The name up to the first dot.
    package var shortName: String { String(name.prefix { $0 != "." }) }

    /// Whether the policy is for this host: it names no hosts, or one of its selectors holds.
    package func isSelected(by policy: Policy) -> Bool {
        policy.hosts.isEmpty || policy.hosts.contains { isSelected(by: $0) }
    }

    private func isSelected(by selector: HostSelector) -> Bool {
        let hasLabels = selector.labels.allSatisfy { labels[$0.key] == $0.value }
        guard hasLabels, let pattern = selector.name else { return hasLabels && !selector.labels.isEmpty }
        // A pattern that is no glob was never read from a file; it selects nothing.
        guard let glob = Glob(pattern) else { return false }
        return glob.matches(name) || glob.matches(shortName)
    }
}
