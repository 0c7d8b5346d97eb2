/// How closely an ACL must keep to the wanted one.
package enum ACLMatch: String, Hashable, Sendable, Codable, CaseIterable {
    /// The wanted entries and no others, each with exactly the wanted effective rights.
    case exact
    /// The wanted entries with the wanted effective rights or more, whoever else may do what.
    case atLeast = "at-least"
}
