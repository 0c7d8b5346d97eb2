package import SystemPackage
package import WardenModel

/// The variables of a process, and of the shell that reads its profiles, while one file after the other sets them.
package struct ProcessEnvironment: Sendable {
    package private(set) var variables: [String: EffectiveVariable]
    /// A shell's own variables, which no command sees.
    private var hidden: [String: EffectiveVariable] = [:]

    package init(_ variables: [String: EffectiveVariable] = [:]) { self.variables = variables }

    /// Does what a file says, line by line.
    package mutating func apply(_ assignments: [Assignment], of file: FilePath) {
        for assignment in assignments { apply(assignment, of: file) }
    }

    private mutating func apply(_ assignment: Assignment, of file: FilePath) {
        let name = assignment.name
        guard let template = assignment.value else {
            variables[name] = nil
            hidden[name] = nil
            return
        }
        if template.isVariable(name) {
            if let set = hidden.removeValue(forKey: name) { variables[name] = set }
            return
        }
        let value = EffectiveVariable(
            template.resolved { (hidden[$0] ?? variables[$0])?.value },
            .file(file, line: assignment.line, isConditional: assignment.isConditional))
        // What came with the environment stays exported.
        if assignment.isExported || variables[name] != nil {
            variables[name] = value
        } else {
            hidden[name] = value
        }
    }
}
