package import SystemPackage
internal import WardenLinux

extension FilePath {
    /// Returns a path of these bytes, UTF-8 or not; they must hold no NUL.
    package init(nameBytes bytes: some Sequence<UInt8>) { self = FixtureCalls.path(bytes) }
}
