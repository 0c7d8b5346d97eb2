internal import CLinux

/// How this process shares the disks with others.
package enum DiskPriority {
    /// Makes this thread, and those that it starts, read and write only when nobody else does.
    ///
    /// Corresponds to `ioprio_set(2)` with `IOPRIO_CLASS_IDLE`; only some of the kernel's schedulers look at it. Returns
    /// whether it took effect: a class that somebody has chosen stays, and without the right nothing changes.
    @discardableResult package static func yield() -> Bool { clinux_yield_disk() == 1 }
}
