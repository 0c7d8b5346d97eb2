internal import CLinux

/// What the kernel tells of one name in a directory that is watched.
package struct NameEvent: Hashable, Sendable {
    /// The directory, by what it was given when it was watched.
    package enum Directory: Hashable, Sendable {
        /// Its handle, type first. Corresponds to `name_to_handle_at(2)`.
        case handle([UInt8])
        /// The number of its watch. Corresponds to `inotify_add_watch(2)`.
        case watch(Int32)
    }

    /// What has happened; one event may tell several things.
    package struct Facts: OptionSet, Hashable, Sendable {
        package let rawValue: Int32

        package init(rawValue: Int32) { self.rawValue = rawValue }

        /// Events were dropped: nothing is known of any name.
        package static let lost = Facts(rawValue: CLINUX_NAME_LOST)
        /// The directory itself is no more.
        package static let end = Facts(rawValue: CLINUX_NAME_END)
        package static let created = Facts(rawValue: CLINUX_NAME_CREATED)
        /// It has come by `rename(2)`.
        package static let movedHere = Facts(rawValue: CLINUX_NAME_MOVED_HERE)
        /// Closed by somebody who could write to it.
        package static let written = Facts(rawValue: CLINUX_NAME_WRITTEN)
        package static let opened = Facts(rawValue: CLINUX_NAME_OPENED)
        /// The name is a directory's.
        package static let directory = Facts(rawValue: CLINUX_NAME_DIRECTORY)
        /// This process did it.
        package static let own = Facts(rawValue: CLINUX_NAME_OWN)
        /// No event told of it: it was in a directory when that came.
        package static let found = Facts(rawValue: 1 << 30)
    }

    package let directory: Directory
    /// `.` for the directory itself; empty where none is told.
    package let name: [UInt8]
    package let facts: Facts
    /// Who did it; `nil` where the kernel does not say.
    package let process: Int32?
    /// Whether that process had ended when the event was read: its number may be another's by now.
    package let isGone: Bool
}

extension NameEvent {
    init(_ event: clinux_traced) {
        let handle = unsafe UnsafeRawBufferPointer(start: event.handle, count: event.handle_length)
        let name = unsafe UnsafeRawBufferPointer(start: event.name, count: event.name_length)
        let process = unsafe event.process
        self.init(
            directory: .handle(unsafe Array(handle)), name: unsafe Array(name),
            facts: Facts(rawValue: unsafe event.facts), process: process > 0 ? process : nil,
            isGone: unsafe event.is_gone != 0)
    }

    init(_ event: clinux_event) {
        let name = unsafe event.withName { span in unsafe span.withUnsafeBytes { unsafe Array($0) } }
        self.init(
            directory: .watch(unsafe event.watch), name: name, facts: Facts(rawValue: unsafe event.facts), process: nil,
            isGone: false)
    }
}
