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
}
