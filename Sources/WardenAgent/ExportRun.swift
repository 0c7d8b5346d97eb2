internal import WardenModel
internal import WardenPolicy
package import WardenReport

/// What is handed to other programs and depends on the policies in force. Looks at no cache.
package struct ExportRun {
    private let request: RunRequest
    private let surroundings: Surroundings

    package init(_ request: RunRequest, in surroundings: Surroundings) {
        self.request = request
        self.surroundings = surroundings
    }

    /// Returns what the policies in force have that alerts can be about; all of it where there are no policies.
    package func alertSubjects() throws -> Set<AlertSubject> {
        let store = PolicyStore(surroundings)
        let files = try store.files(request.policies)
        let loaded = try store.load(
            files, settings: request.settings, labels: request.labels,
            hostName: request.hostName ?? surroundings.hostName)
        guard !files.isEmpty else { return Set(AlertSubject.allCases) }
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
}
