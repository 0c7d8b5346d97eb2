internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenPlan
internal import WardenPolicy
package import WardenReport

/// What is handed to other programs and depends on the policies in force. Looks into no cache.
package struct ExportRun {
    private let request: RunRequest
    private let surroundings: Surroundings

    package init(_ request: RunRequest, in surroundings: Surroundings) {
        self.request = request
        self.surroundings = surroundings
    }

    /// Returns what the policies in force have that alerts can be about; all of it where there are no policies.
    package func alertSubjects() throws -> Set<AlertSubject> {
        let loaded = try PolicyStore(surroundings).load(for: request)
        guard loaded.fileCount > 0 else { return Set(AlertSubject.allCases) }
        var subjects: Set<AlertSubject> = []
        for policy in loaded.selected {
            if policy.mode == .enforce { subjects.insert(.enforced) }
            if !policy.waivers.isEmpty { subjects.insert(.waivers) }
            for retention in policy.caches.compactMap(\.retention) {
                subjects.insert(.retention)
                if retention.maxSize != nil { subjects.insert(.maxSize) }
                if retention.maxEntries != nil { subjects.insert(.maxEntries) }
                if retention.minFree != nil { subjects.insert(.minFree) }
            }
        }
        return subjects
    }

    /// Returns what the policies in force ask of the sandboxes of the agent's units; of settings alone without policies.
    package func unitNeeds() throws -> UnitNeeds {
        unitNeeds(of: try PolicyStore(surroundings).load(for: request))
    }

    /// Returns what the settings alone ask, whatever the policies are: those who are told of wrong ones must be reached.
    package func settingsNeeds() throws -> UnitNeeds {
        let loaded = try PolicyStore(surroundings).load(
            [], settings: request.settings, labels: request.labels, hostName: surroundings.hostName)
        return UnitNeeds(credentials: credentials(of: loaded.settings))
    }

    /// Returns the same of what was read.
    func unitNeeds(of loaded: LoadedPolicies) -> UnitNeeds {
        let (selected, settings) = (loaded.selected, loaded.settings)
        let enforced = selected.filter { $0.mode == .enforce }
        return UnitNeeds(
            caches: selected.flatMap(\.caches).map(\.path),
            folders: deliveryFolders(enforced) + enforced.flatMap(\.toolchains).map { $0.path.removingLastComponent() }
                + [settings.metricsTextfile, settings.audit.path].compactMap { $0?.removingLastComponent() },
            created: enforced.flatMap(\.caches).filter(\.create).map(\.path),
            readsHomes: selected.contains { $0.environment.contains { $0.usersGroup != nil } },
            becomesOthers: enforced.contains { policy in
                !policy.toolchains.isEmpty || policy.caches.contains { $0.retention?.whenExceeded == .clean }
            },
            credentials: credentials(of: settings))
    }

    private func credentials(of settings: Settings) -> [String] {
        settings.notifications.flatMap(\.channel.credentials)
    }

    /// Folders of the files by which variables are delivered, and of those that an earlier policy left, which are to go.
    private func deliveryFolders(_ policies: [Policy]) -> [FilePath] {
        let environment = policies.flatMap(\.environment)
        let toolchains = policies.flatMap(\.toolchains)
        let ways = Set(environment.flatMap(\.deliver))
        let forms = Set(ways.flatMap(\.forms) + (toolchains.contains(where: \.pathEntry) ? [.shell, .csh] : []))
        let own = DeliveryTarget.places.filter { forms.contains($0.form) || isThere($0.path) }
        let go = ways.contains(.goEnv) ? DeliveryTarget.usualToolchains + toolchains.map(\.path) : []
        return own.map { $0.path.removingLastComponent() } + go
    }

    private func isThere(_ path: FilePath) -> Bool {
        do throws(FileError) {
            return try TrustedFile.kind(of: surroundings.located(path), trusting: .rootAndCaller) != nil
        } catch {
            // What cannot be looked at may be there.
            return !error.isMissing
        }
    }
}

extension Settings.Notification.Channel {
    /// The names of the systemd credentials that it needs.
    fileprivate var credentials: [String] {
        switch self {
        case .slack(let credential), .alertmanager(let credential): [credential]
        case .webhook(let credential, let key): [credential] + [key].compactMap { $0 }
        case .mail, .syslog: []
        }
    }
}
