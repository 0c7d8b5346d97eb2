package import SystemPackage

/// Something that happened to one entry of a cache while it was traced.
package struct TracedEntry: Hashable, Sendable {
    package enum Event: String, Hashable, Sendable, CaseIterable {
        /// Nothing had this name since tracing began, and its content is as old as the event.
        case created
        /// Written again.
        case rewritten
        /// Opened and not written: a hit.
        case read
    }

    /// Who did it.
    package enum Writer: Hashable, Sendable {
        case process(TracedProcess)
        /// No process is known: the owner of what was written.
        case owner(UserID)
        /// Nothing is known: the process had ended before it was looked at, or what it wrote has gone.
        case unknown
    }

    package let at: Timestamp
    /// Below the cache root.
    package let path: RelativePath
    package let event: Event
    /// Its length; `nil` where it had gone before it was looked at.
    package let size: ByteCount?
    package let owner: UserID?
    package let writer: Writer
    /// `nil` for an action, and for what is neither action nor output.
    package let kind: OutputKind?
    /// The import path that it belongs to, escaped; `nil` where nothing says so.
    package let package: String?

    package init(
        at: Timestamp, path: RelativePath, event: Event, size: ByteCount?, owner: UserID?, writer: Writer,
        kind: OutputKind?, package: String?
    ) {
        self.at = at
        self.path = path
        self.event = event
        self.size = size
        self.owner = owner
        self.writer = writer
        self.kind = kind
        self.package = package
    }
}
