internal import SystemPackage
internal import WardenModel

extension JSONReport {
    func value(of toolchain: RunReport.Toolchain) -> JSONValue {
        let plan = toolchain.plan
        var members: [String: JSONValue] = [
            "path": .string(plan.path.string), "archive": .string(plan.archive.string),
            "policy": .string(plan.policy), "mode": .string(plan.mode.rawValue),
            "before": .text(plan.standing?.version.text), "after": .text(toolchain.after?.standing?.version.text),
            "findings": .array(plan.findings.map { .encodable($0) }),
            "remaining": toolchain.after.map { .array($0.findings.map { .encodable($0) }) } ?? .null,
            "install-sha256": .text(plan.installation?.digest.description),
            "outcome": .text(toolchain.outcome?.word),
        ]
        if case .failed(let reason) = toolchain.outcome { members["reason"] = .string(reason) }
        return .object(members)
    }
}
