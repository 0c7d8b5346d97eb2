package import SystemPackage

/// A user's entry in the name service, as far as the agent needs it. Corresponds to `struct passwd`.
package struct UserAccount: Hashable, Sendable {
    package let name: String
    package let id: UserID
    package let primaryGroup: GroupID
    /// `nil` where the entry has none, as some service accounts do.
    package let homeDirectory: FilePath?
}
