internal import Glibc
package import SystemPackage

/// What the kernel knows of a terminal.
package enum TerminalDevice {
    /// Corresponds to `isatty(3)`.
    package static func isTerminal(_ file: FileDescriptor) -> Bool { isatty(file.rawValue) == 1 }

    /// Returns how many columns a terminal has, `nil` for what is none. Corresponds to `ioctl(2)` with `TIOCGWINSZ`.
    package static func columns(_ file: FileDescriptor) -> Int? {
        var size = winsize()
        guard unsafe ioctl(file.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
