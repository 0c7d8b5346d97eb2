import SystemPackage
import Testing
import WardenModel
import WardenPlan

@Suite("How builds find their cache") struct BuildRuleTests {
    private static let wanted = WantedVariable(
        value: "/c", starts: [.loginShell, .userService, .systemService], policy: "p")

    private func findings(
        _ cache: [BuildStart: EffectiveVariable], wanted: WantedVariable? = wanted,
        denials: [UserDiagnosis.Denial] = []
    ) -> [Finding] {
        let user = UserDiagnosis(
            subject: .user(UserID(1), name: "al\nice", groups: []), home: "/home/alice",
            variables: cache.mapValues { [.cache: $0] }, caches: [], denials: denials, problems: [])
        return BuildRules.findings([user], wanted: wanted.map { [.cache: $0] } ?? [:])
    }

    private func file(_ path: FilePath, _ value: String? = "/d") -> EffectiveVariable {
        EffectiveVariable(value, .file(path, line: 3, isConditional: false))
    }

    @Test func whatThePolicyWantsIsNoFinding() {
        let cache = file("/etc/profile.d/x.sh", "/c")
        #expect(findings([.loginShell: cache, .userService: cache, .systemService: cache]).isEmpty)
        #expect(findings([.loginShell: file("/etc/profile")], wanted: nil).isEmpty, "without a policy values are shown")
        #expect(findings([.cron: file("/etc/profile")]).isEmpty, "nothing delivers it to cron")
    }

    @Test func whoSaysOtherwiseDecidesTheRule() {
        let none = EffectiveVariable("/home/alice/.cache/go-build", .standard("HOME"))
        for (found, rule, remedy) in [
            (none, RuleID.environmentMissing, "write 'export GOCACHE=/c' into a file in /etc/profile.d"),
            (file("/etc/profile.d/x.sh"), .environmentConflict, "take it out of '/etc/profile.d/x.sh', line 3"),
            (file("/etc/profile", nil), .environmentConflict, "take it out of '/etc/profile', line 3"),
            (file("/home/alice/.profile"), .userCacheElsewhere, "take it out of '/home/alice/.profile', line 3"),
            (
                EffectiveVariable("/d", .goEnvironmentFile("/home/alice/.config/go/env", line: 1)),
                .userCacheElsewhere, "as that user: go env -u GOCACHE"
            ),
            (
                EffectiveVariable("/d", .toolchain("/usr/lib/go/go.env", line: 1)), .environmentConflict,
                "take it out of"
            ),
        ] {
            let all = findings([.loginShell: found])
            #expect(all.map(\.rule) == [rule], "\(found)")
            #expect(all.first?.remedy.hasPrefix(remedy) == true, "\(all)")
            #expect(all.first?.subject == "user al\\nice: login shell" && all.first?.wanted == "GOCACHE=/c")
        }
    }

    @Test func startsWithTheSameValueAreOneFinding() {
        let none = EffectiveVariable("/home/alice/.cache/go-build", .standard("HOME"))
        let all = findings([.loginShell: file("/etc/profile"), .userService: none, .systemService: none])
        #expect(all.map(\.subject) == ["user al\\nice: login shell", "user al\\nice: user service, system service"])
        #expect(all.last?.remedy.contains("/etc/environment.d; 'DefaultEnvironment=GOCACHE=/c'") == true, "\(all)")
    }

    @Test(arguments: [("off", true), ("relative", true), ("/d", false)]) func settingsThatNoBuildSurvives(
        value: String, isBroken: Bool
    ) {
        let own = EffectiveVariable(value, .goEnvironmentFile("/home/alice/.config/go/env", line: 2))
        let all = findings([.loginShell: own, .cron: own], wanted: nil)
        #expect(all.map(\.rule) == (isBroken ? [.userCacheBroken] : []))
        #expect(!isBroken || all.first?.subject == "user al\\nice: login shell, cron")
        let bare = EffectiveVariable("off", .standard("no HOME"))
        #expect(findings([.bare: bare], wanted: nil).isEmpty, "that is how it is started")
    }

    @Test func whatLiesInGopathIsIgnoredOrFailsBuilds() {
        func findings(_ mode: String?, _ gopath: GopathObservation) -> [Finding] {
            let variables: [BuildStart: [GoVariable: EffectiveVariable]] = [
                .loginShell: [.moduleMode: file("/home/alice/.profile", mode ?? "")], .cron: [:],
            ]
            let user = UserDiagnosis(
                subject: .user(UserID(1), name: "alice", groups: []), home: "/home/alice", variables: variables,
                caches: [], denials: [], gopaths: [gopath], problems: [])
            return BuildRules.findings([user], wanted: [:])
        }
        let modules = [
            GopathObservation.Module(path: "/g/src/a"), .init(path: "/g/src/b", missingReplacements: ["x => ../x"]),
        ]
        let broken = "'x => ../x', where no go.mod is: every build of the module fails"
        let off = findings("off", GopathObservation(path: "/g", modules: modules))
        #expect(
            off.map(\.found) == [
                "GO111MODULE=off, set in '/home/alice/.profile', line 3, beside '/g/src/a/go.mod', and 1 more below 'src'",
                broken,
            ])
        #expect(off.first?.subject == "user alice: login shell")
        for mode in ["auto", "on", nil] {
            #expect(findings(mode, GopathObservation(path: "/g", modules: modules)).map(\.found) == [broken])
        }
        let stale = findings(nil, GopathObservation(path: "/g", archives: ["/g/pkg/linux_amd64"]))
        #expect(stale.map(\.disposition) == [.advisory] && stale.map(\.rule) == [.gopathConflict])
        #expect(findings("off", GopathObservation(path: "/g")).isEmpty)
    }

    @Test(arguments: [
        ("/h/.cache/go-build", "/h/go/pkg/mod", "/h/go", nil),
        (
            "/h/go/pkg/mod/cache", "/h/go/pkg/mod", "/h/go",
            "GOCACHE=/h/go/pkg/mod/cache lies in GOMODCACHE=/h/go/pkg/mod"
        ),
        ("/h/go/pkg/mod2", "/h/go/pkg/mod", "/h/go", nil),
        ("/c", "/c/mod", "/h/go", "GOMODCACHE=/c/mod lies in GOCACHE=/c"),
        ("/c/", "/c/./x/..", "/h/go", "GOCACHE=/c/ is GOMODCACHE=/c/./x/.."),
        ("/c", "/m", "/h/go:/c", "GOPATH=/c, 'src' lies in GOCACHE=/c"),
        ("/g/src/c", "/m", "/g", "GOCACHE=/g/src/c lies in GOPATH=/g, 'src'"),
        ("/c", "/m", "/g:sub\n", "GOPATH=sub\\n is no absolute path, and every build fails"),
        ("/c", "mod", "/g", "GOMODCACHE=mod is no absolute path, and builds that need modules fail"),
        ("off", "", "", nil),
    ])
    func directoriesThatLieInEachOther(cache: String, modules: String, path: String, conflict: String?) {
        let variables: [GoVariable: EffectiveVariable] = [
            .cache: EffectiveVariable(cache, .standard("HOME")), .path: file("/etc/profile", path),
            .moduleCache: file("/etc/profile", modules),
        ]
        let user = UserDiagnosis(
            subject: .user(UserID(1), name: "alice", groups: []), home: nil,
            variables: [.loginShell: variables, .cron: variables, .bare: [:]], caches: [], denials: [], problems: [])
        let unit = UnitDiagnosis(name: "ci.service", path: "/etc/ci.service", user: "ci", variables: variables)
        let all = BuildRules.findings([user], [unit], wanted: [:]).filter { $0.rule == .gopathConflict }
        #expect(all.map(\.found) == (conflict.map { [$0, $0] } ?? []))
        #expect(all.isEmpty || all.map(\.subject) == ["user alice: login shell, cron", "service ci.service"])
    }

    @Test func servicesWithoutACacheAndWithAnother() {
        func rules(_ cache: EffectiveVariable, wanted: WantedVariable?) -> [RuleID] {
            let unit = UnitDiagnosis(name: "ci.service", path: "/etc/ci.service", user: nil, variables: [.cache: cache])
            return BuildRules.findings([], [unit], wanted: wanted.map { [.cache: $0] } ?? [:]).map(\.rule)
        }
        let none = EffectiveVariable("off", .standard("no HOME"))
        let standard = EffectiveVariable("/root/.cache/go-build", .standard("HOME"))
        #expect(rules(none, wanted: nil) == [.serviceWithoutCache])
        #expect(rules(none, wanted: Self.wanted) == [.serviceWithoutCache])
        #expect(rules(standard, wanted: Self.wanted) == [.environmentMissing])
        #expect(rules(standard, wanted: nil).isEmpty)
        #expect(rules(file("/etc/ci.service"), wanted: Self.wanted) == [.environmentConflict])
        #expect(rules(file("/etc/ci.service", "/c"), wanted: Self.wanted).isEmpty)
        let logins = WantedVariable(value: "/c", starts: [.loginShell], policy: "p")
        #expect(rules(standard, wanted: logins).isEmpty, "nothing delivers it to services")
    }

    @Test func buildsThatRunElsewhereNow() {
        let builds = ["/c", "/d"].map { cache in
            UserDiagnosis.Build(
                process: 77, user: UserID(1), startedAt: Timestamp(seconds: 0), command: "go build .",
                cache: EffectiveVariable(cache, .standard("set in the environment")))
        }
        let user = UserDiagnosis(
            subject: .user(UserID(1), name: "alice", groups: []), home: nil, variables: [:], caches: [], denials: [],
            builds: builds, problems: [])
        let found = BuildRules.findings([user], wanted: [.cache: Self.wanted])
        #expect(found.map(\.subject) == ["user alice: process 77, 'go build .', runs now"])
        #expect(found.first?.found == "GOCACHE=/d, set in the environment")
        #expect(BuildRules.findings([user], wanted: [:]).isEmpty)
    }

    @Test func whomAnACLKeepsOut() {
        let all = findings([:], denials: [.init(path: "/c", operations: [.create, .delete])])
        #expect(all.map(\.rule) == [.userCacheDenied] && all.first?.found == "they cannot create, delete")
    }
}
