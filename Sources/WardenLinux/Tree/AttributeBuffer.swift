internal import CLinux
internal import Glibc

/// One thread's buffer for extended attributes.
@safe package final class AttributeBuffer {
    /// An ACL of 500 entries; the kernel itself allows 64 KiB, no honest cache comes near.
    private static let size = 4_096
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)

    package init() {}

    deinit { unsafe memory.deallocate() }

    /// Reads an attribute of a name in a directory and returns its length, or a negated `errno`.
    func read(_ attribute: StaticString, of name: UnsafePointer<CChar>, in directory: borrowing OwnedDescriptor) -> Int
    {
        unsafe attribute.utf8Start.withMemoryRebound(to: CChar.self, capacity: attribute.utf8CodeUnitCount + 1) {
            unsafe clinux_getxattr(directory.number, name, $0, memory, Self.size)
        }
    }

    /// Reads an attribute of what is open; works on `O_PATH` descriptors.
    func read(_ attribute: StaticString, of file: borrowing OwnedDescriptor) -> Int {
        let number = file.number
        return unsafe attribute.utf8Start.withMemoryRebound(
            to: CChar.self, capacity: attribute.utf8CodeUnitCount + 1
        ) {
            unsafe clinux_getxattr(number, "", $0, memory, Self.size)
        }
    }

    /// Returns the first `count` bytes that were read; good until the next `read`.
    func bytes(_ count: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: memory, count: count)
    }
}
