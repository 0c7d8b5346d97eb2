package import SystemPackage
internal import WardenLinux
package import WardenModel
package import WardenNotify
internal import WardenPolicy

/// Tells everybody whom the settings name what runs have left in the outbox. Needs no right but to read both.
package struct NotifyRun: Sendable {
    private let settings: FilePath?
    private let occasion: Message.Occasion
    private let surroundings: Surroundings
    private let delivery: HTTPDelivery
    private let pause: @Sendable (Duration) -> Void

    /// - Parameters:
    ///   - settings: The agent's settings file; `nil` for the usual one.
    ///   - occasion: What everybody is told. Only of findings it is kept what was told to whom.
    ///   - pause: Waits before a further attempt.
    ///   - jitter: A number from 0 to 1, new each time.
    package init(
        settings: FilePath?, occasion: Message.Occasion, in surroundings: Surroundings,
        limits: HTTPPost.Limits = HTTPPost.Limits(),
        pause: @escaping @Sendable (Duration) -> Void, jitter: @escaping @Sendable () -> Double
    ) {
        self.settings = settings
        self.occasion = occasion
        self.surroundings = surroundings
        self.pause = pause
        // As curl's own program and OpenSSL take them.
        let authorities = ["SSL_CERT_FILE", "CURL_CA_BUNDLE"].compactMap { surroundings.environment[$0] }
            .first { !$0.isEmpty }
        let post = HTTPPost(agent: "cachewarden/\(agentVersion)", authorities: authorities, limits: limits)
        delivery = HTTPDelivery(pause: pause, jitter: jitter, post: { post.post($0, to: $1, headers: $2) })
    }

    /// Delivers. Throws `AgentError` where settings or outbox cannot be read, or another notifier is at work.
    package func run() throws -> NotificationReport {
        let loaded = try PolicyStore(surroundings).load(
            [], settings: settings, labels: [:], hostName: surroundings.hostName)
        var warnings = loaded.warnings.map { "\($0)" }
        let notifications = loaded.settings.notifications
        guard !notifications.isEmpty else {
            warnings.append("the settings name nobody to tell: 'notify' is empty")
            return NotificationReport(host: surroundings.hostName, channels: [], warnings: warnings)
        }
        guard case .findings = occasion else { return report(notifications.map(send), warnings) }
        guard let path = surroundings.notifierState, let outbox = surroundings.outbox else {
            throw AgentError.failed("no place for the notifier's state", remedy: "set STATE_DIRECTORY, or HOME")
        }
        let lockPath = path.removingLastComponent().appending("notify.lock")
        guard let lock = try attempt({ () throws(FileError) in try RunLock.acquire(at: lockPath) }) else {
            throw AgentError.busy(lockPath.string)
        }
        defer { withExtendedLifetime(lock) {} }
        var state = try attempt { () throws(FileError) in try NotifierState(reading: path) }
        let content = try read(outbox)
        warnings += [state.warning].compactMap { $0 } + content.warnings
        let channels = try notifications.map { try deliver($0, content.entries, &state) }
        return report(channels, warnings)
    }

    private func read(_ outbox: FilePath) throws(AgentError) -> Outbox.Content {
        do throws(FileError) {
            return try Outbox.read(outbox)
        } catch {
            throw .failed(
                "\(error)",
                remedy: error.isMissing
                    ? "the first 'cachewarden apply' with these settings makes it"
                    : "give the folder the notifier's group: runs leave what they write to it")
        }
    }

    private func deliver(
        _ notification: Settings.Notification, _ outbox: [OutboxEntry], _ state: inout NotifierState
    ) throws -> NotificationReport.Channel {
        let identity = notification.channel.identity
        let key = "\(identity.kind) \(identity.name)"
        let (message, next) = (state.channels[key] ?? ChannelState()).next(
            outbox, now: surroundings.now(), host: surroundings.hostName, version: agentVersion, notification.wishes)
        guard let message else {
            try attempt { () throws(FileError) in try state.keep(next, of: key) }
            return notification.channel.told(nil, .nothingToSay)
        }
        do throws(ChannelSender.Failure) {
            try sender.send(message, by: notification)
        } catch {
            return notification.channel.told(message, .failed("\(error)"))
        }
        try attempt { () throws(FileError) in try state.keep(next, of: key) }
        return notification.channel.told(message, .sent)
    }

    private func send(_ notification: Settings.Notification) -> NotificationReport.Channel {
        let message = Message(
            host: surroundings.hostName, version: agentVersion, madeAt: surroundings.now(), occasion: occasion)
        do throws(ChannelSender.Failure) {
            try sender.send(message, by: notification)
            return notification.channel.told(message, .sent)
        } catch {
            return notification.channel.told(message, .failed("\(error)"))
        }
    }

    private var sender: ChannelSender {
        ChannelSender(surroundings: surroundings, delivery: delivery, pause: pause)
    }

    private func report(_ channels: [NotificationReport.Channel], _ warnings: [String]) -> NotificationReport {
        NotificationReport(host: surroundings.hostName, channels: channels, warnings: warnings)
    }
}

extension Settings.Notification {
    fileprivate var wishes: ChannelState.Wishes {
        var repeats = false
        if case .alertmanager = channel { repeats = true }
        return ChannelState.Wishes(
            atLeast: atLeast, remind: repeats ? nil : remind, repeatsStanding: repeats)
    }
}

extension Settings.Notification.Channel {
    /// What a channel is known by: neither holds a secret.
    fileprivate var identity: (kind: String, name: String) {
        switch self {
        case .slack(let credential): ("slack", credential)
        case .webhook(let credential, _): ("webhook", credential)
        case .alertmanager(let credential): ("alertmanager", credential)
        case .mail(let recipients): ("mail", recipients.joined(separator: ","))
        case .syslog(let facility): ("syslog", facility)
        }
    }

    fileprivate func told(
        _ message: Message?, _ outcome: NotificationReport.Channel.Outcome
    ) -> NotificationReport.Channel {
        NotificationReport.Channel(
            kind: identity.kind, name: identity.name, new: message?.count(.new) ?? 0,
            reminders: message?.count(.reminder) ?? 0, resolved: message?.count(.resolved) ?? 0,
            passed: message?.count(.passed) ?? 0, summary: message?.summary ?? "", outcome: outcome)
    }
}
