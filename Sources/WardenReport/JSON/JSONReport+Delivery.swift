internal import SystemPackage
internal import WardenModel

extension JSONReport {
    func value(of delivery: RunReport.Delivery) -> JSONValue {
        [
            "files": .array(delivery.plan.files.enumerated().map { value(of: $1, delivery.outcomes[$0]) }),
            "findings": .array(delivery.plan.allFindings.map { .encodable($0) }),
            "remaining": delivery.remaining.map { .array($0.map { .encodable($0) }) } ?? .null,
        ]
    }

    private func value(of file: FilePlan, _ outcome: FileOutcome?) -> JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(file.path.string), "form": .string(file.form.rawValue),
            "policies": .list(file.policies), "mode": .string(file.mode.rawValue), "variables": .list(file.wanted),
            "compliant": .bool(file.finding == nil), "outcome": .text(outcome?.word), "change": .null,
        ]
        if case .failed(let reason) = outcome { members["reason"] = .string(reason) }
        if let change = file.change {
            members["change"] = [
                "before": .text(change.before.map(Self.text)), "after": .text(change.after.map(Self.text)),
                "file-mode": .string(change.mode.description),
            ]
        }
        return .object(members)
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
