internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `environment-missing`: a policy delivers by `go.env`, and no toolchain, or not the one it names, reads such a file.
enum UnreachableToolchain {
    static func findings(_ policies: [Policy], _ observation: DeliveryObservation) -> [Finding] {
        let named = policies.flatMap(\.toolchains).map(\.path)
        return policies.compactMap { policy in
            let variables = policy.environment.filter { $0.deliver.contains(.goEnv) }.flatMap(\.variables)
            guard !variables.isEmpty else { return nil }
            let silent = observation.toolchains.filter { toolchain in
                guard let version = toolchain.version else { return true }
                return DeliveryTarget.file(of: toolchain.root, version: version) == nil
            }
            // Where no policy names one, one of the usual places is enough.
            let isEnough = named.isEmpty ? silent.count < observation.toolchains.count : silent.isEmpty
            guard !isEnough else { return nil }
            let wanted = variables.map { "\($0.key)=\($0.value)" }.sorted()
            return Finding(
                rule: .environmentMissing, severity: RuleReference.of(.environmentMissing).severity,
                disposition: .manual, cache: policy.name, subject: "a toolchain's go.env, for every go command",
                wanted: wanted.joined(separator: ", "), found: found(silent),
                remedy: "name a toolchain of Go 1.21 or later below 'toolchains', or deliver by other ways",
                place: silent.first?.root)
        }
    }

    private static func found(_ toolchains: [DeliveryObservation.Toolchain]) -> String {
        toolchains.map { toolchain in
            let path = "'\(escapedForDisplay(toolchain.root.string))'"
            return toolchain.version.map { "\(escapedForDisplay($0)) in \(path), which reads none" }
                ?? "no toolchain in \(path)"
        }.joined(separator: "; ")
    }
}
