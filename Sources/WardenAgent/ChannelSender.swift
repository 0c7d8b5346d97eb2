internal import SystemPackage
internal import WardenLinux
internal import WardenModel
package import WardenNotify
package import WardenPolicy

/// Sends one message by one channel, with the credentials that systemd gives the unit.
package struct ChannelSender: Sendable {
    /// Why a message was not taken. Names credentials, never their content.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// A URL or key is never that long.
    private static let longestCredential = 4_096
    /// How often a log that does not keep up is asked again.
    private static let logAttempts = 20

    private let surroundings: Surroundings
    private let delivery: HTTPDelivery
    private let mailLimit: Duration
    private let pause: @Sendable (Duration) -> Void

    /// - Parameters:
    ///   - mailLimit: How long sendmail may take, in whole seconds.
    ///   - pause: Waits before a log is asked again.
    package init(
        surroundings: Surroundings, delivery: HTTPDelivery, mailLimit: Duration = .seconds(60),
        pause: @escaping @Sendable (Duration) -> Void
    ) {
        self.surroundings = surroundings
        self.delivery = delivery
        self.mailLimit = mailLimit
        self.pause = pause
    }

    package func send(_ message: Message, by notification: Settings.Notification) throws(Failure) {
        switch notification.channel {
        case .slack(let name):
            try post(SlackMessage(message).render(), to: try endpoint(name))
        case .webhook(let name, let key):
            let body = WebhookMessage(message).render()
            var headers: [String] = []
            if let key {
                let signature = WebhookMessage.signature(of: body, at: surroundings.now(), key: try credential(key))
                headers.append("\(WebhookMessage.signatureHeader): \(signature)")
            }
            try post(body, to: try endpoint(name), headers)
        case .alertmanager(let name):
            try post(
                AlertmanagerMessage(message, remind: notification.remind).render(),
                to: try endpoint(name, path: "/api/v2/alerts"))
        case .mail(let recipients): try mail(MailMessage(message, to: recipients).render(), to: recipients)
        case .syslog(let facility): try log(LogMessage(message).entries, facility)
        }
    }

    // MARK: - Webhooks

    private func post(_ body: [UInt8], to endpoint: Endpoint, _ headers: [String] = []) throws(Failure) {
        do throws(HTTPDelivery.Failure) {
            try delivery.deliver(body, to: endpoint, headers: headers)
        } catch {
            throw Failure(description: error.description)
        }
    }

    private func endpoint(_ name: String, path: String = "") throws(Failure) -> Endpoint {
        let secret = try credential(name)
        do throws(Endpoint.Defect) {
            return try Endpoint(secret, path: path)
        } catch {
            throw Failure(description: "cannot use credential '\(name)': \(error)")
        }
    }

    private func credential(_ name: String) throws(Failure) -> Secret {
        guard let folder = surroundings.environment["CREDENTIALS_DIRECTORY"], folder.hasPrefix("/") else {
            throw Failure(
                description:
                    "cannot read credential '\(name)': CREDENTIALS_DIRECTORY is not set; systemd sets it for a "
                    + "unit with LoadCredential=")
        }
        let secret: Secret
        do throws(SecretError) {
            secret = try Secret(reading: FilePath(folder).appending(name))
        } catch {
            throw Failure(description: "cannot read credential '\(name)': \(error)")
        }
        guard secret.count <= Self.longestCredential else {
            throw Failure(
                description: "cannot use credential '\(name)': it is longer than \(Self.longestCredential) bytes")
        }
        let isOneLine = secret.withBytes { bytes in bytes.indices.allSatisfy { bytes[$0] >= 0x20 && bytes[$0] != 0x7f }
        }
        guard isOneLine else {
            throw Failure(description: "cannot use credential '\(name)': it has line breaks or control characters")
        }
        return secret
    }

    // MARK: - Mail and logs

    private func mail(_ bytes: [UInt8], to recipients: [String]) throws(Failure) {
        let path = surroundings.located("/usr/sbin/sendmail")
        let result: ChildResult
        do {
            let program = try TrustedProgram.find(path, trusting: .rootAndCaller)
            // '-i': a line with one dot does not end the mail. '--': an address is no option.
            let command = ChildCommand(
                program, arguments: (["sendmail", "-i", "--"] + recipients).map { Array($0.utf8) },
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"].map { Array($0.utf8) })
            result = try FedProgram.run(command, input: bytes, limit: mailLimit)
        } catch let error as Errno {
            throw Failure(description: "cannot run '\(escapedForDisplay(path.string))': \(error)")
        } catch {
            throw Failure(description: "\(error)")
        }
        let said = result.output.isEmpty ? "" : ": '\(escapedForDisplay(result.output.prefix(200)))'"
        switch result.end {
        case .exited(0): return
        case .exited(let status): throw Failure(description: "sendmail ended with \(status)\(said)")
        case .killed where result.stop == .timeLimit:
            throw Failure(description: "sendmail did not end within \(mailLimit.components.seconds) s\(said)")
        case .killed(let signal): throw Failure(description: "sendmail died of signal \(signal)\(said)")
        }
    }

    private func log(_ entries: [LogMessage.Entry], _ facility: String) throws(Failure) {
        let log = SystemLog(socket: surroundings.located("/dev/log"))
        let code = Self.code(of: facility)
        var hasJournal = true
        for entry in entries {
            if hasJournal {
                let fields = Self.fields(entry, code)
                hasJournal = try patiently { () throws(Errno) in try surroundings.journal.send(fields) }
            }
            guard !hasJournal else { continue }
            let now = surroundings.now()
            let isTaken = try patiently { () throws(Errno) in
                try log.send(entry.line, facility: code, priority: entry.priority, at: now)
            }
            guard isTaken else { throw Failure(description: "neither systemd's journal nor a syslog daemon listens") }
        }
    }

    /// Returns false where nobody listens.
    private func patiently(_ send: () throws(Errno) -> Void) throws(Failure) -> Bool {
        for attempt in 1...Self.logAttempts {
            do throws(Errno) {
                try send()
                return true
            } catch {
                switch error {
                case .noSuchFileOrDirectory, .connectionRefused: return false
                case .wouldBlock where attempt < Self.logAttempts: pause(.milliseconds(100))
                default: throw Failure(description: "cannot write to the system's log: \(error)")
                }
            }
        }
        return false
    }

    private static func fields(_ entry: LogMessage.Entry, _ facility: Int) -> [(name: String, value: [UInt8])] {
        let usual = [
            ("MESSAGE", entry.line), ("PRIORITY", "\(entry.priority)"), ("SYSLOG_FACILITY", "\(facility)"),
            ("SYSLOG_IDENTIFIER", "cachewarden"),
        ]
        return (usual + entry.fields.map { ($0.name, $0.value) }).map { ($0.0, Array($0.1.utf8)) }
    }

    /// The numbers of `syslog(3)`, without the shift.
    private static func code(of facility: String) -> Int {
        let named = ["user": 1, "daemon": 3, "auth": 4, "cron": 9, "authpriv": 10]
        if let code = named[facility] { return code }
        return 16 + (facility.last?.wholeNumberValue ?? 0)
    }
}
