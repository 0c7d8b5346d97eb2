import SystemPackage
import Testing

extension EndToEnd.PackageTests {
    /// From an earlier commit's package to the one under test.
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

        try place.install(current)
        #expect(try installedVersion(place) != version)
        let kept = try place.host.shell(
            "tail -qn 1 \(policies)/*.yaml /etc/cachewarden/agent.yaml; ls \(policies); cat /etc/cachewarden/agent.yaml"
        )
        #expect(kept.output.hasPrefix("# mine\n# mine\nshared-builders.yaml\n"), "\(kept)")
        #expect(kept.output.contains("\naudit: {keep: 3}\n"), "\(kept)")
        #expect(try place.state(of: "cachewarden-apply.timer") == "enabled active\n")
        #expect(try place.state(of: "cachewarden-notify.path") == "disabled inactive\n")

        try place.host.shell("chmod 0755 \(PackagedHost.cache)")
        let second = try place.apply()
        #expect(second.contains("\nREPAIRED  "), "\(second)")
        try place.expectWholeLog(since: head)
        #expect(try place.host.shell("cachewarden audit verify").output.contains("record"))
    }

    private func installedVersion(_ place: borrowing PackagedHost) throws -> String {
        try place.host.run(
            "/usr/bin/dpkg-query", "--show", "--showformat=${Version} ${db:Status-Status}", "cachewarden"
        )
        .output
    }
}
