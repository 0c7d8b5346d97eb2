package import SystemPackage

/// A program to run, with everything that it gets from outside.
package struct ChildCommand: Hashable, Sendable {
    /// An absolute path; `PATH` is not searched.
    package let executable: FilePath
    /// The program's own name first (`argv`). No bytes may be NUL.
    package let arguments: [[UInt8]]
    /// All variables, as `NAME=value`; nothing is inherited (`environ(7)`). No bytes may be NUL.
    package let environment: [[UInt8]]

    package init(_ executable: FilePath, arguments: [[UInt8]], environment: [[UInt8]]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}
