internal import SystemPackage
internal import WardenModel

extension TextReport {
    /// Writes every waiver, what it accepts, why, and for how long still.
    func writeWaivers(on page: inout TextPage) {
        guard !report.waivers.isEmpty else { return }
        page.heading("Waivers")
        for status in report.waivers {
            let terms = status.terms
            page.line(
                "  ", .init(padded(Self.word(status.state), 9), status.state.paint), " ",
                .init(padded(terms.rule.rawValue, 22), .strong), "  \(Self.end(status))")
            page.paragraph("'\(escapedForDisplay(terms.path.string))': \(Self.accepted(status))", lead: "      ")
            page.field(
                "reason", "\(escapedForDisplay(terms.reason)) (policy '\(escapedForDisplay(terms.policy))')", indent: 6)
        }
    }

    static func word(_ state: WaiverStatus.State) -> String {
        switch state {
        case .inForce: "in force"
        case .endsSoon: "ends soon"
        case .ended: "ended"
        case .unused: "unused"
        case .unseen: "not seen"
        }
    }

    static func end(_ status: WaiverStatus) -> String {
        let moment = status.terms.until
        guard status.terms.isInForce else { return "ended \(moment)" }
        return status.daysLeft == 0
            ? "ends within a day, \(moment)" : "\(counted(status.daysLeft, "day")) left, until \(moment)"
    }

    static func accepted(_ status: WaiverStatus) -> String {
        guard status.state != .unseen else { return "the cache there could not be looked at" }
        guard status.findings > 0 else { return "there is nothing that it accepts" }
        let amount =
            status.terms.rule.concernsBuilds
            ? counted(status.findings, "finding")
            : "\(counted(status.inodes, "inode")) differ\(status.inodes == 1 ? "s" : "")"
        return status.terms.isInForce ? "\(amount), accepted and left as they are" : "\(amount) still"
    }
}

extension WaiverStatus.State {
    fileprivate var paint: Paint {
        switch self {
        case .inForce, .unseen: .faint
        case .endsSoon, .unused: .warning
        case .ended: .bad
        }
    }
}
