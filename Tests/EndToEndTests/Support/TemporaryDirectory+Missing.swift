import SystemPackage
import WardenTestSupport

extension TemporaryDirectory {
    /// Makes a directory unless one is there.
    borrowing func makeDirectoryIfMissing(_ name: FilePath) throws {
        if try !exists(name) { try makeDirectory(name) }
    }
}
