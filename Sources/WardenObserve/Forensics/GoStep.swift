internal import SystemPackage
package import WardenLinux
package import WardenModel

/// What is to be known of the tools that `go` starts: `go tool` lists them.
package enum GoStep {
    private static let names = ["asm", "cgo", "compile", "cover", "covdata", "link", "pack", "vet"]

    /// Whether a process runs one: by its name, and out of a toolchain's `pkg/tool` unless the kernel hides its file.
    package static func isTool(_ program: HostProcess.Program) -> Bool {
        switch program.executable {
        case .hidden: return names.contains { $0.utf8.elementsEqual(program.name) }
        case .file(let path), .removed(let path):
            let parts = path.components.suffix(4).map(\.string)
            return parts.count == 4 && parts[0] == "pkg" && parts[1] == "tool" && names.contains(parts[3])
        }
    }

    /// Returns what a tool works on: compiler and assembler are told by `-p`, cgo by `-importpath`.
    package static func step(of process: HostProcess) -> GoActivity.Step {
        let words = process.arguments.words
        let flag = [Array("-p".utf8), Array("-importpath".utf8)]
        // What does not fit into the first 4 KiB is not looked for; the flag comes before the files.
        let package = words.indices.dropLast().first { flag.contains(words[$0]) }.map { words[$0 + 1] }
        return GoActivity.Step(tool: escapedForDisplay(process.program.name), package: package.map(escapedForDisplay))
    }
}
