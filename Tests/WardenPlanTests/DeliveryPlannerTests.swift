import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

/// What is made of the files that deliver variables.
@Suite("Delivery") struct DeliveryPlannerTests {
    private static let goEnv: FilePath = "/usr/local/go/go.env"

    private func policy(
        _ name: String = "shared", _ mode: CachePlan.Mode = .enforce, _ variables: [String: String] = ["GOCACHE": "/c"],
        _ deliver: [EnvironmentPolicy.Delivery] = [.loginShells]
    ) -> Policy {
        let environment = EnvironmentPolicy(variables: variables, deliver: deliver, usersGroup: nil)
        return Policy(name: name, mode: mode, caches: [], environment: variables.isEmpty ? [] : [environment])
    }

    private func file(_ form: DeliveryForm, _ text: String?, mode: UInt16 = 0o644) -> FileObservation {
        let path = DeliveryTarget.places.first { $0.form == form }?.path ?? Self.goEnv
        return FileObservation(
            path: path, form: form,
            state: text.map { .present(content: Array($0.utf8), mode: ModeBits(mode)) } ?? .missing)
    }

    private func plan(
        _ policies: [Policy], _ files: FileObservation..., knowsAll: Bool = true, only: Set<RuleID> = []
    ) -> DeliveryPlan {
        let planner = DeliveryPlanner(policies: policies, knowsAll: knowsAll, only: only)
        return planner.plan(DeliveryObservation(files: files, toolchains: [], effective: [:]))
    }

    private func text(_ change: FileChange?) -> String? { change?.after.map { String(decoding: $0, as: UTF8.self) } }

    /// What the file is after the plan, planned for again.
    private func again(_ policies: [Policy], _ plan: DeliveryPlan, knowsAll: Bool = true) throws -> DeliveryPlan {
        let planned = try #require(plan.files.first)
        let change = try #require(planned.change)
        let state = change.after.map { FileState.present(content: $0, mode: change.mode) } ?? .missing
        let file = FileObservation(path: planned.path, form: planned.form, state: state)
        return DeliveryPlanner(policies: policies, knowsAll: knowsAll).plan(
            DeliveryObservation(files: [file], toolchains: [], effective: [:]))
    }

    private static let title =
        "# Kept by cachewarden: what is changed here comes back, and what its policies drop goes.\n"

    @Test(arguments: [
        (DeliveryForm.shell, EnvironmentPolicy.Delivery.loginShells, "export A_1='/a+b,c=d%e|f@g*h:i'\n"),
        (.csh, .loginShells, "setenv A_1 '/a+b,c=d%e|f@g*h:i'\n"),
        (.userManager, .userServices, "A_1=/a+b,c=d%e|f@g*h:i\n"),
        (.systemManager, .systemServices, "DefaultEnvironment=\"A_1=/a+b,c=d%%e|f@g*h:i\"\n"),
    ])
    func writesWhatIsMissing(form: DeliveryForm, delivery: EnvironmentPolicy.Delivery, line: String) throws {
        let policies = [policy("shared", .enforce, ["A_1": "/a+b,c=d%e|f@g*h:i"], [delivery])]
        let plan = plan(policies, file(form, nil))
        let section = form == .systemManager ? "[Manager]\n" : ""
        #expect(text(plan.files.first?.change) == Self.title + section + "# policy shared\n" + line)
        let finding = try #require(plan.files.first?.finding)
        #expect(finding.rule == .environmentMissing && finding.disposition == .repairable)
        #expect(finding.found == "no such file" && finding.wanted == "A_1=/a+b,c=d%e|f@g*h:i")
        let settled = try again(policies, plan)
        #expect(settled.allFindings == [] && settled.changeCount == 0 && settled.files.count == 1)
    }

    @Test func tellsWhatDiffers() throws {
        let policies = [policy("shared", .enforce, ["GOCACHE": "/c", "GOFLAGS": "-x"])]
        let old = Self.title + "# policy shared\nexport GOCACHE='/old'\nexport GOPROXY='off'\n"
        let plan = plan(policies, file(.shell, old))
        let finding = try #require(plan.files.first?.finding)
        #expect(finding.found == "no GOFLAGS; GOCACHE=/old; GOPROXY=off, which no policy wants any more")
        #expect(text(plan.files.first?.change)?.hasSuffix("export GOCACHE='/c'\nexport GOFLAGS='-x'\n") == true)
        #expect(plan.files.first?.change?.before == Array(old.utf8))
    }

    @Test(arguments: ["\n", "\nexport PATH=/evil\n", "\n# policy other; rm\nexport GOCACHE='/x'; rm\n"])
    func takesBackWhatWasChangedByHand(more: String) throws {
        let policies = [policy()]
        let good = Self.title + "# policy shared\nexport GOCACHE='/c'\n"
        let plan = plan(policies, file(.shell, good + more), knowsAll: false)
        #expect(text(plan.files.first?.change) == good)
        #expect(plan.files.first?.finding?.found == "a text that was changed by hand")
    }

    @Test func givesBackTheModeThatLetsOthersRead() throws {
        let policies = [policy()]
        let good = Self.title + "# policy shared\nexport GOCACHE='/c'\n"
        let change = try #require(plan(policies, file(.shell, good, mode: 0o600)).files.first?.change)
        #expect(text(change) == good && change.mode == ModeBits(0o644))
    }

    @Test(arguments: [
        ("export GOCACHE=/theirs\n", "a file that cachewarden has not written"),
        ("\u{feff}" + title, "a file that cachewarden has not written"),
    ])
    func leavesOthersFilesAlone(content: String, found: String) throws {
        let plan = plan([policy()], file(.shell, content))
        let finding = try #require(plan.files.first?.finding)
        #expect(finding.disposition == .manual && finding.found == found && plan.changeCount == 0)
        #expect(self.plan([policy("shared", .enforce, [:])], file(.shell, content)).isEmpty)
    }

    @Test func leavesWhatIsNoTextAlone() throws {
        let path = Self.goEnv
        let state = FileState.present(content: [0x41, 0xff, 0x0a], mode: ModeBits(0o644))
        let plan = plan(
            [policy("shared", .enforce, ["GOCACHE": "/c"], [.goEnv])],
            FileObservation(path: path, form: .goEnvironment, state: state))
        #expect(plan.changeCount == 0 && plan.files.first?.finding?.found == "bytes that are no text")
    }

    @Test func removesAFileThatNobodyWantsAnyMore() throws {
        let leftover = Self.title + "# policy shared\nexport GOCACHE='/c'\n"
        for policies in [[policy("shared", .enforce, [:])], [policy("other", .enforce, [:])]] {
            let plan = plan(policies, file(.shell, leftover))
            let change = try #require(plan.files.first?.change)
            #expect(change.after == nil)
            #expect(plan.files.first?.finding?.rule == .environmentConflict)
            #expect(plan.files.first?.finding?.found == "GOCACHE=/c, which no policy wants any more")
        }
    }

    @Test func keepsTheLinesOfPoliciesThatItWasNotShown() throws {
        let standing = Self.title + "# policy other\nexport GOPATH='/p'\n# policy shared\nexport GOCACHE='/c'\n"
        #expect(plan([policy()], file(.shell, standing), knowsAll: false).changeCount == 0)
        let all = plan([policy()], file(.shell, standing))
        #expect(text(all.files.first?.change) == Self.title + "# policy shared\nexport GOCACHE='/c'\n")
        // A policy's own lines go by what it says, whoever else is known.
        let back = plan([policy("shared", .enforce, [:])], file(.shell, standing), knowsAll: false)
        #expect(text(back.files.first?.change) == Self.title + "# policy other\nexport GOPATH='/p'\n")
    }

    @Test func doesNothingForAPolicyThatAudits() throws {
        let leftover = Self.title + "# policy watcher\nexport GOCACHE='/old'\n"
        let missing = plan([policy("watcher", .audit)], file(.shell, nil))
        #expect(missing.files.map(\.mode) == [.audit] && missing.changeCount == 0)
        #expect(missing.files.first?.finding?.disposition == .repairable)
        let other = plan([policy("watcher", .audit)], file(.shell, leftover))
        #expect(other.changeCount == 0 && other.files.first?.finding?.found == "GOCACHE=/old")
        // Beside one that enforces: the lines stay as they are.
        let both = plan(
            [policy("watcher", .audit), policy("shared", .enforce, ["GOFLAGS": "-x"])], file(.shell, leftover))
        let expected = Self.title + "# policy shared\nexport GOFLAGS='-x'\n# policy watcher\nexport GOCACHE='/old'\n"
        #expect(both.files.map(\.mode) == [.enforce, .audit] && text(both.files.first?.change) == expected)
        let gone = plan([policy("watcher", .audit, [:])], file(.shell, Self.title + "# policy old\nexport A='b'\n"))
        #expect(gone.changeCount == 0 && gone.files.first?.finding != nil)
    }

    // MARK: - go.env

    private static let begin = "# BEGIN cachewarden: what is changed in this block comes back.\n"
    private static let block = begin + "# policy shared\nGOCACHE=/c\n# END cachewarden\n"

    private func goPlan(_ text: String?, mode: UInt16 = 0o644, wants: Bool = true) -> DeliveryPlan {
        plan(
            [policy("shared", .enforce, wants ? ["GOCACHE": "/c"] : [:], [.goEnv])],
            file(.goEnvironment, text, mode: mode))
    }

    private static let blocks: [(String, String)] = [
        ("GOPROXY=x\n", "GOPROXY=x\n" + block), ("GOPROXY=x", "GOPROXY=x\n" + block), ("", block),
        // Of two lines the later counts.
        ("GOCACHE=/theirs\n", "GOCACHE=/theirs\n" + block),
        (block + "GOCACHE=/theirs\n", "GOCACHE=/theirs\n" + block),
        ("A=1\n" + begin + "# policy shared\nGOCACHE=/old\n# END cachewarden\nB=2\n", "A=1\n" + block + "B=2\n"),
        ("# é\r\nA=1\r\n", "# é\r\nA=1\r\n" + block),
    ]

    @Test(arguments: blocks)
    func keepsABlockOfItsOwnInAToolchainsFile(before: String, after: String) throws {
        let plan = goPlan(before)
        #expect(text(plan.files.first?.change) == after)
        let policies = [policy("shared", .enforce, ["GOCACHE": "/c"], [.goEnv])]
        #expect(try again(policies, plan).files.map(\.finding) == [nil])
    }

    @Test func leavesTheRestOfAToolchainsFileAsItIs() throws {
        #expect(goPlan(Self.block + "A=1").changeCount == 1, "a missing line break is added with the first change")
        #expect(goPlan(Self.block + "A=1\n").changeCount == 0)
        for standing in ["A=1", "A=1\n\n", "", "GOCACHE=/theirs"] {
            #expect(goPlan(standing, wants: false).isEmpty, "\(standing)")
        }
        #expect(text(goPlan("A=1\n" + Self.block + "\nB=2\n", wants: false).files.first?.change) == "A=1\n\nB=2\n")
        let closed = try #require(goPlan(Self.block, mode: 0o640).files.first?.change)
        #expect(closed.mode == ModeBits(0o644))
    }

    @Test(arguments: [begin + "GOCACHE=/c\n", "# END cachewarden\n", block + block, "# END cachewarden\n" + begin])
    func touchesNoBlockWhoseMarksAreDamaged(text: String) throws {
        let plan = goPlan(text)
        #expect(plan.changeCount == 0 && plan.files.first?.finding?.disposition == .manual)
        #expect(goPlan(text, wants: false).isEmpty)
    }

    @Test(arguments: [
        ("go1.21", true), ("go1.21rc2", true), ("go1.27.3", true), ("go2.0", true), ("devel go1.28-abc", true),
        ("go1.20.14", false), ("go1.9", false), ("go", false),
    ])
    func knowsWhichToolchainsReadAFile(version: String, reads: Bool) {
        #expect(DeliveryTarget.file(of: "/go", version: version) == (reads ? "/go/go.env" : nil))
    }

    @Test func saysThatNoToolchainReadsAFile() {
        func findings(_ named: [FilePath], _ versions: [String?]) -> [Finding] {
            let wanted = policy("shared", .enforce, ["GOCACHE": "/c"], [.goEnv])
            let policy = Policy(
                name: "shared", mode: .enforce, caches: [], environment: wanted.environment,
                toolchains: named.map { ToolchainPolicy(path: $0, archive: "/a", sha256: "", pathEntry: false) })
            let roots = named.isEmpty ? DeliveryTarget.usualToolchains : named
            let toolchains = zip(roots, versions).map { DeliveryObservation.Toolchain(root: $0, version: $1) }
            let observation = DeliveryObservation(files: [], toolchains: toolchains, effective: [:])
            return DeliveryPlanner(policies: [policy], knowsAll: true).plan(observation).findings
        }
        #expect(findings([], ["go1.27.3", nil]).isEmpty && findings([], [nil, "go1.27.3"]).isEmpty)
        #expect(
            findings([], ["go1.19.8", nil]).map(\.found) == [
                "go1.19.8 in '/usr/local/go', which reads none; no toolchain in '/usr/lib/go'"
            ])
        #expect(findings(["/opt/a", "/opt/b"], ["go1.27.3", nil]).map(\.found) == ["no toolchain in '/opt/b'"])
    }

    // MARK: - PATH

    private func pathPlan(
        _ text: String?, verified: Set<FilePath>, path: FilePath = "/opt/go", form: DeliveryForm = .shell
    ) -> DeliveryPlan {
        let toolchain = ToolchainPolicy(path: path, archive: "/a", sha256: "", pathEntry: true)
        let policy = Policy(name: "shared", mode: .enforce, caches: [], toolchains: [toolchain])
        let observation = DeliveryObservation(
            files: [file(form, text)], toolchains: [], verified: verified, effective: [:])
        return DeliveryPlanner(policies: [policy], knowsAll: true).plan(observation)
    }

    @Test func putsAToolchainOnPathOnceItIsTheWantedOne() throws {
        let line = "# policy shared\nexport PATH='/opt/go/bin':\"$PATH\"\n"
        #expect(pathPlan(nil, verified: []).isEmpty)
        let added = pathPlan(nil, verified: ["/opt/go"])
        #expect(text(added.files.first?.change) == Self.title + line)
        #expect(added.files.first?.wanted == ["PATH=/opt/go/bin:$PATH"])
        // It stays while the toolchain is replaced, and as it is.
        for verified: Set<FilePath> in [[], ["/opt/go"]] {
            #expect(pathPlan(Self.title + line, verified: verified).changeCount == 0)
        }
        let csh = pathPlan(nil, verified: ["/opt/go"], form: .csh)
        #expect(text(csh.files.first?.change)?.hasSuffix("\nsetenv PATH '/opt/go/bin':\"$PATH\"\n") == true)
        #expect(pathPlan(nil, verified: ["/opt/go"], form: .systemManager).isEmpty)
        let moved = pathPlan(Self.title + line, verified: ["/opt/new"], path: "/opt/new")
        #expect(text(moved.files.first?.change)?.contains("'/opt/new/bin'") == true)
        #expect(text(moved.files.first?.change)?.contains("'/opt/go/bin'") == false)
    }

    @Test(arguments: ["/opt/a'b", "/opt/a b", "/opt/a:b", "/opt/$x", "/opt/\u{e9}"])
    func putsNothingOnPathThatShellsReadOtherwise(path: String) {
        let plan = pathPlan(nil, verified: [FilePath(path)], path: FilePath(path))
        #expect(plan.files.isEmpty && plan.findings.map(\.disposition) == [.manual])
    }

    // MARK: - Others' files

    @Test func findsWhoSetsItOtherwise() throws {
        let policies = [policy("shared", .enforce, ["GOCACHE": "/c"], [.loginShells, .systemServices])]
        let good = file(.shell, Self.title + "# policy shared\nexport GOCACHE='/c'\n")
        func findings(_ value: EffectiveVariable?, _ file: FileObservation) -> [Finding] {
            let effective = value.map { [BuildStart.loginShell: ["GOCACHE": $0]] } ?? [:]
            let observation = DeliveryObservation(files: [file], toolchains: [], effective: effective)
            return DeliveryPlanner(policies: policies, knowsAll: true).plan(observation).findings
        }
        let theirs = EffectiveVariable("/theirs", .file("/etc/profile.d/zz.sh", line: 3, isConditional: false))
        let finding = try #require(findings(theirs, good).first)
        #expect(finding.rule == .environmentConflict && finding.disposition == .manual)
        #expect(finding.found == "GOCACHE=/theirs, set in '/etc/profile.d/zz.sh', line 3")
        #expect(finding.remedy == "take it out of '/etc/profile.d/zz.sh', line 3")
        // What is about to be written may outdo it.
        #expect(findings(theirs, file(.shell, nil)).isEmpty)
        let same = EffectiveVariable("/c", .file("/etc/profile.d/zz.sh", line: 3, isConditional: false))
        #expect(findings(same, good).isEmpty && findings(nil, good).isEmpty)
    }

    @Test func looksForTheWantedRulesAlone() {
        let missing = file(.shell, nil)
        #expect(plan([policy()], missing, only: [.entryMode]).changeCount == 0)
        #expect(plan([policy()], missing, only: [.environmentMissing]).changeCount == 1)
    }
}
