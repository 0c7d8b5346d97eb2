import Foundation
import SystemPackage
import Testing

extension BootedHost {
    /// The cache that booted hosts share.
    static let cache = "/var/cache/go-build"

    /// A policy by which the members of `builders` share it; more sections may follow.
    static let policy = """
        version: 1
        policy: shared
        mode: enforce
        caches:
          - name: go-build
            path: \(cache)
            create: true
            trust: mutual
            owner: root
            group: builders
            mode: "2770"
            entries: {directories: "2770", files: "0660"}
            acl: {entries: ["group:builders:rwX", "other::---"]}

        """

    /// Puts that policy into force by this host's name, with more behind it, and opens the units' sandboxes for it.
    func enforce(_ more: String = "") throws {
        let name = try run("/bin/uname", "-n").output.filter { $0 != "\n" }
        let policy = Self.policy.replacing("mode: enforce", with: "mode: enforce\nhosts: [{name: \(name)}]")
        try write("/etc/cachewarden/policy.d/shared.yaml", policy + more)
        try run("/usr/bin/systemctl", "daemon-reload")
    }

    /// Waits for what units do by themselves: until a script says this.
    func wait(for text: String, _ script: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let end = ContinuousClock.now + .seconds(60)
        var output = ""
        while ContinuousClock.now < end {
            output = try shell(script).output
            if output.contains(text) { return }
            Thread.sleep(forTimeInterval: 0.2)
        }
        let journal = try shell("journalctl --quiet --output=cat --unit='cachewarden-*' | tail -n 80").output
        Issue.record("no '\(text)' in: \(output)\n--- journal\n\(journal)", sourceLocation: sourceLocation)
    }
}
