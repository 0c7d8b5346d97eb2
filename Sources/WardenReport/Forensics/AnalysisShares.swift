internal import WardenModel

/// An analysis, added up by what people ask for. The largest comes first everywhere.
struct AnalysisShares {
    struct Share {
        let name: String
        var outputs = CacheAnalysis.Outputs()
        /// How many variants of packages it is.
        var variants = 0

        var allocated: ByteCount { outputs.amount.allocated }
    }

    /// A package that is there in more than one variant.
    struct Repeated {
        let package: String
        let variants: [Share]
        var allocated: ByteCount { variants.reduce(.zero) { $0 + $1.allocated } }
    }

    let platforms: [Share]
    let packages: [Share]
    let sources: [Share]
    let repeated: [Repeated]
    /// Of Go versions that the host does not have.
    let uninstalled: [Share]
    /// What could be named, of archives and executables.
    let named: CacheAnalysis.Amount
    let compiled: CacheAnalysis.Amount

    init(_ analysis: CacheAnalysis, _ toolchains: InstalledToolchains) {
        platforms = Self.shares(of: analysis) { $0.platform?.text }
        packages = Self.shares(of: analysis) { $0.package }
        sources = Self.shares(of: analysis) { $0.origin?.text }
        uninstalled = Self.shares(of: analysis) { variant in
            variant.platform.flatMap { toolchains.has($0.version) ? nil : $0.version }
        }
        repeated = Self.repeated(in: analysis)
        named = analysis.variants.reduce(into: .init()) { if $1.key.package != nil { $0 += $1.value.amount } }
        compiled = [OutputKind.archive, .executable].reduce(into: .init()) {
            $0 += analysis.kinds[$1] ?? .init()
        }
    }

    private static func shares(of analysis: CacheAnalysis, _ name: (BuildVariant) -> String?) -> [Share] {
        var shares: [String: Share] = [:]
        for (variant, outputs) in analysis.variants {
            guard let name = name(variant) else { continue }
            shares[name, default: Share(name: name)].outputs += outputs
            shares[name]?.variants += 1
        }
        return sorted(Array(shares.values))
    }

    private static func repeated(in analysis: CacheAnalysis) -> [Repeated] {
        var packages: [String: [Share]] = [:]
        for (variant, outputs) in analysis.variants {
            // "main" is a different program each time.
            guard let package = variant.package, package != "main" else { continue }
            packages[package, default: []].append(Share(name: variant.text, outputs: outputs, variants: 1))
        }
        return packages.filter { $0.value.count > 1 }
            .map { Repeated(package: $0.key, variants: sorted($0.value)) }
            .sorted { ($1.allocated, $0.package) < ($0.allocated, $1.package) }
    }

    private static func sorted(_ shares: [Share]) -> [Share] {
        shares.sorted { ($1.allocated, $0.name) < ($0.allocated, $1.name) }
    }
}

extension BuildPlatform {
    var text: String {
        let place = [system, architecture].filter { !$0.isEmpty }.joined(separator: "/")
        return place.isEmpty ? version : "\(version) \(place)"
    }
}

extension SourceOrigin {
    var text: String {
        switch self {
        case .standard: "std"
        case .module(let path, let version): "\(path)@\(version)"
        case .workTree(let directory, let package): package == "main" ? directory : "\(package) (\(directory))"
        }
    }
}

extension BuildVariant {
    /// What tells it from another variant of the same package.
    var text: String {
        let options = (platform?.options ?? []).filter {
            !$0.hasPrefix("X:") && $0 != "GOAMD64=v1" && $0 != "GOARM64=v8.0"
        }
        let experiments = (platform?.options ?? []).filter { $0.hasPrefix("X:") }
        let words =
            [platform?.text ?? "unknown Go"] + options + compilerFlags
            + Flag.allCases.filter(flags.contains).map(\.rawValue) + experiments.map(Self.shortened)
            + (origin.map { $0 == .standard ? [] : [$0.text] } ?? [])
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The package, or what else can be said of it.
    var name: String? { package.map { $0 == "main" ? origin.map { "main of \($0.text)" } ?? "main" : $0 } }

    /// Most experiments are what a version always does; a line is no place for a dozen of them.
    private static func shortened(_ experiments: String) -> String { experiments.count <= 24 ? experiments : "" }
}

extension OutputKind {
    /// The kind for people, many of them.
    var text: String {
        switch self {
        case .archive: "package archives"
        case .executable: "executables"
        case .object: "objects of C and assembly"
        case .testResult: "test results"
        case .vetFacts: "facts of go vet"
        case .cgo: "sources made by cgo"
        case .assembler: "headers for assembly"
        case .coverage: "coverage"
        case .moduleIndex: "module indexes"
        case .sourceList: "lists of sources"
        case .toolFact: "facts about tools"
        case .empty: "empty outputs"
        case .other: "other outputs"
        }
    }
}
