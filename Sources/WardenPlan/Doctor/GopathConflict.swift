internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `gopath-conflict`: GOPATH, GOMODCACHE and GOCACHE lie in each other, or Go refuses one of them.
///
/// `go clean -modcache` removes all of GOMODCACHE, a cache in it too, and what lies in GOCACHE is a stranger there. The
/// default, GOMODCACHE in GOPATH's `pkg/mod`, is no conflict.
struct GopathConflict: BuildRule {
    static func findings(_ context: BuildContext) -> [Finding] {
        var starts: [String: [BuildStart]] = [:]
        for start in BuildStart.allCases {
            for conflict in conflicts(in: context.user.variables[start] ?? [:]) {
                starts[conflict, default: []].append(start)
            }
        }
        return starts.sorted { $0.key < $1.key }.map { conflict, starts in
            context.finding(.gopathConflict, "\(context.name): \(starts.phrase)", wanted: wanted, found: conflict)
        }
    }

    /// Returns the findings on a service.
    static func findings(_ unit: UnitDiagnosis) -> [Finding] {
        let reference = RuleReference.of(.gopathConflict)
        return conflicts(in: unit.variables).map { conflict in
            Finding(
                rule: .gopathConflict, severity: reference.severity, disposition: .manual, cache: "",
                subject: "service \(escapedForDisplay(unit.name))", wanted: wanted, found: conflict,
                remedy: reference.remedy, place: unit.path)
        }
    }

    private static let wanted = "a directory of its own for each of GOCACHE, GOMODCACHE and GOPATH's 'src'"

    /// A directory that a variable names, and its name for people.
    private struct Place {
        let path: FilePath
        let words: String

        init?(_ value: String?, _ name: String, _ below: String? = nil) {
            guard let value, value.hasPrefix("/") else { return nil }
            let path = FilePath(value).lexicallyNormalized()
            self.path = below.map(path.appending) ?? path
            words = "\(name)=\(escapedForDisplay(value))" + (below.map { ", '\($0)'" } ?? "")
        }

        func contains(_ other: Place) -> Bool { other.path.starts(with: path) }
    }

    private static func conflicts(in variables: [GoVariable: EffectiveVariable]) -> [String] {
        let cache = Place(variables[.cache]?.value, "GOCACHE")
        let modules = Place(variables[.moduleCache]?.value, "GOMODCACHE")
        let entries = (variables[.path]?.value ?? "").split(separator: ":").map(String.init)
        var conflicts = refusals(variables[.moduleCache]?.value, entries)
        if let cache, let modules { conflicts += nested(cache, modules) }
        for entry in entries {
            if let cache, let sources = Place(entry, "GOPATH", "src") { conflicts += nested(cache, sources) }
        }
        return conflicts
    }

    private static func nested(_ one: Place, _ other: Place) -> [String] {
        switch (one.contains(other), other.contains(one)) {
        case (true, true): ["\(one.words) is \(other.words)"]
        case (true, false): ["\(other.words) lies in \(one.words)"]
        case (false, true): ["\(one.words) lies in \(other.words)"]
        case (false, false): []
        }
    }

    /// What Go ends with: every command (`cmd/go/main.go`), or those that need modules (`checkCacheDir` in
    /// `cmd/go/internal/modfetch/cache.go`).
    private static func refusals(_ modules: String?, _ entries: [String]) -> [String] {
        let relative = entries.filter { !$0.hasPrefix("/") }.map {
            "GOPATH=\(escapedForDisplay($0)) is no absolute path, and every build fails"
        }
        guard let modules, !modules.isEmpty, !modules.hasPrefix("/"), relative.isEmpty else { return relative }
        return ["GOMODCACHE=\(escapedForDisplay(modules)) is no absolute path, and builds that need modules fail"]
    }
}
