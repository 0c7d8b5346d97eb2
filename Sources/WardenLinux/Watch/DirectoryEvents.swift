internal import CLinux
internal import SystemPackage

/// Tells what happens to directories that are watched. Corresponds to `inotify(7)`.
///
/// The kernel keeps a bounded number of events; where more come it drops them, and says so with one that names no watch.
@safe final class DirectoryEvents {
    /// What a watch tells of.
    enum Interest {
        case names
        case namesAndSelf

        fileprivate var number: CInt { self == .names ? CLINUX_WATCH_NAMES : CLINUX_WATCH_NAMES_AND_SELF }
    }

    /// A block that holds more than a thousand events of a Go build cache.
    private static let size = 131_072
    let descriptor: OwnedDescriptor
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    private var filled = 0
    private var offset = 0

    /// Throws `.tooManyOpenFiles` where the user has as many instances as `fs.inotify.max_user_instances` allows.
    init() throws(Errno) {
        descriptor = OwnedDescriptor(adopting: FileDescriptor(rawValue: try retrying { clinux_inotify() }))
    }

    deinit { unsafe memory.deallocate() }

    /// Watches an open directory, whatever becomes of its name, and returns the watch's number.
    ///
    /// Throws `.noSpace` where the user has as many watches as `fs.inotify.max_user_watches` allows.
    func add(_ directory: borrowing OwnedDescriptor, _ interest: Interest) throws(Errno) -> CInt {
        let (events, directory) = (descriptor.number, directory.number)
        return try retrying { clinux_inotify_add(events, directory, interest.number) }
    }

    /// Ends a watch; one that has ended by itself is no error.
    func remove(_ watch: CInt) { _ = clinux_inotify_remove(descriptor.number, watch) }

    /// Reads the events that wait; false where none does.
    func fill() throws(Errno) -> Bool {
        offset = 0
        filled = 0
        filled = try retryingCount { unsafe clinux_inotify_read(descriptor.number, memory, Self.size) }
        return filled > 0
    }

    /// Returns the next event, whose name is good until the next `fill`; `nil` where the block ends.
    func next() throws(Errno) -> clinux_event? {
        guard offset < filled else { return nil }
        var event = unsafe clinux_event()
        let end = unsafe clinux_inotify_event(memory, filled, offset, &event)
        guard end > offset else { throw .badMessage }
        offset = end
        return unsafe event
    }
}

extension clinux_event {
    /// Calls `body` with the bytes of the name.
    func withName<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(start: name, count: length)
        return unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }
}
