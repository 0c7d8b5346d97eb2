package import SystemPackage

/// Findings and ordered changes for one host at one moment. A dry run is a plan that nobody executes.
package struct Plan: Sendable {
    package let host: String
    package let madeAt: Timestamp
    /// SHA-256 over the policy files in force, lower-case hexadecimal: a plan is good for these policies alone.
    package let policyDigest: String
    package let caches: [CachePlan]
    /// Before caches, in the policies' order.
    package let toolchains: [ToolchainPlan]
    package let delivery: DeliveryPlan

    package init(
        host: String, madeAt: Timestamp, policyDigest: String, caches: [CachePlan], toolchains: [ToolchainPlan] = [],
        delivery: DeliveryPlan = .nothing
    ) {
        self.host = host
        self.madeAt = madeAt
        self.policyDigest = policyDigest
        self.caches = caches
        self.toolchains = toolchains
        self.delivery = delivery
    }

    package var findings: [Finding] {
        toolchains.flatMap(\.findings) + caches.flatMap(\.findings) + delivery.allFindings
    }
    /// How many inodes would be changed.
    package var changeCount: Int { caches.reduce(0) { $0 + $1.changeCount } }
}

/// The part of a plan that concerns one cache.
package struct CachePlan: Sendable {
    package enum Mode: String, Hashable, Sendable, Codable {
        /// Report only, whatever the command.
        case audit
        case enforce
    }

    package let name: String
    package let path: FilePath
    package let mode: Mode
    /// The root that was observed; `nil` where it is to be made.
    package let root: InodeIdentity?
    /// Sorted by rule, then severity.
    package let findings: [Finding]
    /// In the order they must come: files, then directories from the deepest up, the root last.
    package let changes: [Change]
    /// What retention would do; `nil` where that is nothing.
    package let retention: RetentionPlan?
    /// The policy's limits beside what is there.
    package let limits: [LimitUsage]

    package init(
        name: String, path: FilePath, mode: Mode, root: InodeIdentity?, findings: [Finding], changes: [Change],
        retention: RetentionPlan? = nil, limits: [LimitUsage] = []
    ) {
        self.name = name
        self.path = path
        self.mode = mode
        self.root = root
        self.findings = findings
        self.changes = changes
        self.retention = retention
        self.limits = limits
    }

    /// Returns the plan with another retention, everything else as it is.
    package func withRetention(_ retention: RetentionPlan?) -> CachePlan {
        CachePlan(
            name: name, path: path, mode: mode, root: root, findings: findings, changes: changes,
            retention: retention, limits: limits)
    }

    /// How many inodes' rights would be changed.
    package var changeCount: Int { changes.reduce(0) { $0 + $1.subjects.count } }
    package var isBlocked: Bool { findings.contains { $0.disposition == .blocking } }
}
