import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenObserve
import WardenTestSupport

/// Real toolchains as small archives: what a build with nothing but a few packages of the standard library needs.
enum ToolchainArchive {
    struct Failure: Error { let script: String }

    /// The newest two releases that are prepared, the older first.
    static let pair: (old: GoToolchain, new: GoToolchain)? = {
        let modern = GoToolchain.all.filter { $0.version.lexicographicallyPrecedes([1, 21]) == false }
        return modern.count < 2 ? nil : (modern[modern.count - 2], modern[modern.count - 1])
    }()
    static let reason = "needs root, and two Go toolchains of 1.21 or newer as $CACHEWARDEN_TEST_TOOLCHAINS/go-*/bin/go"
    static var isPossible: Bool { TestProcess.isRoot && pair != nil }

    /// Packs a toolchain into `name`, as the archives of go.dev are packed: everything below `go/`.
    static func pack(_ toolchain: GoToolchain, as name: String, in directory: borrowing TemporaryDirectory) throws {
        let tools = "asm|buildid|compile|cgo|link"
        let sources =
            "internal|runtime|unsafe|errors|io|os|sync|math|unicode|sort|slices|cmp|iter|reflect|strconv|syscall|time|path|vendor"
        let script = """
            cd \(toolchain.root)
            { echo VERSION; echo go.env; echo bin/go; echo pkg/include
              ls -d pkg/tool/*/* | grep -E '/(\(tools))$'
              ls -d src/* | grep -E '^src/(\(sources))$'
            } | tar -cf - --no-recursion --exclude='*_test.go' --exclude='testdata' --recursion -T - \\
                --transform 's,^,go/,' | gzip -1 >\(directory.path(FilePath(name)))
            """
        try run(script)
    }

    static func run(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-euc", script]
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(script: script) }
    }

    static func digest(of name: FilePath, in directory: borrowing TemporaryDirectory) throws -> ArchiveDigest {
        let hash = ArchiveHash()
        let bytes = try directory.read(name)
        hash.update(bytes.span)
        return hash.finish()
    }
}
