internal import CLinux

/// The memory that this process has from the kernel.
package enum ProcessMemory {
    /// Gives back what the allocator keeps and nobody uses. Corresponds to `malloc_trim(3)`.
    package static func giveBack() { clinux_trim_memory() }
}
