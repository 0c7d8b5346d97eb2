internal import SystemPackage
internal import WardenModel
internal import WardenYAML

/// The keys of a policy file: the decoder and the JSON Schema are both made of this.
enum PolicyDescription {
    /// The version of the language; policies say which they are written in.
    private static let versionType = ValueType<Int>(schema: ["const": 1]) { node, reading in
        if let scalar = node.scalar, scalar.isPlain, scalar.text == "1" { return 1 }
        if !node.isRefused {
            reading.error("unknown-version", at: node.mark, "wanted 1, the only version yet; found \(node.found)", "1")
        }
        return nil
    }

    static let version = Field(
        "version", versionType, required: true, example: 1, "The version of the policy language: 1.")
    static let policy = Field(
        "policy", .label("a policy's name"), required: true, example: "shared-builders",
        "The policy's name, as reports and the audit log show it.")
    static let description = Field(
        "description", .text("the description"), "What the policy is for, one sentence for people.")
    static let mode = Field(
        "mode", .word([("audit", CachePlan.Mode.audit), ("enforce", .enforce)]), default: "audit",
        "audit: report only, whatever the command; enforce: 'apply' repairs.")
    static let hosts = Field(
        "hosts",
        ValueType<[HostSelector]>.list(of: HostDescription.type, emptyHint: "leave 'hosts' out to select every host"),
        "Which hosts it is for; any item selects the host. Left out: every host.")
    static let caches = Field(
        "caches", ValueType<[CacheDescription.Placed]>.list(of: CacheDescription.type), default: [],
        "The caches and what must hold for each.")
    static let environment = Field(
        "environment", ValueType<[EnvironmentDescription.Placed]>.list(of: EnvironmentDescription.type), default: [],
        "How builds find the caches.")
    static let toolchains = Field(
        "toolchains", ValueType<[ToolchainDescription.Placed]>.list(of: ToolchainDescription.type), default: [],
        "Go toolchains that must stand there.")
    static let waivers = Field(
        "waivers", ValueType<[Waiver]>.list(of: WaiverDescription.type), default: [],
        "Findings that somebody accepts until a date.")

    static let fields = [
        version.description, policy.description, description.description, mode.description, hosts.description,
        caches.description, environment.description, toolchains.description, waivers.description,
    ]

    static func type(file: FilePath) -> ValueType<Policy> {
        .record(fields) { record, reading in
            _ = record.value(version, &reading)
            let name = record.value(policy, &reading)
            let caches = record.value(caches, &reading) ?? []
            let environment = record.value(environment, &reading) ?? []
            let toolchains = record.value(toolchains, &reading) ?? []
            var policy = Policy(
                name: name ?? "", description: record.value(description, &reading), file: file,
                mode: record.value(mode, &reading) ?? .audit, hosts: record.value(hosts, &reading) ?? [],
                caches: caches.map(\.cache), environment: environment.map(\.policy),
                toolchains: toolchains.map(\.toolchain), waivers: record.value(waivers, &reading) ?? [])
            if policy.mode == .enforce {
                noteHomes(caches, &reading)
                noteReplaceable(toolchains, caches: policy.caches, &reading)
                noteHidden(toolchains, &reading)
            }
            policy.places.name = reading.place(record.mark(of: PolicyDescription.policy))
            policy.places.caches = caches.map(\.places)
            policy.places.variables = environment.map(\.places)
            return policy
        }
    }

    /// Whoever owns a home can put another directory in the place of every one below it, while the agent repairs.
    private static func noteHomes(_ caches: [CacheDescription.Placed], _ reading: inout Reading) {
        for placed in caches where ReservedPath.isInHome(placed.cache.path) {
            reading.report(
                .cacheInHome, at: placed.places.path.mark,
                "'\(escapedForDisplay(placed.cache.path.string))' lies in a home directory, whose owner can replace it at "
                    + "any moment; nothing is repaired there", "/var/cache/go-build, or mode: audit")
        }
    }

    /// Whoever can replace the compiler runs code in every build.
    private static func noteReplaceable(
        _ toolchains: [ToolchainDescription.Placed], caches: [CachePolicy], _ reading: inout Reading
    ) {
        for placed in toolchains {
            let path = placed.toolchain.path
            let reason: String? =
                if ReservedPath.isInHome(path) {
                    "lies in a home directory, whose owner"
                } else if ReservedPath.isTemporary(path) {
                    "lies in a folder where everybody may write, so that anybody"
                } else if let cache = caches.first(where: { path.starts(with: $0.path) }) {
                    "lies in the cache '\(escapedForDisplay(cache.path.string))', whose users"
                } else {
                    nil
                }
            guard let reason else { continue }
            reading.report(
                .toolchainReplaceable, at: placed.mark,
                "'\(escapedForDisplay(path.string))' \(reason) can put another compiler in its place", "/usr/local/go")
        }
    }
    /// What a sandboxed run has another view of, `ProtectHome=` and `PrivateTmp=` in `systemd.exec(5)`.
    private static func noteHidden(_ toolchains: [ToolchainDescription.Placed], _ reading: inout Reading) {
        for placed in toolchains {
            let archive = placed.toolchain.archive
            guard ReservedPath.isInHome(archive) || ReservedPath.isTemporary(archive) else { continue }
            reading.report(
                .archiveHidden, at: placed.archiveMark,
                "the agent's units have no homes and a '/tmp' of their own: they do not find "
                    + "'\(escapedForDisplay(archive.string))'",
                "/srv/dist/\(archive.lastComponent?.string ?? "go.tar.gz")")
        }
    }
}
