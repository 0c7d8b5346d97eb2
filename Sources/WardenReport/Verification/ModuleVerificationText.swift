internal import SystemPackage
package import WardenModel

/// What `verify` found in a module cache, for people: the verdict first, what it cannot know last.
package struct ModuleVerificationText {
    /// How many damaged versions are shown one by one; the JSON report has all.
    static let damageLimit = 20

    /// What this comparison cannot show.
    static let limits = [
        """
        zip files are not decompressed: builds read the tree, and Go compares a zip with its hash when it unpacks it
        """,
        """
        who may write to a tree may write to its '.ziphash': whether both are what the module's author made is what \
        'go.sum' and 'go mod verify' say
        """,
    ]

    private let report: ModuleVerificationReport
    private var verification: ModuleVerification { report.verification }

    package init(_ report: ModuleVerificationReport) { self.report = report }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        page.writeVerdict(report.verdict, sentence, isInterrupted: verification.isInterrupted)
        page.writeCache(report.cache, report.root, policy: report.policy)
        page.field(
            "hashed",
            "\(verification.hashed) in \(spoken(report.finishedAt.since(report.startedAt))) on "
                + counted(report.threads, "thread"))
        writeDamages(on: &page)
        page.writeRepair(
            report.repair, of: "file", afterwards: "builds download what they need",
            later: "the rest stays, and another 'verify --repair' goes on")
        page.writeOmissions(verification.omitted) { $0 == .beingWritten ? Self.beingWritten : $0.text }
        page.heading("What this cannot tell")
        for limit in Self.limits { page.paragraph(limit, lead: "  - ") }
        return page.text
    }

    private var sentence: String {
        switch report.verdict {
        case .empty: return "there is no unpacked version to verify"
        case .intact: return matching
        case .incomplete:
            let doubtful = verification.omitted.filter(\.key.leavesDoubt).reduce(0) { $0 + $1.value.count }
            return doubtful > 0 ? "\(matching), \(grouped(doubtful)) could not be checked" : matching
        case .damaged:
            let versions = counted(verification.checked, "version")
            let verb = verification.damageCount == 1 ? "is damaged" : "are damaged"
            return "\(grouped(verification.damageCount)) of \(versions) \(verb)"
        }
    }

    private var matching: String {
        let verb = verification.matching == 1 ? "is what was downloaded" : "are what was downloaded"
        return "\(counted(verification.matching, "version")) (\(verification.matchingSize)) \(verb)"
    }

    private func writeDamages(on page: inout TextPage) {
        guard verification.damageCount > 0 else { return }
        page.heading("Not what was downloaded, or not all of it")
        for damage in verification.damages.prefix(Self.damageLimit) {
            page.line("  \(damage.version.path)")
            for words in damage.words { page.paragraph(words, lead: "    ") }
        }
        let more = verification.damageCount - min(verification.damages.count, Self.damageLimit)
        if more > 0 { page.paragraph("and \(grouped(more)) more: '--format json' lists them", lead: "  ") }
        page.blank()
        page.paragraph(
            """
            Go hashes what it downloads, and never again what it has unpacked: a changed file goes into builds. Whoever \
            may write to the cache can have done it.
            """, lead: "  ")
    }

    private static let beingWritten = "being downloaded or unpacked, or just broken off: run again in an hour"
}

extension ModuleVerification.Damage {
    /// What is wrong, a line each.
    fileprivate var words: [String] {
        var words = faults.map(\.words)
        switch difference {
        case .tree(let wanted, let found?): words.append("downloaded as \(wanted), the tree hashes to \(found)")
        case .tree(let wanted, nil): words.append("downloaded as \(wanted), the tree has a name with a line break")
        case .ziphash: words.append("the .ziphash holds no hash")
        case nil: break
        }
        return words
    }
}
