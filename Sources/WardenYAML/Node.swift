package import WardenModel

/// One value of a YAML file and where it begins.
package struct Node: Sendable {
    package enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Node])
        /// In the file's order; keys are unique.
        case mapping([Pair])
        /// Something that was refused with a diagnostic of its own, such as an alias: no more need be said about it.
        case refused
    }

    /// A text as it was written; whoever decodes it says what it means.
    package struct Scalar: Hashable, Sendable {
        package let text: String
        /// Whether it stood without quotes, so that other YAML tools may take it for a number or a boolean.
        package let isPlain: Bool
    }

    package struct Key: Hashable, Sendable {
        package let text: String
        package let mark: SourceMark
    }

    package struct Pair: Sendable {
        package let key: Key
        package let value: Node
    }

    package let mark: SourceMark
    package let content: Content

    package var scalar: Scalar? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar
    }
}
