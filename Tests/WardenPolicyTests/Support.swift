import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenPolicy

/// Returns what a policy's text says, with the diagnostics of reading it.
func read(_ text: String) -> (policy: Policy?, diagnostics: [Diagnostic]) {
    PolicyReader.read(Array(text.utf8), file: "p.yaml")
}

/// Returns a policy with one cache that has these further keys.
func policyText(cache lines: String) -> String {
    let body = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
    return "version: 1\npolicy: p\ncaches:\n  - path: /var/cache/go-build\n\(body)"
}

/// Returns the text without its only `^`, and the place where it stood.
func unmarked(_ marked: String) throws -> (text: String, mark: SourceMark) {
    let position = try #require(marked.firstIndex(of: "^"))
    let lines = marked[..<position].split(separator: "\n", omittingEmptySubsequences: false)
    let text = marked[..<position] + marked[marked.index(after: position)...]
    return (String(text), SourceMark(line: lines.count, column: (lines.last?.count ?? 0) + 1))
}

/// The repository's root, as this file stands in it.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Returns the bytes of every policy that is shipped, by file name.
func shippedPolicies() throws -> [(name: String, bytes: [UInt8])] {
    let folder = repository.appending(path: "policies")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
    return try names.sorted().map { ($0, Array(try Data(contentsOf: folder.appending(path: $0)))) }
}

/// The example of the language's description, with every key.
let wholeLanguage = """
    version: 1
    policy: shared-builders
    description: One Go build cache for everyone in group builders.
    mode: enforce
    hosts:
      - name: "build-*"
      - labels: {role: builder}
    caches:
      - name: go-build
        path: /var/cache/go-build
        layout: go-build
        create: true
        trust: mutual
        owner: root
        group: builders
        mode: "2770"
        entries:
          owner: keep
          directories: "2770"
          files: "0660"
        acl:
          match: exact
          entries:
            - "group:builders:rwX"
            - "other::---"
          default: same
        retention:
          order: lru
          max-size: 10GiB
          max-entries: 2000000
          min-free: 20GiB
          min-free-inodes: 10%
          low-water: 80%
          max-age: 30d
          keep-recent: 25h
          when-exceeded: evict
          drop-toolchains: [go1.20, go1.21.4]
          fuzz-max-size: 2GiB
          budget: {time: 5m, entries: 500000}
          own-trim: true
    environment:
      - variables: {GOCACHE: /var/cache/go-build}
        deliver: [login-shells, user-services, system-services, go-env]
        users: {group: builders}
    toolchains:
      - path: /usr/local/go
        archive: /srv/dist/go1.27.3.linux-amd64.tar.gz
        sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        path-entry: true
    waivers:
      - rule: entry-acl
        path: /var/cache/go-build/fuzz
        until: "2027-01-31"
        reason: "fuzz corpora are moved by the security team in January"

    """
