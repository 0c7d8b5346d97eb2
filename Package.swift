// swift-tools-version: 6.2
import PackageDescription

/// One array for every Swift target: what the compiler can prove, it proves.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let inMemoryLogging: Target.Dependency = .product(name: "InMemoryLogging", package: "swift-log")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// A Swift target of the house; every one but the model itself may use the model.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    let model: [Target.Dependency] = name == "WardenModel" ? [] : ["WardenModel"]
    return .target(name: name, dependencies: model + [system] + dependencies, swiftSettings: strict)
}

/// A module's test target, which reaches the module through `package` access.
func tests(_ module: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    let model: [Target.Dependency] = module == "WardenModel" ? [] : ["WardenModel"]
    return .testTarget(
        name: "\(module)Tests",
        dependencies: [.byName(name: module), "WardenTestSupport", system] + model + dependencies,
        exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "cachewarden",
    products: [.executable(name: "cachewarden", targets: ["cachewarden"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .systemLibrary(name: "CACL", pkgConfig: "libacl", providers: [.apt(["libacl1-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CLinux"),
        // Loads libcurl (apt: libcurl4-openssl-dev for its headers) where it is needed, so nothing is linked.
        .target(name: "CCurl"),
        .target(name: "CFixtures"),

        module("WardenModel"),
        module("WardenLinux", ["CACL", "CLinux"]),
        module("WardenYAML", ["CYAML"]),
        module("WardenPolicy", ["WardenYAML"]),
        module("WardenGoCache"),
        module("WardenObserve", ["WardenGoCache", "WardenDigest", "WardenLinux"]),
        module("WardenPlan", ["WardenPolicy", "WardenGoCache"]),
        module("WardenApply", ["WardenLinux"]),
        module("WardenDigest", ["CCrypto"]),
        module("WardenAudit", ["WardenLinux", "WardenDigest"]),
        module("WardenReport"),
        module("WardenNotify", ["CCurl", "WardenLinux", "WardenDigest"]),
        module(
            "WardenAgent",
            [
                "WardenPolicy", "WardenObserve", "WardenPlan", "WardenApply", "WardenAudit", "WardenReport",
                "WardenNotify", "WardenGoCache", "WardenLinux", "WardenDigest", logging,
            ]),
        module(
            "WardenCLI",
            [
                "WardenAgent", "WardenPolicy", "WardenAudit", "WardenReport", "WardenNotify", "WardenLinux",
                "WardenGoCache", argumentParser, logging,
            ]),
        .executableTarget(name: "cachewarden", dependencies: ["WardenCLI"], swiftSettings: strict),
        module("WardenTestSupport", ["WardenLinux", "CLinux", "CFixtures"]),

        tests("WardenModel"),
        tests("WardenLinux"),
        tests("WardenYAML"),
        tests("WardenPolicy", ["WardenYAML"]),
        tests("WardenGoCache"),
        tests("WardenObserve", ["WardenLinux", "WardenGoCache", "WardenDigest"]),
        tests("WardenPlan", ["WardenPolicy", "WardenGoCache"]),
        tests("WardenApply", ["WardenLinux", "WardenObserve"]),
        tests("WardenDigest"),
        tests("WardenAudit", ["WardenLinux", "WardenDigest"]),
        tests("WardenReport", ["WardenPolicy"], exclude: ["Snapshots"]),
        tests("WardenNotify", ["WardenLinux", "WardenDigest"], exclude: ["Snapshots"]),
        tests(
            "WardenAgent",
            [
                "WardenPolicy", "WardenAudit", "WardenReport", "WardenNotify", "WardenLinux", "WardenGoCache", logging,
                inMemoryLogging,
            ]),
        tests("WardenCLI", ["WardenAgent", "WardenPolicy", argumentParser]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["cachewarden", "WardenTestSupport", "WardenModel", system],
            exclude: ["Golden", "Safety/attacker.c", "Safety/without.c"], swiftSettings: strict),
    ]
)
