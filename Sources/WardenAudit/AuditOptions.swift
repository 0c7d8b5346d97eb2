package import WardenModel

/// How a log is kept.
package struct AuditOptions: Sendable {
    /// What takes a record that no disk has room for; throws where it cannot.
    ///
    /// It is given the record's place in the chain and its line, without the line break.
    package typealias Substitute = @Sendable (AuditHead, [UInt8]) throws -> Void

    /// The size at which a new file is begun. A file always takes one record more than none.
    package var rotateSize = ByteCount(64 << 20)
    /// How many older files stay.
    package var keep = 12
    /// How much room is kept for the day on which the disk is full; none for `.zero`.
    ///
    /// As much as the longest record there can be. The first thing that a run with a full disk must write is what it is
    /// about to remove; once that is gone there is room again. A record of 1,024 evictions of Go's own names takes some
    /// 150 KB, so that the intentions of a hundred threads fit as well.
    package var reserve = ByteCount(UInt64(RecordFormat.longestLine))
    /// What records are authenticated with; `nil` for the plain chain.
    package var key: AuditKey?
    /// Where records go for which even the reserve is too small; `nil`: the run ends.
    package var substitute: Substitute?

    package init() {}
}

/// How a run's part of a log ended.
package struct AuditEnding: Sendable {
    /// The last record, which is on the disk, or in the journal where `notes` say so.
    package let head: AuditHead
    /// What whoever looks after the host must know: sentences without a full stop.
    package let notes: [String]
}
