internal import SystemPackage
internal import WardenModel
internal import WardenYAML

/// The keys of agent.yaml.
enum SettingsDescription {
    private static let labels = Field(
        "labels", LabelDescription.type, example: ["role": "builder"], "The host's labels, which policies select by.")
    private static let audit = Field("audit", auditType, "The audit log.")
    private static let metrics = Field("metrics", metricsType, "Where metrics go.")
    private static let notify = Field(
        "notify", ValueType<[Settings.Notification]>.list(of: NotificationDescription.type), default: [],
        "Who hears of findings.")

    private static let auditPath = Field(
        "path", .path, example: "/var/log/cachewarden/audit.jsonl", "The log file; its folder belongs to the agent.")
    private static let rotateSize = Field(
        "rotate-size", .size, default: "64MiB", "The size at which a new file is begun.")
    private static let keep = Field("keep", .count(largest: 10_000), default: 12, "How many old files stay.")
    private static let whenFull = Field(
        "when-full", .word(Settings.Audit.WhenFull.self), default: "stop",
        "stop: change nothing that cannot be logged; journal: log there and go on with evictions.")

    private static let auditType = ValueType<Settings.Audit>.record(
        [auditPath.description, rotateSize.description, keep.description, whenFull.description]
    ) { record, reading in
        var audit = Settings.Audit()
        audit.path = record.value(auditPath, &reading)
        audit.rotateSize = record.value(rotateSize, &reading) ?? audit.rotateSize
        audit.keep = record.value(keep, &reading) ?? audit.keep
        audit.whenFull = record.value(whenFull, &reading) ?? audit.whenFull
        return audit
    }

    private static let textfile = Field(
        "textfile", .path, example: "/var/lib/prometheus/node-exporter/cachewarden.prom",
        "A file in the folder of node_exporter's textfile collector.")
    private static let metricsType = ValueType<FilePath>.record([textfile.description]) { record, reading in
        guard let path = record.value(textfile, &reading) else { return nil }
        if path.extension != "prom" {
            reading.error(
                "bad-path", at: record.mark(of: textfile),
                "node_exporter reads only names that end in '.prom'; found '\(shortened(path.string))'")
        }
        return path
    }

    static let type = ValueType<Settings>.record(
        [
            PolicyDescription.version.description, labels.description, audit.description, metrics.description,
            notify.description,
        ]
    ) { record, reading in
        _ = record.value(PolicyDescription.version, &reading)
        var settings = Settings()
        settings.labels = record.value(labels, &reading) ?? [:]
        settings.audit = record.value(audit, &reading) ?? settings.audit
        settings.metricsTextfile = record.value(metrics, &reading)
        settings.notifications = record.value(notify, &reading) ?? []
        return settings
    }
}

/// The keys of one item of `notify`.
enum NotificationDescription {
    /// The name of a systemd credential. What looks like the secret itself is refused without repeating it.
    private static let credentialType = ValueType<String>(
        schema: ["type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"]
    ) { node, reading in
        if let text = node.scalar?.text, isLabel(text), !text.contains("hooks.") { return text }
        if !node.isRefused {
            reading.reportSecret(
                .secretInSettings, at: node.mark,
                "a credential is named here, its value stands elsewhere; what was found is not repeated: "
                    + "if it is the secret itself, replace it", "slack-webhook, with LoadCredential= in the unit")
        }
        return nil
    }

    private static let credential = Field(
        "credential", credentialType, required: true, example: "slack-webhook",
        "The name of a systemd credential (LoadCredential=) that holds the URL.")
    private static let hookType = ValueType<String>.record([credential.description]) { record, reading in
        record.value(credential, &reading)
    }

    private static let key = Field(
        "key", credentialType, example: "webhook-key",
        "The name of a systemd credential that holds the secret of the signature; left out: none is sent.")
    private static let webhookType = ValueType<Settings.Notification.Channel>.record(
        [credential.description, key.description]
    ) { record, reading in
        let key = record.value(key, &reading)
        return record.value(credential, &reading).map { .webhook(credential: $0, key: key) }
    }

    private static let addressType = ValueType<String>(
        schema: ["type": "string", "pattern": "^[^@\\s<>,;-][^@\\s<>,;]*@[A-Za-z0-9.-]+$", "maxLength": 254]
    ) { node, reading in
        guard let text = plainText(node, "an address", &reading, longest: 254) else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isClean = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f } && !text.contains { "<>,;".contains($0) }
        guard isClean, parts.count == 2, !parts[0].isEmpty, !parts[0].hasPrefix("-"), !parts[1].isEmpty else {
            reading.error(
                "bad-address", at: node.mark, "an address is one name at one host; found \(node.found)",
                "ops@example.com")
            return nil
        }
        return text
    }
    private static let to = Field(
        "to", ValueType<[String]>.list(of: addressType, emptyHint: "name at least one address"), required: true,
        example: ["ops@example.com"], "Addresses; the mail goes through /usr/sbin/sendmail.")
    private static let mailType = ValueType<[String]>.record([to.description]) { record, reading in
        record.value(to, &reading)
    }

    private static let facilities =
        ["auth", "authpriv", "cron", "daemon", "user"] + (0...7).map { "local\($0)" }
    private static let facility = Field(
        "facility", .word(facilities.map { ($0, $0) }), default: "daemon", "The syslog facility.")
    private static let syslogType = ValueType<String>.record([facility.description]) { record, reading in
        record.value(facility, &reading) ?? "daemon"
    }

    private static let slack = Field("slack", hookType, "A Slack webhook.")
    private static let webhook = Field("webhook", webhookType, "A webhook that takes alerts as JSON.")
    private static let alertmanager = Field("alertmanager", hookType, "Prometheus's Alertmanager, by its API v2.")
    private static let mail = Field("mail", mailType, "Mail.")
    private static let syslog = Field("syslog", syslogType, "syslog.")
    private static let atLeast = Field(
        "at-least", .word(Severity.self), default: "high", "The least severity that is sent.")
    private static let remind = Field(
        "remind", .duration, example: "24h", "How long the same finding stays quiet; left out: it is sent once.")

    private static let channels = [
        slack.description, webhook.description, alertmanager.description, mail.description, syslog.description,
    ]

    static let type = ValueType<Settings.Notification>.record(
        channels + [atLeast.description, remind.description],
        also: [("oneOf", .array(channels.map { ["required": [.string($0.key)]] }))]
    ) { record, reading in
        let before = reading.errorCount
        let found: [Settings.Notification.Channel?] = [
            record.value(slack, &reading).map { .slack(credential: $0) },
            record.value(webhook, &reading),
            record.value(alertmanager, &reading).map { .alertmanager(credential: $0) },
            record.value(mail, &reading).map { .mail(to: $0) },
            record.value(syslog, &reading).map { .syslog(facility: $0) },
        ]
        let atLeast = record.value(atLeast, &reading) ?? .high
        let remind = record.value(remind, &reading)
        let channels = found.compactMap { $0 }
        guard channels.count == 1, let channel = channels.first else {
            if reading.errorCount == before {
                reading.error(
                    "one-channel", at: record.mark,
                    "each item has exactly one of slack, webhook, alertmanager, mail and syslog; found \(channels.count)"
                )
            }
            return nil
        }
        return Settings.Notification(channel: channel, atLeast: atLeast, remind: remind)
    }
}
