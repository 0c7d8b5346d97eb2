internal import SystemPackage
internal import WardenModel

/// How builds are to find their caches, as a plan's document spells it.
struct DeliveryPlanForm: Codable {
    let files: [FileForm]
    let findings: [Finding]

    init(_ plan: DeliveryPlan) {
        files = plan.files.map(FileForm.init)
        findings = plan.findings
    }

    var plan: DeliveryPlan { DeliveryPlan(files: files.map(\.plan), findings: findings) }
}

/// One file, with its whole text before and after.
struct FileForm: Codable {
    /// The text before and after; `nil` for none.
    struct Change: Codable {
        let before: String?
        let after: String?
        let mode: ModeForm
    }

    let path: String
    let form: DeliveryForm
    let policies: [String]
    let mode: CachePlan.Mode
    let variables: [String]
    let finding: Finding?
    let change: Change?

    init(_ plan: FilePlan) {
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        path = plan.path.string
        form = plan.form
        policies = plan.policies
        mode = plan.mode
        variables = plan.wanted
        finding = plan.finding
        change = plan.change.map {
            Change(before: text($0.before), after: text($0.after), mode: ModeForm(mode: $0.mode))
        }
    }

    var plan: FilePlan {
        FilePlan(
            path: FilePath(path), form: form, policies: policies, mode: mode, wanted: variables, finding: finding,
            change: change.map { change in
                FileChange(
                    before: change.before.map { Array($0.utf8) }, after: change.after.map { Array($0.utf8) },
                    mode: change.mode.mode)
            })
    }
}
