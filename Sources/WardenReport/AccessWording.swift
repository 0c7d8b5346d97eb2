internal import SystemPackage
internal import WardenModel

/// Sentences about access: who cannot do what, and which entry, mask or directory says so.
struct AccessWording {
    let names: AccountNames

    /// Returns what stands for a subject in a table.
    func label(_ subject: AccessSubject) -> String {
        switch subject.kind {
        case .user: escapedForDisplay(subject.name)
        case .group: "group \(escapedForDisplay(subject.name))"
        case .others: "others"
        }
    }

    /// Returns `bob cannot create or delete: group:builders:rwx is cut to r-x by mask::r-x`.
    func sentence(_ subject: AccessSubject, _ operations: [AccessOperation], _ verdict: AccessVerdict) -> String {
        let reason = reason(verdict)
        let verbs = operations.map(\.rawValue)
        let head = label(subject)
        return switch verdict.answer {
        case .yes: "\(head) can \(joined(verbs, "and")): \(reason)"
        case .own: "\(head) can \(joined(verbs, "and")) their own alone: \(reason)"
        case .no: "\(head) cannot \(joined(verbs, "or")): \(reason)"
        }
    }

    /// Returns what decides.
    func reason(_ verdict: AccessVerdict) -> String {
        let place = verdict.place.map { "'\(escapedForDisplay($0.string))'" }
        switch verdict.reason {
        case .decision(let decision):
            let text = text(decision)
            return place.map { "\(text) of \($0)" } ?? text
        case .unreachable(let decision): return "\(place ?? "it") may not be searched: \(text(decision))"
        case .sticky: return "\(place ?? "it") is sticky: only the owner of a name may take it away"
        case .barrier(let barrier):
            let text =
                switch barrier {
                case .immutable: "immutable (chattr +i)"
                case .appendOnly: "append-only (chattr +a)"
                case .readOnlyFileSystem: "on a file system that is mounted read-only"
                case .noExecution: "on a file system that is mounted noexec"
                }
            return "\(place ?? "it") is \(text)"
        }
    }

    private func text(_ decision: AccessDecision) -> String {
        switch decision.basis {
        case .privilege: "root passes over permissions"
        case .nobodyExecutes: "nobody may execute it, and then root may not either"
        case .entry(let entry): text(entry)
        case .cut(let entry, let mask):
            "\(text(entry)) is cut to \(entry.rights.intersection(mask)) by mask::\(mask)"
        case .noSingleGroup(let entries):
            "no single one of \(joined(entries.map(text), "and")) grants it all"
        }
    }

    private func text(_ entry: AccessList.Entry) -> String { names.description(of: AccessList([entry])) }

    private func joined(_ words: [String], _ last: String) -> String {
        guard let end = words.last, words.count > 1 else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) \(last) \(end)"
    }
}
