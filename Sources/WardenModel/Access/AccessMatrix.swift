/// The answer of `access`: who can do what with one path.
package struct AccessMatrix: Sendable {
    package let path: AccessPath
    package let subjects: [AccessSubject]
    package let names: IdentityNames

    package init(path: AccessPath, subjects: [AccessSubject], names: IdentityNames) {
        self.path = path
        self.subjects = subjects
        self.names = names
    }

    /// The columns.
    package var operations: [AccessOperation] { AccessOperation.all(on: path.node.kind) }
}
