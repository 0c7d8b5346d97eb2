internal import SystemPackage
internal import WardenModel

/// Where a trace has its events from.
enum TraceEvents {
    case fanotify(FanotifyEvents)
    case inotify(DirectoryEvents)

    var method: TraceMethod {
        switch self {
        case .fanotify: .fanotify
        case .inotify: .inotify
        }
    }

    var descriptorNumber: CInt {
        switch self {
        case .fanotify(let events): events.descriptor.number
        case .inotify(let events): events.descriptor.number
        }
    }

    /// Watches an open directory, and returns what events name it by.
    func add(_ directory: borrowing OwnedDescriptor) throws(Errno) -> NameEvent.Directory {
        switch self {
        case .fanotify(let events): return .handle(try events.add(directory))
        case .inotify(let events): return .watch(try events.add(directory, .names))
        }
    }

    /// Reads the events that wait; false where none does.
    func fill() throws(Errno) -> Bool {
        switch self {
        case .fanotify(let events): return try events.fill()
        case .inotify(let events): return try events.fill()
        }
    }

    /// Returns the next event; `nil` where those that were read end.
    func next() throws(Errno) -> NameEvent? {
        switch self {
        case .fanotify(let events): return try events.next()
        case .inotify(let events):
            guard let event = unsafe try events.next() else { return nil }
            return unsafe NameEvent(event)
        }
    }
}
