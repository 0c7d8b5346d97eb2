internal import SystemPackage
package import WardenModel

/// What a cache is made of, for programs.
package struct AnalysisJSON {
    package static let schema = "cachewarden.analysis/1"

    private let report: AnalysisReport
    private let shares: AnalysisShares
    private let names: AccountNames

    package init(_ report: AnalysisReport) {
        self.report = report
        shares = AnalysisShares(report.analysis, report.toolchains)
        names = AccountNames(users: report.userNames, groups: [:])
    }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package func render() throws -> [UInt8] {
        let (analysis, census) = (report.analysis, report.census)
        let document: JSONValue = [
            "schema": .string(AnalysisJSON.schema), "cache": .string(report.cache),
            "path": .string(escapedForDisplay(report.root.string)), "policy": .text(report.policy),
            "started": .string(report.startedAt.description), "finished": .string(report.finishedAt.description),
            "interrupted": .bool(analysis.isInterrupted),
            "allocated-bytes": .unsigned(census.allocated.rawValue), "files": .count(census.fileCount),
            "kinds": .array(
                OutputKind.allCases.compactMap { kind in analysis.kinds[kind].map { (kind, $0) } }
                    .map { kind, amount in value(of: amount, ["kind": .string(kind.rawValue)]) }),
            "roles": .array(roles),
            "orphans": census.inventory?.unreadActions ?? 0 > 0 ? .null : value(of: analysis.orphans),
            "compiled": value(of: shares.compiled), "named": value(of: shares.named),
            "variants": .array(variants),
            "uninstalled": .array(
                shares.uninstalled.map {
                    value(
                        of: $0.outputs.amount,
                        ["version": .string($0.name), "freed-bytes": .unsigned($0.outputs.freed.rawValue)])
                }),
            "toolchains": .array(
                report.toolchains.found.map {
                    ["version": .string($0.version), "path": .string(escapedForDisplay($0.path.string))] as JSONValue
                }),
            "largest": .array(analysis.largest.map(value(of:))),
            "omitted": .array(
                Omission.sorted(analysis.omitted).map {
                    ["reason": .string($0.reason.code), "count": .count($0.omitted.count)] as JSONValue
                }),
        ]
        return try JSONText.encode(document)
    }

    private func value(of amount: CacheAnalysis.Amount, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            more.merging([
                "entries": .count(amount.entries), "bytes": .unsigned(amount.size.rawValue),
                "allocated-bytes": .unsigned(amount.allocated.rawValue),
            ]) { first, _ in first })
    }

    private var roles: [JSONValue] {
        EntryRole.allCases.compactMap { role in
            let groups = report.census.groups.filter { $0.role == role }
            guard !groups.isEmpty else { return nil }
            return [
                "role": .string(role.rawValue), "names": .count(groups.reduce(0) { $0 + $1.count }),
                "allocated-bytes": .unsigned(groups.reduce(ByteCount.zero) { $0 + $1.allocated }.rawValue),
            ]
        }
    }

    /// In an order that the next run gives too.
    private var variants: [JSONValue] {
        report.analysis.variants.map { ($0.key.package ?? "", $0.key.text, $0.key, $0.value) }
            .sorted { ($0.0, $0.1, $0.3.freed) < ($1.0, $1.1, $1.3.freed) }
            .map { _, _, variant, outputs in
                var more = fields(of: variant)
                more["freed-bytes"] = .unsigned(outputs.freed.rawValue)
                more["last-use"] = date(outputs.lastUse == 0 ? nil : outputs.lastUse)
                return value(of: outputs.amount, more)
            }
    }

    private func fields(of variant: BuildVariant) -> [String: JSONValue] {
        [
            "package": .text(variant.package), "version": .text(variant.platform?.version),
            "goos": .text(variant.platform?.system), "goarch": .text(variant.platform?.architecture),
            "options": .list(variant.platform?.options ?? []), "compiler-flags": .list(variant.compilerFlags),
            "flags": .list(BuildVariant.Flag.allCases.filter(variant.flags.contains).map(\.rawValue)),
            "origin": variant.origin.map(value(of:)) ?? .null,
        ]
    }

    private func value(of origin: SourceOrigin) -> JSONValue {
        switch origin {
        case .standard: ["kind": "std"]
        case .module(let path, let version):
            ["kind": "module", "path": .string(path), "version": .string(version)]
        case .workTree(let directory, let package):
            ["kind": "work-tree", "directory": .string(directory), "package": .string(package)]
        }
    }

    private func value(of entry: CacheAnalysis.Entry) -> JSONValue {
        var fields = entry.variant.map(fields(of:)) ?? [:]
        fields["path"] = .string(entry.path.description)
        fields["kind"] = .string(entry.kind.rawValue)
        fields["owner"] = .string(names.name(entry.owner))
        fields["last-use"] = date(entry.lastUse)
        return value(of: .init(entries: 1, size: entry.size, allocated: entry.allocated), fields)
    }

    private func date(_ seconds: UInt32?) -> JSONValue {
        .text(seconds.map { Timestamp(seconds: Int64($0)).description })
    }
}
