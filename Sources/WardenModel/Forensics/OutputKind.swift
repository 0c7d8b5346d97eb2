/// What an output of a Go build cache holds.
package enum OutputKind: String, CaseIterable, Sendable {
    /// A compiled package.
    case archive
    /// A program that `go run` or `go tool` has linked.
    case executable
    /// A compiled or assembled file of C, C++ or assembly.
    case object
    /// What a passed test printed, or what it read.
    case testResult = "test-result"
    /// What `go vet` has learned of a package.
    case vetFacts = "vet-facts"
    /// Sources that `cgo` has written.
    case cgo
    /// Headers and symbol lists for assembly.
    case assembler
    /// Sources and counters that `go build -cover` has written.
    case coverage
    /// What the `go` command knows of a module's or the standard library's sources without reading them again.
    case moduleIndex = "module-index"
    /// The names of a package's source files.
    case sourceList = "source-list"
    /// What the `go` command has asked a compiler or another tool.
    case toolFact = "tool-fact"
    /// Nothing: most often what a compiler printed.
    case empty
    case other
}
