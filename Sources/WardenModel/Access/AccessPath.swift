package import SystemPackage

/// What stops even those who have the rights.
package enum AccessBarrier: String, Hashable, Sendable, CaseIterable {
    /// `chattr +i` (`FS_IMMUTABLE_FL`, `ioctl_iflags(2)`).
    case immutable
    /// `chattr +a` (`FS_APPEND_FL`): writing adds to the end, nothing is removed.
    case appendOnly = "append-only"
    case readOnlyFileSystem = "read-only-file-system"
    /// A mount with `noexec`.
    case noExecution = "noexec"
}

/// A file or directory and all that stands above it, as far as access to it goes.
package struct AccessPath: Sendable {
    package let path: FilePath
    package let node: NodeState
    package let barriers: Set<AccessBarrier>
    /// Every directory above, `/` first.
    package let ancestors: [AncestorObservation]
    /// Those of the directory that holds it.
    package let parentBarriers: Set<AccessBarrier>

    package init(
        path: FilePath, node: NodeState, barriers: Set<AccessBarrier>, ancestors: [AncestorObservation],
        parentBarriers: Set<AccessBarrier>
    ) {
        self.path = path
        self.node = node
        self.barriers = barriers
        self.ancestors = ancestors
        self.parentBarriers = parentBarriers
    }
}

/// Whether somebody can do something, and what decides.
package struct AccessVerdict: Hashable, Sendable {
    package enum Answer: String, Hashable, Sendable {
        case yes, no
        /// In a sticky directory: what they own themselves, and nothing else.
        case own
    }

    package enum Reason: Hashable, Sendable {
        case decision(AccessDecision)
        /// A directory above may not be searched.
        case unreachable(AccessDecision)
        /// The directory is sticky, and neither it nor the file is theirs.
        case sticky
        case barrier(AccessBarrier)
    }

    package let answer: Answer
    package let reason: Reason
    /// The directory above that decided; `nil` where it was the path itself.
    package let place: FilePath?
}

extension AccessPath {
    /// Answers for one subject and one operation: the first obstacle from `/` down, or what grants it.
    package func verdict(for subject: AccessSubject, _ operation: AccessOperation) -> AccessVerdict {
        for ancestor in ancestors {
            let decision = ancestor.node.decision(for: subject, wanting: .execute)
            guard decision.isGranted else {
                return .init(answer: .no, reason: .unreachable(decision), place: ancestor.path)
            }
        }
        if operation == .delete, node.kind != .directory { return removal(of: node.owner, by: subject) }
        if let barrier = barrier(to: operation, barriers) {
            return .init(answer: .no, reason: .barrier(barrier), place: nil)
        }
        let decision = node.decision(for: subject, wanting: operation.rights)
        guard decision.isGranted else { return .init(answer: .no, reason: .decision(decision), place: nil) }
        if operation == .delete, node.mode.isSticky, !subject.isRoot, subject.user != node.owner {
            return .init(answer: .own, reason: .sticky, place: nil)
        }
        return .init(answer: .yes, reason: .decision(decision), place: nil)
    }

    /// Whether somebody can take this file's name out of the directory that holds it.
    private func removal(of owner: UserID, by subject: AccessSubject) -> AccessVerdict {
        guard let parent = ancestors.last else {
            return .init(answer: .no, reason: .barrier(.immutable), place: nil)
        }
        for own in [AccessBarrier.immutable, .appendOnly] where barriers.contains(own) {
            return .init(answer: .no, reason: .barrier(own), place: nil)
        }
        if let barrier = barrier(to: .delete, parentBarriers) {
            return .init(answer: .no, reason: .barrier(barrier), place: parent.path)
        }
        let decision = parent.node.decision(for: subject, wanting: AccessOperation.delete.rights)
        guard decision.isGranted else { return .init(answer: .no, reason: .decision(decision), place: parent.path) }
        let isTheirs = subject.isRoot || subject.user == owner || subject.user == parent.node.owner
        guard !parent.node.mode.isSticky || isTheirs else {
            return .init(answer: .no, reason: .sticky, place: parent.path)
        }
        return .init(answer: .yes, reason: .decision(decision), place: parent.path)
    }

    private func barrier(to operation: AccessOperation, _ barriers: Set<AccessBarrier>) -> AccessBarrier? {
        let stopping: [AccessBarrier] =
            switch operation {
            case .read, .search: []
            case .execute: node.kind == .directory ? [] : [.noExecution]
            case .create: [.readOnlyFileSystem, .immutable]
            case .write, .delete: [.readOnlyFileSystem, .immutable, .appendOnly]
            }
        return stopping.first(where: barriers.contains)
    }
}
