package import SystemPackage
package import WardenModel
internal import WardenYAML

/// Reads policy files.
package struct PolicyReader: Sendable {
    /// Returns the policy that a file's bytes say, and everything that is wrong or doubtful in it.
    ///
    /// The policy is `nil` if any diagnostic is an error. Diagnostics are sorted by line and column. Never traps,
    /// whatever the bytes.
    package static func read(_ bytes: [UInt8], file: FilePath) -> (policy: Policy?, diagnostics: [Diagnostic]) {
        let (policy, diagnostics) = readDocument(bytes, file: file, as: PolicyDescription.type(file: file))
        return (policy, diagnostics)
    }
}

/// Returns the value of a file's only document, or `nil` after an error.
func readDocument<Value>(
    _ bytes: [UInt8], file: FilePath, as type: ValueType<Value>
) -> (value: Value?, diagnostics: [Diagnostic]) {
    let document = parseYAML(bytes, file: file)
    var reading = Reading(source: document.source)
    let value = document.root.flatMap { type.read($0, &reading) }
    let diagnostics = sorted(document.diagnostics + reading.diagnostics)
    return (diagnostics.contains { $0.level == .error } ? nil : value, diagnostics)
}

/// Returns diagnostics by file, line and column; those of one place stay in the order in which they were found.
package func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    func place(_ diagnostic: Diagnostic) -> (String, Int, Int) {
        (diagnostic.file.string, diagnostic.mark?.line ?? 0, diagnostic.mark?.column ?? 0)
    }
    let order = diagnostics.enumerated().sorted { left, right in
        let (first, second) = (place(left.element), place(right.element))
        return first == second ? left.offset < right.offset : first < second
    }
    return order.map(\.element)
}
