internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// What is to be known of a process that may be a `go` command.
package enum GoProcess {
    /// Whether a process runs a `go` command. Compilers, linkers and tests are children of one that waits for them.
    ///
    /// Known by the names under which toolchains are installed: `go`, `gotip`, `go1.27.3` (golang.org/dl), `go-1.24`.
    package static func isGo(_ program: HostProcess.Program) -> Bool {
        let file: [UInt8] =
            switch program.executable {
            case .file(let path), .removed(let path):
                path.kernelBytes.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
            case .hidden: []
            }
        return isGo(program.name) || isGo(file)
    }

    private static func isGo(_ name: [UInt8]) -> Bool {
        guard name.starts(with: "go".utf8) else { return false }
        let rest = name.dropFirst(2)
        if rest.isEmpty || rest.elementsEqual("tip".utf8) { return true }
        let version = rest.first == UInt8(ascii: "-") ? rest.dropFirst() : rest
        return version.starts(with: "1.".utf8)
    }

    /// Returns what a `go` command does to a cache beside building.
    ///
    /// - Parameter flags: Its variable `GOFLAGS`.
    package static func activity(of arguments: HostProcess.Arguments, flags: String?) -> RunningBuild.Activity {
        let words = arguments.words
        let flags = flags?.split { " \t\n\r'\"".contains($0) }.map { Array($0.utf8) } ?? []
        if (words + flags).contains(where: isFuzzFlag) { return .fuzzing }
        // A flag may stand in what was cut off.
        return arguments.isCut && words.contains { $0.elementsEqual("test".utf8) } ? .fuzzing : .building
    }

    /// Whether a word is `-fuzz`, in any of the spellings that Go takes, and not `-fuzztime`.
    private static func isFuzzFlag(_ word: [UInt8]) -> Bool {
        guard word.first == UInt8(ascii: "-") else { return false }
        var name = word.dropFirst()
        if name.first == UInt8(ascii: "-") { name = name.dropFirst() }
        if name.starts(with: "test.".utf8) { name = name.dropFirst("test.".utf8.count) }
        return name.prefix { $0 != UInt8(ascii: "=") }.elementsEqual("fuzz".utf8)
    }

    /// Whether a file that a `go` command has open is GOENV's, or is called as such files are.
    static func isSettings(_ file: [UInt8], _ environment: [String: String]) -> Bool {
        let gone = Array(" (deleted)".utf8)
        let path = file.suffix(gone.count).elementsEqual(gone) ? Array(file.dropLast(gone.count)) : file
        if let own = EnvironmentFile.path(in: environment), own.kernelBytes == path { return true }
        return ["/go/env", "/go.env"].contains { path.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }

    /// Returns the first words of a command line, escaped, in at most 80 Unicode scalars; `…` stands for the rest.
    ///
    /// - Parameter name: What stands for a command line that is empty.
    package static func command(_ arguments: HostProcess.Arguments, name: [UInt8]) -> String {
        let words = arguments.words.isEmpty ? [name] : arguments.words
        var command = words.first.map { shortened(escapedForDisplay($0), to: 78) } ?? ""
        for word in words.dropFirst() {
            let longer = command + " " + escapedForDisplay(word)
            guard longer.unicodeScalars.count <= 78 else { return command + " …" }
            command = longer
        }
        return command + (arguments.isCut ? " …" : "")
    }

    private static func shortened(_ text: String, to length: Int) -> String {
        let scalars = text.unicodeScalars
        return scalars.count <= length ? text : String(scalars.prefix(length - 1)) + "…"
    }
}
