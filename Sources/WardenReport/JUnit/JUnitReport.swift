internal import SystemPackage
package import WardenModel

/// A run's report as test results, for CI servers: one suite a cache, one test a rule.
///
/// A rule that finds nothing has passed; what a waiver accepts is skipped, with the waiver's reason; what keeps the agent
/// away from a cache is an error, and the rules that could not be asked for it are skipped. The elements are those of
/// Jenkins' schema, `junit-10.xsd`.
package struct JUnitReport {
    private let report: RunReport

    package init(_ report: RunReport) { self.report = report }

    /// Returns the document in UTF-8, with a line break at its end.
    package func render() -> [UInt8] {
        let suites =
            report.caches.map(suite(of:)) + [builds, waivers].compactMap { $0 }
        var page = MarkupPage(MarkupPage.xml)
        page.open(
            "testsuites",
            [
                ("name", "cachewarden"), ("time", time), ("tests", String(suites.reduce(0) { $0 + $1.tests.count })),
                ("failures", String(suites.reduce(0) { $0 + $1.count { $0.isFailure } })),
                ("errors", String(suites.reduce(0) { $0 + $1.count { $0.isError } })),
            ])
        for suite in suites { write(suite, on: &page) }
        page.close("testsuites")
        return Array(page.text.utf8)
    }

    private var time: String {
        let (seconds, attoseconds) = report.finishedAt.since(report.startedAt).components
        let milliseconds = String(attoseconds / 1_000_000_000_000_000)
        return "\(seconds).\(String(repeating: "0", count: 3 - milliseconds.count))\(milliseconds)"
    }

    // MARK: - What is tested

    private func suite(of cache: RunReport.Cache) -> JUnitSuite {
        let rules = RuleID.allCases.filter {
            !$0.concernsBuilds && !$0.concernsWaivers && !$0.concernsWatching && report.rules.contains($0)
        }
        let blocking = cache.standing.first { $0.disposition == .blocking }
        let isMissing = if case .present = (cache.after ?? cache.before).root { false } else { true }
        let obstacle =
            blocking.map { "not looked at: blocked by \($0.rule.rawValue)" }
            ?? (isMissing ? "not looked at: there is no cache" : nil)
        return JUnitSuite(
            name: cache.plan.name, place: cache.plan.path.string,
            tests: rules.map { JUnitTest($0, cache.standing.filter(of: $0), obstacle: obstacle) })
    }

    /// How builds find their caches; `nil` where no policy says a word about it.
    private var builds: JUnitSuite? {
        guard !report.delivery.plan.isEmpty || !report.toolchains.isEmpty else { return nil }
        let standing = report.toolchains.flatMap(\.standing) + report.delivery.standing
        return JUnitSuite(
            name: "builds", place: report.host,
            tests: RuleID.allCases.filter { $0.concernsBuilds && report.rules.contains($0) }
                .map { JUnitTest($0, standing.filter(of: $0), obstacle: nil) })
    }

    private var waivers: JUnitSuite? {
        guard !report.waivers.isEmpty else { return nil }
        return JUnitSuite(name: "waivers", place: report.host, tests: report.waivers.map(JUnitTest.init(of:)))
    }

    // MARK: - Writing

    private func write(_ suite: JUnitSuite, on page: inout MarkupPage) {
        page.open(
            "testsuite",
            [
                ("name", "cachewarden.\(suite.name)"), ("tests", String(suite.tests.count)),
                ("failures", String(suite.count { $0.isFailure })), ("errors", String(suite.count { $0.isError })),
                ("skipped", String(suite.count { $0.isSkipped })), ("time", time),
                ("timestamp", String(report.startedAt.description.prefix(19))), ("hostname", report.host),
            ])
        page.open("properties")
        for (name, value) in properties(suite) { page.empty("property", [("name", name), ("value", value)]) }
        page.close("properties")
        for test in suite.tests { write(test, of: suite, on: &page) }
        page.close("testsuite")
    }

    private func properties(_ suite: JUnitSuite) -> [(String, String)] {
        [
            ("place", suite.place), ("verdict", report.verdict.rawValue), ("command", report.command.rawValue),
            ("run-id", report.runID), ("agent-version", report.version),
        ] + report.policies.map { ("policy", "\($0.name) \($0.digest ?? "")") }
    }

    private func write(_ test: JUnitTest, of suite: JUnitSuite, on page: inout MarkupPage) {
        let attributes = [("name", test.name), ("classname", "cachewarden.\(suite.name)"), ("time", "0.000")]
        switch test.result {
        case .passed(nil): page.empty("testcase", attributes)
        case .passed(let note?):
            page.open("testcase", attributes)
            page.element("system-out", note)
            page.close("testcase")
        case .skipped(let why):
            page.open("testcase", attributes)
            page.empty("skipped", [("message", why)])
            page.close("testcase")
        case .failed(let severity, let message, let text):
            page.open("testcase", attributes)
            page.element("failure", text, [("type", severity), ("message", message)])
            page.close("testcase")
        case .error(let severity, let message, let text):
            page.open("testcase", attributes)
            page.element("error", text, [("type", severity), ("message", message)])
            page.close("testcase")
        }
    }
}

extension [Finding] {
    fileprivate func filter(of rule: RuleID) -> [Finding] { filter { $0.rule == rule } }
}
