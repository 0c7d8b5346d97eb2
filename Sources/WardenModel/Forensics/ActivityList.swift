/// The `go` commands that run on a host at one moment.
package struct ActivityList: Sendable {
    package let host: String
    package let lookedAt: Timestamp
    /// The oldest first.
    package let activities: [GoActivity]
    package let names: IdentityNames

    package init(host: String, lookedAt: Timestamp, activities: [GoActivity], names: IdentityNames) {
        self.host = host
        self.lookedAt = lookedAt
        self.activities = activities
        self.names = names
    }
}
