internal import WardenModel

/// One thing that happened, with everything that a reader needs to understand it without the host.
package enum AuditEvent: Hashable, Sendable {
    case runStarted(RunStarted)
    /// Written, and on the disk, before the first of the changes is made.
    case changesIntended(ChangesIntended)
    case changesConcluded(ChangesConcluded)
    /// Written before names are removed or times set by retention.
    case retentionIntended(RetentionIntended)
    case retentionConcluded(RetentionConcluded)
    /// Written, and on the disk, before the file is changed.
    case fileIntended(FileIntended)
    case fileConcluded(FileConcluded)
    /// Written, and on the disk, before anything is unpacked.
    case toolchainIntended(ToolchainIntended)
    case toolchainConcluded(ToolchainConcluded)
    /// How a cache was found and left: what history is made of.
    case cacheMeasured(CacheMeasured)
    case hostMeasured(HostMeasured)
    case runEnded(RunEnded)
    /// Written by the log itself.
    case logStarted(LogStarted)
    /// Written by the log itself.
    case recovered(Recovered)
    /// Written by the log itself.
    case keyChanged(KeyChanged)
    /// Written by the log itself.
    case reserveUsed(ReserveUsed)
    /// Written by the log itself.
    case journaled(Journaled)

    package var kind: AuditEventKind {
        switch self {
        case .runStarted: .runStarted
        case .changesIntended: .changesIntended
        case .changesConcluded: .changesConcluded
        case .retentionIntended: .retentionIntended
        case .retentionConcluded: .retentionConcluded
        case .fileIntended: .fileIntended
        case .fileConcluded: .fileConcluded
        case .toolchainIntended: .toolchainIntended
        case .toolchainConcluded: .toolchainConcluded
        case .cacheMeasured: .cacheMeasured
        case .hostMeasured: .hostMeasured
        case .runEnded: .runEnded
        case .logStarted: .logStarted
        case .recovered: .recovered
        case .keyChanged: .keyChanged
        case .reserveUsed: .reserveUsed
        case .journaled: .journaled
        }
    }

    /// The event's own members.
    var payload: any Encodable {
        switch self {
        case .runStarted(let event): event
        case .changesIntended(let event): event
        case .changesConcluded(let event): event
        case .retentionIntended(let event): event
        case .retentionConcluded(let event): event
        case .fileIntended(let event): event
        case .fileConcluded(let event): event
        case .toolchainIntended(let event): event
        case .toolchainConcluded(let event): event
        case .cacheMeasured(let event): event
        case .hostMeasured(let event): event
        case .runEnded(let event): event
        case .logStarted(let event): event
        case .recovered(let event): event
        case .keyChanged(let event): event
        case .reserveUsed(let event): event
        case .journaled(let event): event
        }
    }
}
