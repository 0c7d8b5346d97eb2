internal import SystemPackage
internal import WardenModel

extension TextReport {
    /// Writes which toolchains policies want, and what stands there now.
    func writeToolchains(on page: inout TextPage) {
        guard !report.toolchains.isEmpty else { return }
        page.heading("Toolchains")
        for toolchain in report.toolchains {
            let plan = toolchain.after ?? toolchain.plan
            page.line(
                "  ", .init(escapedForDisplay(plan.path.string), .strong),
                "  \(plan.standing.map { escapedForDisplay($0.version.text) } ?? "none")",
                .init(plan.mode == .audit ? "  audit only" : "", .faint))
            page.paragraph("of \(escapedForDisplay(plan.archive.string))", lead: "    ")
        }
    }

    /// Writes which toolchains `apply` would install.
    func writeInstallations(on page: inout TextPage) {
        let plans = report.toolchains.map(\.plan).filter { $0.installation != nil }
        guard !plans.isEmpty else { return }
        page.heading("Installations: \(counted(plans.count, "toolchain"))")
        for (index, plan) in plans.enumerated() {
            let place = plan.standing.map { ", in place of \(escapedForDisplay($0.version.text))" } ?? ""
            page.paragraph(
                "\(escapedForDisplay(plan.path.string)) from \(escapedForDisplay(plan.archive.string))\(place)",
                lead: .init(aligned("\(index + 1).", 5) + " ", .strong))
        }
    }

    /// Writes what became of toolchains that were to be installed.
    func writeInstallationOutcomes(on page: inout TextPage) {
        let plans = report.toolchains.filter { $0.outcome != nil || $0.plan.installation != nil }
        guard !plans.isEmpty else { return }
        page.heading("Installations")
        for toolchain in plans {
            let path = escapedForDisplay(toolchain.plan.path.string)
            let (word, text, paint) = Self.words(toolchain.outcome)
            page.paragraph(path + text, lead: .init("  \(padded(word, 9)) ", paint))
        }
    }

    private static func words(_ outcome: ToolchainOutcome?) -> (String, String, Paint) {
        switch outcome {
        case .installed(let version): ("installed", ": \(escapedForDisplay(version.text))", .strong)
        case .unchanged: ("skipped", ": another run has installed it", .none)
        case .inUse:
            ("waiting", ": builds use it all the time, and none is disturbed; the next run tries again", .warning)
        case .interrupted: ("skipped", ": the run was ended before its turn came", .warning)
        case .failed(let reason): ("failed", ": \(reason)", .bad)
        case nil: ("left", ": the policy says 'mode: audit'", .warning)
        }
    }
}
