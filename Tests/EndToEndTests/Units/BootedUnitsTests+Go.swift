import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd.BootedUnitsTests {
    /// A toolchain is asked for its version as nobody, and `go clean` runs as the cache's owner: in the sandbox too, where a
    /// policy has either.
    @Test(.enabled(if: !GoToolchain.all.isEmpty, "needs a Go toolchain")) func runGoAsSomebodyElse() throws {
        let toolchain = try #require(GoToolchain.all.last)
        let host = try boot(with: [toolchain.root])
        try host.addUsers(["anna"])
        try host.install(toolchain)
        let digest = try host.shell(
            """
            # As much of a toolchain as it takes to tell its version.
            mkdir -p /srv/dist/go/pkg/tool
            cp -r /usr/local/go/VERSION /usr/local/go/go.env /usr/local/go/bin /srv/dist/go/
            tar --create --gzip --file /srv/dist/go.tar.gz --directory /srv/dist go
            install --directory --owner=anna --group=anna --mode=0700 /var/cache/own
            su - anna -c 'GOCACHE=/var/cache/own GOTOOLCHAIN=local /usr/local/go/bin/go build errors'
            sha256sum /srv/dist/go.tar.gz | cut -d ' ' -f 1
            """
        ).output.filter { $0 != "\n" }
        try host.write(
            "/etc/cachewarden/policy.d/own.yaml",
            """
            version: 1
            policy: own
            mode: enforce
            caches:
              - {name: own, path: /var/cache/own, owner: anna, retention: {max-size: 64KiB, when-exceeded: clean}}
            toolchains:
              - {path: /opt/go, archive: /srv/dist/go.tar.gz, sha256: \(digest)}

            """)
        try host.run("/usr/bin/systemctl", "daemon-reload")
        try start("cachewarden-apply.service", on: host)
        let report = try host.shell("journalctl --output=cat -u cachewarden-apply").output
        #expect(report.contains("'go clean -cache' ran as 'anna'"), "\(report)")
        try #require(report.contains("1 toolchain installed"), "\(report)")
        #expect(try host.shell("find /var/cache/own -name '*-[ad]'").output == "")
        let installed = try host.shell("/opt/go/bin/go version").output
        #expect(try installed == host.shell("/usr/local/go/bin/go version").output)
    }
}
