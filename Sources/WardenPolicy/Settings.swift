package import SystemPackage
package import WardenModel

/// The agent's own settings, which stand in agent.yaml.
package struct Settings: Hashable, Sendable {
    package struct Audit: Hashable, Sendable {
        /// What to do where a record cannot be written.
        package enum WhenFull: String, Hashable, Sendable, CaseIterable {
            /// Change nothing more.
            case stop
            /// Write the record to the journal and go on with evictions alone.
            case journal
        }

        /// `nil` for the default of who runs the agent.
        package var path: FilePath?
        package var rotateSize = ByteCount(64 << 20)
        /// How many rotated files stay.
        package var keep = 12
        package var whenFull: WhenFull = .stop

        package init() {}
    }

    /// One receiver of findings.
    package struct Notification: Hashable, Sendable {
        package enum Channel: Hashable, Sendable {
            /// The name of a systemd credential that holds the webhook's URL.
            case slack(credential: String)
            /// `key` is the name of the credential that holds the secret of the signature.
            case webhook(credential: String, key: String?)
            /// The name of a systemd credential that holds an Alertmanager's URL.
            case alertmanager(credential: String)
            case mail(to: [String])
            case syslog(facility: String)
        }

        package let channel: Channel
        package let atLeast: Severity
        /// How long the same finding stays quiet after it was sent; `nil` for no reminders.
        package let remind: Duration?

        package init(channel: Channel, atLeast: Severity, remind: Duration?) {
            self.channel = channel
            self.atLeast = atLeast
            self.remind = remind
        }
    }

    package var labels: [String: String] = [:]
    package var audit = Audit()
    /// The file for node_exporter's textfile collector; `nil` writes none.
    package var metricsTextfile: FilePath?
    package var notifications: [Notification] = []

    /// Returns the settings of a host without a settings file.
    package init() {}
}
