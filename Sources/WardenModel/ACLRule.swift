/// One ACL entry as setfacl's text form writes it, before names become ids: `group:builders:rwX`.
///
/// See `setfacl(1)`, "ACL entries".
package struct ACLRule: Hashable, Sendable {
    /// A user or group as it was written. All-digit qualifiers are ids, as in setfacl.
    package enum Qualifier: Hashable, Sendable {
        case name(String)
        case id(UInt32)
    }

    package let tag: AccessList.Tag
    /// `nil` for every tag but `.user` and `.group`.
    package let qualifier: Qualifier?
    package let rights: Rights
    /// `X`: execute on directories, and on files that somebody may already execute.
    package let executesConditionally: Bool

    package init(tag: AccessList.Tag, qualifier: Qualifier?, rights: Rights, executesConditionally: Bool) {
        self.tag = tag
        self.qualifier = qualifier
        self.rights = rights
        self.executesConditionally = executesConditionally
    }
}
