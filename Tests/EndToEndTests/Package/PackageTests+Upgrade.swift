import SystemPackage
import Testing

extension EndToEnd.PackageTests {
    private static let watch = "cachewarden-watch.service"

    /// From an earlier commit's package to the one under test, and then away with it, both while the caches are watched.
    @Test(
        .enabled(
            if: TestPackage.earlier != nil, "needs an earlier commit's package as $CACHEWARDEN_TEST_OLD_PACKAGE"))
    func keepsWhatAnAdministratorHasChosenThroughAnUpgrade() throws {
        let (earlier, current) = (try TestPackage.madeEarlier(), try #require(TestPackage.current))
        let place = try PackagedHost(with: [earlier, current])
        try place.install(earlier)
        try place.host.addBuilders(PackagedHost.users)
        let policies = "/etc/cachewarden/policy.d"
        try place.host.shell(
            """
            # Renamed, as the example itself and README.md say.
            mv \(policies)/shared-builders.yaml.example \(policies)/shared-builders.yaml
            echo '# mine' >>\(policies)/shared-builders.yaml
            printf '%s\\n' 'audit: {keep: 3}' '# mine' >>/etc/cachewarden/agent.yaml
            systemctl daemon-reload
            systemctl disable --quiet --now cachewarden-notify.path
            """)
        let first = try place.apply()
        #expect(first.contains("\nREPAIRED  "), "\(first)")
        let head = try place.auditHead()
        let version = try installedVersion(place)
        try place.host.run("/usr/bin/systemctl", "enable", "--quiet", Self.watch)
        try place.start(Self.watch)
        let watcher = try watchingProcess(place)

        try place.install(current)
        #expect(try installedVersion(place) != version)
        let kept = try place.host.shell(
            "tail -qn 1 \(policies)/*.yaml /etc/cachewarden/agent.yaml; ls \(policies); cat /etc/cachewarden/agent.yaml"
        )
        #expect(kept.output.hasPrefix("# mine\n# mine\nshared-builders.yaml\n"), "\(kept)")
        #expect(kept.output.contains("\naudit: {keep: 3}\n"), "\(kept)")
        #expect(try place.state(of: "cachewarden-apply.timer") == "enabled active\n")
        #expect(try place.state(of: "cachewarden-notify.path") == "disabled inactive\n")
        try expectAnotherWatcher(place, than: watcher)

        // What differs is to be left for the run.
        try place.host.run("/usr/bin/systemctl", "stop", Self.watch)
        try place.host.shell("chmod 0755 \(PackagedHost.cache)")
        let second = try place.apply()
        #expect(second.contains("\nREPAIRED  "), "\(second)")
        try place.expectWholeLog(since: head)
        #expect(try place.host.shell("cachewarden audit verify").output.contains("record"))

        try place.start(Self.watch)
        try expectNothingToRunAfterAPurge(place)
    }

    /// The watching process's number, and whether its binary is the one that is installed: `123 current`.
    private func watchingProcess(_ place: borrowing PackagedHost) throws -> String {
        try place.host.shell(
            """
            process=$(systemctl show --property=MainPID --value \(Self.watch))
            binary=other
            [ ! "/proc/$process/exe" -ef /usr/bin/cachewarden ] || binary=current
            echo "$process $binary"
            """
        ).output
    }

    /// An upgrade starts the unit anew where somebody has enabled it, and the new one works.
    private func expectAnotherWatcher(_ place: borrowing PackagedHost, than earlier: String) throws {
        try #require(place.state(of: Self.watch) == "enabled active\n")
        let watcher = try watchingProcess(place)
        #expect(watcher != earlier && watcher.hasSuffix(" current\n"), "\(earlier), then \(watcher)")
        try place.host.shell("chmod 0755 \(PackagedHost.cache)")
        try place.host.wait(for: "2770", "stat --format=%a \(PackagedHost.cache)")
    }

    /// A purge ends what runs, and leaves nothing that would start again, but the log.
    private func expectNothingToRunAfterAPurge(_ place: borrowing PackagedHost) throws {
        try place.host.run("/usr/bin/dpkg", "--purge", "cachewarden")
        // A name that something still mentions is there without a unit, as 'not-found' and 'inactive'.
        let units = try place.host.run(
            "/usr/bin/systemctl", "list-units", "--all", "--plain", "--no-legend",
            "--state=loaded,active,reloading,activating,deactivating,failed", "cachewarden*"
        ).output
        #expect(units == "")
        #expect(try place.host.shell("pgrep --list-full --exact cachewarden || :").output == "")
        #expect(try place.host.shell("find /etc/systemd -name 'cachewarden*'").output == "")
        #expect(try place.host.shell("find /var/log/cachewarden -name 'audit.jsonl' -size +0").output != "")
    }

    private func installedVersion(_ place: borrowing PackagedHost) throws -> String {
        try place.host.run(
            "/usr/bin/dpkg-query", "--show", "--showformat=${Version} ${db:Status-Status}", "cachewarden"
        )
        .output
    }
}
