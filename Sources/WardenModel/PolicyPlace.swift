package import SystemPackage

/// A place in a policy file, from 1.
package struct PolicyPlace: Hashable, Sendable {
    package let file: FilePath
    package let line: Int?
    package let column: Int?

    package init(file: FilePath, line: Int? = nil, column: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
    }
}
