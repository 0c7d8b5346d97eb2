internal import SystemPackage

/// An ACL rule with ids in place of names.
package struct ResolvedACLRule: Hashable, Sendable {
    package let tag: AccessList.Tag
    /// The user's or group's id for `.user` and `.group`; 0 for every other tag.
    package let id: UInt32
    /// The rights that are granted in any case.
    package let rights: Rights
    /// `X`, see `ACLTarget`.
    package let executesConditionally: Bool

    package init(tag: AccessList.Tag, id: UInt32 = 0, rights: Rights, executesConditionally: Bool) {
        self.tag = tag
        self.id = tag == .user || tag == .group ? id : 0
        self.rights = rights
        self.executesConditionally = executesConditionally
    }
}

/// A rule that names a user or group which the host does not know.
package struct UnknownAccount: Error, Hashable, Sendable {
    package let rule: ACLRule
    /// The name as the rule writes it.
    package let name: String

    package init(rule: ACLRule, name: String) {
        self.rule = rule
        self.name = name
    }
}

extension UnknownAccount: CustomStringConvertible {
    /// Returns `unknown group 'builders' in 'group:builders:rwX'`.
    package var description: String {
        "unknown \(rule.tag) '\(escapedForDisplay(name))' in '\(escapedForDisplay(rule.description))'"
    }
}

extension AccessList {
    /// Returns rules with the ids that `accounts` has for their names, in the same order.
    ///
    /// Throws for the first name that `accounts` does not have, or has with the id 4294967295, which is nobody's and
    /// means "keep" to `chown(2)`.
    package static func resolved(
        _ rules: [ACLRule], accounts: AccountTable
    ) throws(UnknownAccount) -> [ResolvedACLRule] {
        var resolved: [ResolvedACLRule] = []
        for rule in rules { resolved.append(try rule.resolved(accounts: accounts)) }
        return resolved
    }
}

extension ACLRule {
    /// Returns the rule with the id that `accounts` has for its name, see `AccessList.resolved(_:accounts:)`.
    package func resolved(accounts: AccountTable) throws(UnknownAccount) -> ResolvedACLRule {
        var id: UInt32? = 0
        var name = ""
        switch qualifier {
        case nil: break
        case .id(let number): (id, name) = (number, String(number))
        case .name(let text):
            id = tag == .user ? accounts.users[text]?.rawValue : accounts.groups[text]?.rawValue
            name = text
        }
        guard let id, id != AccessList.invalidID else { throw UnknownAccount(rule: self, name: name) }
        return ResolvedACLRule(tag: tag, id: id, rights: rights, executesConditionally: executesConditionally)
    }
}
