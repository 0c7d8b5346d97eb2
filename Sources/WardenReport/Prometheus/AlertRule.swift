/// One alerting rule of Prometheus.
package struct AlertRule: Hashable, Sendable {
    package enum Urgency: String, Sendable {
        /// Somebody has to act soon: builds fail, or somebody interferes.
        case critical
        /// Somebody has to look at it.
        case warning
    }

    package let name: String
    /// In PromQL.
    package let expression: String
    /// How long it has to hold, as Prometheus writes durations; `0m` for at once.
    package let duration: String
    package let urgency: Urgency
    /// One line, with `{{ $labels.… }}` for the series it is about.
    package let summary: String
    /// What to do.
    package let action: String
}

/// What policies have that alerts can be about.
package enum AlertSubject: String, Hashable, Sendable, CaseIterable {
    case maxSize, maxEntries, minFree
    /// Any limit: entries are evicted.
    case retention
    /// Some policy lets `apply` repair.
    case enforced
    case waivers
}
