internal import SystemPackage
package import WardenModel

/// What `verify` found, for people: the verdict first, what it cannot know last.
package struct VerificationText {
    /// How many damaged outputs are shown one by one; the JSON report has all.
    static let mismatchLimit = 20

    /// What no re-hashing can show.
    static let limit = """
        a forged action (-a) cannot be detected this way: it may name another output, whose content matches its own name
        """

    private let report: VerificationReport
    private let names: AccountNames
    private var verification: OutputVerification { report.verification }

    package init(_ report: VerificationReport) {
        self.report = report
        names = AccountNames(users: report.userNames, groups: [:])
    }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        page.writeVerdict(report.verdict, sentence, isInterrupted: verification.isInterrupted)
        page.writeCache(report.cache, report.root, policy: report.policy)
        page.field("hashed", throughput)
        writeMismatches(on: &page)
        page.writeRepair(
            report.repair, of: "name", afterwards: "builds make anew what they need",
            later: "no build can find the rest any more, and another 'verify --repair' removes it")
        page.writeOmissions(verification.omitted)
        page.heading("What this cannot tell")
        page.paragraph(Self.limit, lead: "  - ")
        return page.text
    }

    private var sentence: String {
        switch report.verdict {
        case .empty: return "there is no output to verify"
        case .intact: return matching
        case .incomplete:
            let doubtful = verification.omitted.filter(\.key.leavesDoubt).reduce(0) { $0 + $1.value.count }
            return doubtful > 0 ? "\(matching), \(grouped(doubtful)) could not be checked" : matching
        case .damaged:
            let outputs = counted(verification.checked, "output")
            let verb = verification.mismatchCount == 1 ? "does not match its name" : "do not match their names"
            return "\(grouped(verification.mismatchCount)) of \(outputs) \(verb)"
        }
    }

    private var matching: String {
        let verb = verification.matching == 1 ? "matches its name" : "match their names"
        return "\(counted(verification.matching, "output")) (\(verification.matchingSize)) \(verb)"
    }

    private var throughput: String {
        let duration = report.finishedAt.since(report.startedAt)
        let rate = report.bytesPerSecond.map { $0 > .zero ? ", \($0)/s" : "" } ?? ""
        return "\(verification.hashed) in \(spoken(duration)) on \(counted(report.threads, "thread"))\(rate)"
    }

    private func writeMismatches(on page: inout TextPage) {
        guard verification.mismatchCount > 0 else { return }
        page.heading("Not what the name says")
        for mismatch in verification.mismatches.prefix(Self.mismatchLimit) {
            page.line("  \(mismatch.file)")
            page.paragraph(
                "\(names.name(mismatch.owner)), \(mismatch.size), written \(mismatch.modified)", lead: "    ")
            page.line("    content hashes to \(mismatch.contentHash)")
        }
        let more = verification.mismatchCount - min(verification.mismatches.count, Self.mismatchLimit)
        if more > 0 { page.paragraph("and \(grouped(more)) more: '--format json' lists them", lead: "  ") }
        page.blank()
        page.paragraph(
            """
            Go compares the size of most outputs with what the action says, not the content: damage of the same size goes \
            into builds. Whoever may write to the cache can have done it.
            """, lead: "  ")
    }

}

extension VerificationReport {
    /// How many bytes were hashed in a second; `nil` where it took no time that a clock could see.
    var bytesPerSecond: ByteCount? {
        let (seconds, attoseconds) = finishedAt.since(startedAt).components
        let duration = Double(seconds) + Double(attoseconds) / 1e18
        guard duration > 0 else { return nil }
        return ByteCount(UInt64(Double(verification.hashed.rawValue) / duration))
    }
}

extension OutputVerification {
    var sortedOmissions: [(reason: Omission, omitted: OmittedEntries)] { Omission.sorted(omitted) }
}

extension Omission {
    /// What leaves doubt comes first.
    static func sorted(
        _ omitted: [Self: OmittedEntries]
    ) -> [(reason: Self, omitted: OmittedEntries)] {
        func place(_ reason: Self) -> (Int, String, String) {
            (reason.leavesDoubt ? 0 : 1, reason.code, reason.text)
        }
        return omitted.sorted { place($0.key) < place($1.key) }.map { ($0.key, $0.value) }
    }
}

extension Omission {
    /// The reason in one word, for programs.
    var code: String {
        switch self {
        case .refused(let refusal): refusal.rawValue
        case .unreadable: "unreadable"
        case .accessTimeWouldMove: "access-time-would-move"
        case .unfinished: "unfinished"
        case .beingWritten: "being-written"
        case .vanished: "vanished"
        }
    }

    /// The reason for people.
    var text: String {
        switch self {
        case .refused(.symbolicLink): "symbolic link, not followed"
        case .refused(.hardLink): "hard link, not read: its other name may stand outside the cache"
        case .refused(.specialFile): "special file, not opened"
        case .refused(.foreignMount): "on another mount, not entered"
        case .refused(.notOneExecutable): "directory that holds something else than one executable"
        case .refused(let refusal): "refused: \(refusal.rawValue)"
        case .unreadable(let cause): "cannot be read: \(cause)"
        case .accessTimeWouldMove:
            "somebody else's, not read because that would count as a use: run as root, or as the owner"
        case .unfinished: "executable's directory that is still empty"
        case .beingWritten: "still being written, or just broken off: run again in ten seconds"
        case .vanished: "removed meanwhile"
        }
    }
}
