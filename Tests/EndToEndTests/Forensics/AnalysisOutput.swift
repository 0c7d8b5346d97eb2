import Foundation
import Testing

/// What `cachewarden analyze --format json` says.
struct AnalysisOutput: Decodable {
    struct Amount: Decodable {
        let entries: Int
        let bytes: UInt64
    }
    struct Kind: Decodable {
        let kind: String
        let entries: Int
        let bytes: UInt64
    }
    struct Origin: Decodable { let kind: String }
    struct Entry: Decodable {
        let path: String
        let kind: String
        let package: String?
        let version: String?
        let origin: Origin?
        let owner: String
        let bytes: UInt64
    }
    struct Variant: Decodable {
        let package: String?
        let version: String?
        let goarch: String?
        let flags: [String]
        let origin: Origin?
        let entries: Int
        let bytes: UInt64
    }
    struct Version: Decodable { let version: String }
    let schema: String
    let kinds: [Kind]
    let compiled: Amount
    let named: Amount
    let orphans: Amount?
    let variants: [Variant]
    let largest: [Entry]
    let uninstalled: [Version]

    /// Analyzes a host's cache, with every output in it one by one.
    ///
    /// - Parameter path: Where toolchains are looked for, like `PATH`.
    init(of host: borrowing TestHost, path: String? = nil) throws {
        var command = host.cachewarden("analyze", "--top", "10000", "--format", "json")
        if let path { command.environment["PATH"] = path }
        let output = try command.runSuccessfully().output
        self = try JSONDecoder().decode(AnalysisOutput.self, from: Data(output.utf8))
        try #require(largest.count == kinds.reduce(0) { $0 + $1.entries }, "void: not all is told")
    }
}
