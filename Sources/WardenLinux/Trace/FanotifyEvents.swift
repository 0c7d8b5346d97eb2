internal import CLinux
package import SystemPackage

/// Tells what happens to names in directories that are watched, and who does it. Corresponds to `fanotify(7)`.
///
/// The kernel keeps a bounded number of events; where more come it drops them, and says so with one that names no directory.
@safe package final class FanotifyEvents {
    /// A block that holds a hundred events of a Go build cache. Each has a descriptor of its process open until it is read, and
    /// a process may have no more than a thousand.
    private static let size = 16_384
    let descriptor: OwnedDescriptor
    private let reads: CInt
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    private var filled = 0
    private var offset = 0

    /// - Parameter reads: Whether it is told who opens a name.
    ///
    /// Throws `.notPermitted` without `CAP_SYS_ADMIN`, `.invalidArgument` before Linux 5.15.
    init(reads: Bool) throws(Errno) {
        self.reads = reads ? 1 : 0
        descriptor = OwnedDescriptor(adopting: FileDescriptor(rawValue: try retrying { clinux_fanotify() }))
    }

    deinit {
        discard()
        unsafe memory.deallocate()
    }

    /// Watches an open directory, whatever becomes of its name, and returns its handle.
    ///
    /// Throws `.notSupported`, `.operationNotSupportedByDevice` or `.improperLink` where the file system has no handles that
    /// events could name, `.noSpace` where the user has as many marks as `fs.fanotify.max_user_marks` allows.
    func add(_ directory: borrowing OwnedDescriptor) throws(Errno) -> [UInt8] {
        let (events, directory, reads) = (descriptor.number, directory.number, reads)
        let handle = try Self.handle(of: directory)
        _ = try retrying { clinux_fanotify_add(events, directory, reads) }
        return handle
    }

    private static func handle(of directory: CInt) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(CLINUX_HANDLE_SIZE))
        let count = try retryingCount {
            unsafe bytes.withUnsafeMutableBytes { unsafe clinux_handle(directory, $0.baseAddress, $0.count) }
        }
        return Array(bytes.prefix(count))
    }

    /// Reads the events that wait; false where none does.
    func fill() throws(Errno) -> Bool {
        discard()
        offset = 0
        filled = 0
        filled = try retryingCount { unsafe clinux_fanotify_read(descriptor.number, memory, Self.size) }
        return filled > 0
    }

    /// Returns the next event; `nil` where the block ends.
    func next() throws(Errno) -> NameEvent? {
        guard offset < filled else { return nil }
        return try unsafe Self.event(UnsafeRawPointer(memory), filled, &offset)
    }

    /// Ends the descriptors of the events that nobody has asked for.
    private func discard() {
        // What is no event ends the block.
        while (try? next()) != nil {}
    }

    private static func event(
        _ block: UnsafeRawPointer, _ filled: Int, _ offset: inout Int
    ) throws(Errno) -> NameEvent {
        var event = unsafe clinux_traced()
        let end = unsafe clinux_fanotify_event(block, filled, offset, &event)
        guard end > offset else {
            // Behind what is no event the next cannot be found.
            offset = filled
            throw .badMessage
        }
        offset = end
        return unsafe NameEvent(event)
    }

    /// Returns the events of a block that the kernel may have written; throws `.badMessage` where it has not. The descriptors
    /// in it are closed.
    package static func events(in block: [UInt8]) throws(Errno) -> [NameEvent] {
        let found: Result<[NameEvent], Errno> = unsafe block.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return .success([]) }
            var events: [NameEvent] = []
            var offset = 0
            do throws(Errno) {
                while offset < bytes.count { events.append(try unsafe Self.event(base, bytes.count, &offset)) }
                return .success(events)
            } catch {
                return .failure(error)
            }
        }
        return try found.get()
    }
}
