import SystemPackage
import Testing
import WardenModel
import WardenPolicy

struct RenderingTests {
    @Test func everythingReadIsWrittenBack() throws {
        let policy = try #require(read(wholeLanguage).policy)
        try expectRoundTrip(policy)
        // Every key of the language's description stands in the rendering as well.
        let keys = { (text: String) in
            Set(text.split { !($0.isLetter || $0 == "-" || $0 == ":") }.filter { $0.hasSuffix(":") })
        }
        #expect(keys(render(policy)) == keys(wholeLanguage))
    }

    @Test func defaultsAreWrittenOut() throws {
        let policy = try #require(read(policyText(cache: "retention: {}")).policy)
        let text = render(policy)
        for line in [
            "mode: audit", "layout: go-build", "create: false", "owner: keep", "order: lru", "low-water: 80%",
            "keep-recent: 25h", "when-exceeded: evict", "own-trim: false", "environment: []",
        ] {
            #expect(text.contains("\(line)\n"), "'\(line)' is missing in\n\(text)")
        }
    }

    @Test func shippedPoliciesRoundTrip() throws {
        for (name, bytes) in try shippedPolicies() {
            try expectRoundTrip(try #require(PolicyReader.read(bytes, file: FilePath(name)).policy))
        }
    }

    @Test func theBuiltInPolicyIsAPolicy() throws {
        let policy = Policy.builtIn(path: "/home/x/.cache/go-build", owner: "x")
        #expect(read(render(policy)).diagnostics.map(\.description) == [])
        let cache = try #require(policy.caches.first)
        #expect(policy.mode == .audit && cache.layout == .goBuild)
        #expect(cache.mode == nil && cache.group == nil && cache.owner == nil && cache.acl == nil && !cache.create)
        try expectRoundTrip(policy)
    }

    @Test(arguments: 0..<300)
    func generatedPoliciesRoundTrip(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try expectRoundTrip(generatedPolicy(&random))
    }

    /// Reads the rendering again and compares what both policies say.
    private func expectRoundTrip(_ policy: Policy) throws {
        let text = render(policy)
        let (again, diagnostics) = read(text)
        let second = try #require(again, "\(diagnostics)\n\(text)")
        #expect(second.name == policy.name)
        #expect(second.description == policy.description)
        #expect(second.mode == policy.mode)
        #expect(second.hosts == policy.hosts)
        #expect(second.environment == policy.environment)
        #expect(second.toolchains == policy.toolchains)
        #expect(second.waivers == policy.waivers)
        #expect(second.caches.count == policy.caches.count)
        for (left, right) in zip(second.caches, policy.caches) {
            #expect(left.name == right.name && left.path == right.path && left.layout == right.layout)
            #expect(left.create == right.create && left.trust == right.trust && left.owner == right.owner)
            #expect(left.group == right.group && left.mode == right.mode && left.entries == right.entries)
            #expect(left.acl == right.acl)
            #expect(left.retention == right.retention)
        }
        #expect(render(second) == text)
    }

    private func generatedPolicy(_ random: inout SeededGenerator) -> Policy {
        func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
        let words = [
            "plain", "with blank", "qu\"ote", "back\\slash", "ünï", "a: b", "#x", "line\nbreak", "- x", "{a}", "yes",
        ]
        let word = { (random: inout SeededGenerator) in words.randomElement(using: &random) ?? "x" }
        var retention = RetentionPolicy()
        retention.order = RetentionPolicy.Order.allCases.randomElement(using: &random) ?? .lru
        retention.maxSize = maybe(ByteCount(UInt64.random(in: 1...(1 << 60), using: &random)))
        retention.maxEntries = maybe(Int.random(in: 1...1_000_000_000, using: &random))
        retention.minFree = maybe(.percent(Int.random(in: 1...99, using: &random)))
        retention.minFreeInodes = maybe(.amount(UInt64.random(in: 1...1_000_000, using: &random)))
        retention.lowWater = Int.random(in: 1...99, using: &random)
        retention.keepRecent = .seconds(Int64.random(in: 90_000...10_000_000, using: &random))
        retention.dropToolchains = maybe(
            [.uninstalled, .versions(["go1.20"]), .versions(["go1.21rc2", "go1.22.1"])].randomElement(using: &random)
                ?? .uninstalled)
        retention.fuzzMaxSize = maybe(ByteCount(UInt64.random(in: 1...(1 << 40), using: &random)))
        retention.budget = .init(time: maybe(.seconds(90)), entries: maybe(7))
        retention.ownTrim = Bool.random(using: &random)
        let group = ACLRule(tag: .group, qualifier: .name("b"), rights: [.read, .write], executesConditionally: true)
        let acl = ACLPolicy(
            match: ACLMatch.allCases.randomElement(using: &random) ?? .exact, entries: [group],
            defaultList: [.same, .none, .list([group])].randomElement(using: &random) ?? .same)
        let layout = CacheLayout.allCases.randomElement(using: &random) ?? .goBuild
        if layout != .goBuild { retention.dropToolchains = nil }
        if layout == .directory, let glob = PathGlob("**/a b/*.é") {
            retention.files = PathSelection(include: maybe([glob, glob]) ?? [], exclude: maybe([glob]) ?? [])
        }
        let cache = CachePolicy(
            name: "c", path: FilePath("/var/cache/\(word(&random).replacing("/", with: ""))"),
            layout: layout, create: Bool.random(using: &random),
            trust: .mutual, owner: maybe("root"), group: maybe("b"), mode: maybe(ModeBits(0o2770)),
            entries: EntryPolicy(
                owner: maybe("ci"), directories: maybe(ModeBits(0o2770)), files: maybe(ModeBits(0o660))),
            acl: maybe(acl), retention: maybe(retention))
        let moment = Timestamp(seconds: Int64.random(in: 0...4_000_000_000, using: &random))
        return Policy(
            name: "p", description: maybe(word(&random)), file: "p.yaml", mode: maybe(.audit) ?? .enforce,
            hosts: maybe([HostSelector(name: "build-[0-9]*", labels: ["role": word(&random)])]) ?? [],
            caches: cache.path.string.contains("\n") ? [] : [cache],
            environment: maybe([
                EnvironmentPolicy(
                    variables: ["GOCACHE": "/a", "GOFLAGS": "-x"], deliver: [.goEnv], usersGroup: maybe("b"))
            ]) ?? [],
            waivers: [Waiver(rule: .entryACL, path: "/var/cache/x y", until: moment, reason: word(&random))])
    }
}

/// The same numbers for the same seed on every machine (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
