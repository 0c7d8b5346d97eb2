/// What an entry's list is for, which decides what `X` means in a rule.
package enum ACLTarget: Hashable, Sendable {
    case directory
    /// A file that somebody may execute.
    case executableFile
    case plainFile
    /// A directory's default list. Everything made below starts from it, cut by the mode its maker asks for, so it
    /// must offer execute: `X` is `x`.
    case defaultList

    /// Whether `X` grants execute.
    var grantsConditionalExecute: Bool { self != .plainFile }
}

extension AccessList {
    /// Returns the list that a mode and a policy's rules ask for.
    ///
    /// `user::`, `group::` and `other::` come from the mode unless a rule names them; of two rules for one subject the
    /// later wins. Without a `mask::` rule the mask is `computedMask`, and there is none where nobody is named; the list
    /// is then minimal and says no more than `mode(special:)`.
    ///
    /// The result is what `chmod` and then `setfacl -m` give a file that had no ACL, if the rules with `X` come
    /// first: setfacl looks at the list as changed so far, `X` here at `target` alone.
    package static func wanted(mode: ModeBits, rules: [ResolvedACLRule], for target: ACLTarget) -> AccessList {
        var list = AccessList(mode: mode)
        for rule in rules {
            list.set(Entry(rule.tag, id: rule.id, rule.rights(for: target)))
        }
        if list.isExtended, list.rights(of: .mask) == nil {
            list.set(Entry(.mask, list.computedMask))
        }
        return list
    }
}

extension ResolvedACLRule {
    /// Returns the rights that the rule gives on a target.
    fileprivate func rights(for target: ACLTarget) -> Rights {
        executesConditionally && target.grantsConditionalExecute ? rights.union(.execute) : rights
    }
}
