internal import SystemPackage
internal import WardenModel

extension JSONReport {
    func value(of cache: RunReport.Cache) -> JSONValue {
        [
            "name": .string(cache.plan.name),
            "path": .string(cache.plan.path.string),
            "layout": .string(cache.before.layout.rawValue),
            "mode": .string(cache.plan.mode.rawValue),
            "before": value(of: cache.before),
            "after": cache.after.map(value(of:)) ?? .null,
            "findings": .array(cache.plan.findings.map { .encodable($0) }),
            "remaining": cache.remaining.map { .array($0.map { .encodable($0) }) } ?? .null,
            "changes": .array(cache.plan.changes.map(value(of:))),
            "outcomes": .array(cache.outcomes.map(value(of:))),
            "limits": .array(cache.plan.limits.map { .encodable($0) }),
            "retention": cache.plan.retention.map(Self.value(of:)) ?? .null,
            "retention-outcome": cache.retention.map(Self.value(of:)) ?? .null,
        ]
    }

    private func value(of observation: CacheObservation) -> JSONValue {
        var root: [String: JSONValue] = ["state": .string("present")]
        switch observation.root {
        case .missing(let parentExists):
            root = ["state": .string("missing"), "parent-exists": .bool(parentExists)]
        case .notDirectory(let kind):
            root = ["state": .string("not-a-directory"), "kind": .string(kind.rawValue)]
        case .unreachable(let at, let cause):
            root = ["state": .string("unreachable"), "at": .string(at.string), "error": value(of: cause)]
        case .present(let present):
            root["device"] = .unsigned(present.identity.device)
            root["inode"] = .unsigned(present.identity.inode)
            root["access"] = value(of: present.node)
            root["file-system"] = value(of: present.fileSystem)
        }
        return [
            "observed-at": .string(observation.observedAt.description),
            "root": .object(root),
            "census": observation.census.map { value(of: $0, at: observation.observedAt) } ?? .null,
        ]
    }

    private func value(of census: Census, at observedAt: Timestamp) -> JSONValue {
        var roles: [String: JSONValue] = [:]
        for role in EntryRole.allCases where census.count(role) > 0 {
            roles[role.rawValue] = .count(census.count(role))
        }
        return [
            "inodes": .count(census.count),
            "allocated-bytes": .unsigned(census.allocated.rawValue),
            "inodes-by-role": .object(roles),
            "groups": .array(census.groups.map { value(of: $0, census.accessLists) }),
            "ages": .array(census.ages.buckets.enumerated().map { Self.value(of: $1, index: $0) }),
            "oldest-seconds": census.ages.oldest.map(JSONValue.integer) ?? .null,
            "inventory": census.inventory.map { Self.value(of: $0, at: observedAt) } ?? .null,
            "vanished": .count(census.vanished),
            "failure-count": .count(census.failureCount),
            "failures": .array(
                census.failures.map { failure in
                    [
                        "path": .encodable(failure.path), "operation": .string(failure.operation),
                        "error": value(of: failure.cause),
                    ]
                }),
        ]
    }

    private func value(of group: EntryGroup, _ accessLists: AccessListDemand) -> JSONValue {
        [
            "role": .string(group.role.rawValue), "refusal": .text(group.refusal?.rawValue),
            "part": group.part.map { .encodable($0) } ?? .null,
            "inodes": .count(group.count), "allocated-bytes": .unsigned(group.allocated.rawValue),
            "access": value(of: group.node, accessLists),
        ]
    }

    private static func value(of bucket: AgeHistogram.Bucket, index: Int) -> JSONValue {
        let bound = AgeHistogram.bounds.indices.contains(index) ? JSONValue.integer(AgeHistogram.bounds[index]) : .null
        return [
            "below-seconds": bound, "files": .count(bucket.files),
            "allocated-bytes": .unsigned(bucket.allocated.rawValue),
        ]
    }

    private func value(of system: FileSystemObservation) -> JSONValue {
        [
            "type": .string(system.type), "read-only": .bool(system.isReadOnly), "acls": .bool(system.supportsACLs),
            "access-times": .string(system.accessTimes.rawValue), "lazy-times": .bool(system.hasLazyTimes),
            "size-bytes": .unsigned(system.size.rawValue), "available-bytes": .unsigned(system.available.rawValue),
            "inodes": .unsigned(system.inodes), "free-inodes": .unsigned(system.freeInodes),
        ]
    }

    private func value(of node: NodeState) -> JSONValue { value(of: node, .all) }

    /// Without ACLs where nobody read them: `null` means that there is none.
    private func value(of node: NodeState, _ accessLists: AccessListDemand) -> JSONValue {
        var members: [String: JSONValue] = [
            "kind": .string(node.kind.rawValue), "owner": account(node.owner), "group": account(node.group),
            "mode": .string(node.mode.description),
        ]
        if case .all = accessLists {
            members["acl"] = Self.value(of: node.accessList)
            members["default-acl"] = Self.value(of: node.defaultList)
        }
        return .object(members)
    }

    private func account(_ user: UserID) -> JSONValue {
        ["id": .unsigned(UInt64(user.rawValue)), "name": .text(report.userNames[user])]
    }

    private func account(_ group: GroupID) -> JSONValue {
        ["id": .unsigned(UInt64(group.rawValue)), "name": .text(report.groupNames[group])]
    }

    /// Returns the entries with ids, as `getfacl --numeric` writes them: names may not be unique, ids are.
    private static func value(of list: AccessList?) -> JSONValue {
        list.map { .list($0.entries.map(numericText)) } ?? .null
    }

    private func value(of cause: Errno) -> JSONValue {
        ["errno": .integer(Int64(cause.rawValue)), "message": .string(cause.description)]
    }

    private func value(of change: Change) -> JSONValue {
        [
            "rules": .list(change.rules.map(\.rawValue)), "role": .text(change.role?.rawValue),
            "inodes": .count(change.subjects.count), "before": change.before.map(value(of:)) ?? .null,
            "after": value(of: change.after), "steps": .array(change.steps.map(value(of:))),
            "examples": .array(change.subjects.paths(TextReport.exampleLimit).map { .encodable($0) }),
        ]
    }

    private func value(of step: ChangeStep) -> JSONValue {
        switch step {
        case .createDirectory: ["step": .string("create-directory")]
        case .narrowMode(let mode): ["step": .string("narrow-mode"), "mode": .string(mode.description)]
        case .setOwnership(let owner, let group):
            [
                "step": .string("set-ownership"), "owner": owner.map(account) ?? .null,
                "group": group.map(account) ?? .null,
            ]
        case .setMode(let mode): ["step": .string("set-mode"), "mode": .string(mode.description)]
        case .setAccessList(let list): ["step": .string("set-acl"), "acl": Self.value(of: list)]
        case .setDefaultList(let list): ["step": .string("set-default-acl"), "acl": Self.value(of: list)]
        case .removeDefaultList: ["step": .string("remove-default-acl")]
        }
    }

    private func value(of outcome: ChangeOutcome) -> JSONValue {
        [
            "change": .count(outcome.change), "applied": .count(outcome.applied),
            "exceptions": .array(
                outcome.exceptions.map { exception in
                    var members: [String: JSONValue] = ["path": .encodable(exception.path)]
                    switch exception.outcome {
                    case .applied: members["outcome"] = .string("applied")
                    case .skipped(let skip):
                        members["outcome"] = .string("skipped")
                        members["reason"] = .string(skip.rawValue)
                    case .failed(let operation, let cause):
                        members["outcome"] = .string("failed")
                        members["operation"] = .string(operation)
                        members["error"] = value(of: cause)
                    }
                    return .object(members)
                }),
        ]
    }
}
