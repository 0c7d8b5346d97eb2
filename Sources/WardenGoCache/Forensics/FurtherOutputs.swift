/// What cmd/go stores of compiling a package beside its archive: each under a key of the archive's action and a name.
///
/// See `cacheObjdirFile`, `cacheSrcFiles` and `updateBuildID` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/work>.
package enum FurtherOutputs {
    /// The list of the package's source files, in which generated ones stand too.
    package static let sourceList = Array("srcfiles".utf8)
    /// What is stored under the same name for every package: what the compiler and the linker printed, the list, and the
    /// header that cgo makes for C archives.
    package static let names = ["stdout", "link-stdout", "srcfiles", "_cgo_install.h"].map { Array($0.utf8) }
    /// What the name of a package's coverage data begins with; the SHA-256 of the import path follows, in hexadecimal.
    package static let coveragePrefix = "covmeta."

    /// More files than cgo and the coverage tool make of any package: nobody's list makes the agent hash without end.
    private static let most = 256
    private static let longest = 255

    /// Returns the names of generated files in a list of source files. Others begin with `./`, and are not stored.
    package static func generated(in list: [UInt8]) -> [[UInt8]] {
        list.split(separator: UInt8(ascii: "\n"))
            .filter { !$0.contains(UInt8(ascii: "/")) && $0.count <= longest }
            .prefix(most).map { Array($0) }
    }
}
