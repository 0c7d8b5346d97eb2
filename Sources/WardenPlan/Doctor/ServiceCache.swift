internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `service-without-cache`, and for services that have one `environment-missing` and `environment-conflict`.
enum ServiceCache {
    static func findings(_ unit: UnitDiagnosis, wanted: [GoVariable: WantedVariable]) -> [Finding] {
        guard let cache = unit.variables[.cache] else { return [] }
        let wanted = wanted[.cache].flatMap { $0.starts.contains(.systemService) ? $0 : nil }
        let isBroken = cache.value.map { !$0.hasPrefix("/") } == true
        guard isBroken || wanted != nil && cache.value != wanted?.value else { return [] }
        let rule: RuleID =
            if isBroken { .serviceWithoutCache } else if case .standard = cache.origin { .environmentMissing } else {
                .environmentConflict
            }
        let value = wanted.map { escapedForDisplay($0.value) } ?? "an absolute path"
        let name = escapedForDisplay(unit.name)
        return [
            Finding(
                rule: rule, severity: RuleReference.of(rule).severity, disposition: .manual,
                cache: wanted?.policy ?? "", subject: "\(name), '\(escapedForDisplay(unit.path.string))'",
                wanted: "GOCACHE=\(value)",
                found:
                    "GOCACHE=\(cache.value.map(escapedForDisplay) ?? "what the manager computes"), \(cache.origin.phrase)",
                remedy:
                    "systemctl edit \(name), and below '[Service]': Environment=GOCACHE=\(wanted == nil ? "…" : value)",
                place: unit.path)
        ]
    }
}
