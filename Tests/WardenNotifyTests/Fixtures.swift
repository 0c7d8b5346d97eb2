import SystemPackage
import WardenLinux
import WardenModel
import WardenNotify
import WardenTestSupport

/// Runs and alerts as an outbox has them.
enum Fixtures {
    static let start: Int64 = 1_795_000_000

    static func finding(
        _ rule: RuleID = .entryMode, _ severity: Severity = .high, subject: String = "files below /var/cache/go-build",
        cache: String = "go-build", count: Int = 3, disposition: Finding.Disposition = .repairable,
        examples: [Finding.Example] = [Finding.Example(path: RelativePath("00/00aa-d"), found: "0644")]
    ) -> Finding {
        Finding(
            rule: rule, severity: severity, disposition: disposition, cache: cache, subject: subject, count: count,
            wanted: "0660", found: "0644", remedy: "run 'cachewarden apply'", examples: examples)
    }

    static let root = RootPicture(
        path: "/var/cache/go-build", kind: .directory, owner: "root", group: "builders", mode: ModeBits(0o2770),
        entries: ["user::rwx", "group::rwx", "group:builders:rwx", "mask::rwx", "other::---"],
        defaultEntries: ["user::rwx", "group::rwx", "other::---"],
        listed: PresentRoot.Listing(links: 258, size: ByteCount(4_096), modified: Timestamp(seconds: 1_790_000_000)))

    static let wholeHost = OutboxSnapshot.View(
        rules: RuleID.allCases, places: ["go-build"], unseen: [], isWholeHost: true)

    /// The run of this number, an hour after the one before.
    static func entry(
        _ number: UInt64, _ findings: [Finding], view: OutboxSnapshot.View = wholeHost, run: String? = nil
    ) -> OutboxEntry {
        let run = OutboxSnapshot.Run(
            id: run ?? "run-\(number)", host: "build-7.example.com", command: "apply", version: "0.1.0", user: 0,
            finishedAt: time(Int64(number)), verdict: "drift", exitCode: 2)
        return OutboxEntry(
            number: number,
            snapshot: OutboxSnapshot(run: run, view: view, findings: findings, roots: ["go-build": root]))
    }

    static func time(_ hours: Int64) -> Timestamp { Timestamp(seconds: start + hours * 3_600) }

    static func wishes(
        _ atLeast: Severity = .low, remind: Duration? = nil, repeats: Bool = false
    ) -> ChannelState.Wishes {
        ChannelState.Wishes(atLeast: atLeast, remind: remind, repeatsStanding: repeats)
    }

    static func item(_ state: Message.State, _ finding: Finding) -> Message.Item {
        let entry = entry(1, [finding])
        return Message.Item(
            state: state, alert: Alert(finding, host: "build-7.example.com"), firstSeen: time(0),
            run: entry.snapshot.run, root: root)
    }

    static func message(_ items: [Message.Item]) -> Message {
        Message(
            host: "build-7.example.com", version: "0.1.0", madeAt: time(2), items: items,
            standing: items.filter { $0.state == .new || $0.state == .reminder })
    }

    /// One of each kind.
    static let usual = message([
        item(.new, finding(count: 12)), item(.reminder, finding(.rootMode, .critical, subject: "/var/cache/go-build")),
        item(.resolved, finding(.rootGroup, .medium, subject: "/var/cache/go-build")),
        item(.passed, finding(.entryGroup, .low)),
    ])

    /// What a member of the group can call a file.
    static let hostileNames = [
        "<!channel>", "a\nb", "a\r\nBcc: x@y.z", "@here", "*bold*", "`code`", "```", ":skull:", "<http://x.example|y>",
        "\u{1b}]0;x\u{7}", "<!here|x>", "@channel", "_it_", "\u{1b}[31mred", "\"quoted\"", "'single'", "back\\slash",
        "]", "%s", "\u{202e}dne",
        "=?utf-8?B?QQ==?=", ".", "From me", "ü", "\u{0}",
    ]

    static let hostile: Message = {
        let items = hostileNames.map { name in
            let path = RelativePath(name)
            let example = Finding.Example(path: path, found: "owner \(escapedForDisplay(name))")
            // A subject that was not escaped before: the renderers do not rely on others.
            return item(
                .new, finding(.entryRefused, subject: "names below /c/\(name)", count: 10_000, examples: [example]))
        }
        return message(items)
    }()
}

/// A secret in a file of its own.
struct SecretFile: ~Copyable {
    private let directory: TemporaryDirectory
    let secret: Secret

    init(_ text: String) throws {
        let directory = try TemporaryDirectory()
        secret = try Secret(reading: try directory.write("secret", text, mode: ModeBits(0o400)))
        self.directory = directory
    }
}
