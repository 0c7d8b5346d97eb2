package import SystemPackage
internal import WardenLinux
internal import WardenModel

/// What a test may ask of the process that it runs in, for `.enabled(if:)`.
package enum TestProcess {
    /// Whether the test may change ownership and become other users.
    package static var isRoot: Bool { FixtureCalls.effectiveUser == .root }

    package static var user: UserID { FixtureCalls.effectiveUser }
    package static var group: GroupID { FixtureCalls.effectiveGroup }

    /// Returns a variable of the environment, or `nil`.
    package static func environment(_ name: String) -> String? { FixtureCalls.environment(name) }
}
