package import SystemPackage
package import WardenModel

/// A YAML file as a tree, as far as it could be read, and everything that was refused on the way.
package struct YAMLDocument: Sendable {
    /// `nil` where nothing could be read; then `diagnostics` says why.
    package let root: Node?
    /// The lines, for further diagnostics.
    package let source: SourceText
    /// Errors only, in the file's order.
    package let diagnostics: [Diagnostic]
}

/// Reads one YAML document: UTF-8, at most 256 KiB, 32 levels and 20,000 values.
///
/// Anchors, aliases, tags, directives, merge keys, second documents, duplicate keys, tabs and invisible characters are
/// errors. Reading goes on after them where it can, so that one call finds them all. Never traps, whatever the bytes.
package func parseYAML(_ bytes: [UInt8], file: FilePath) -> YAMLDocument {
    let text: String
    do throws(Diagnostic) {
        text = try SourceCheck(file: file).text(of: bytes)
    } catch {
        return YAMLDocument(root: nil, source: SourceText(file: file, text: ""), diagnostics: [error])
    }
    let source = SourceText(file: file, text: text)
    guard let reader = EventReader.make(text) else {
        let diagnostic = source.diagnostic("yaml-syntax", at: nil, "cannot be parsed: memory is short")
        return YAMLDocument(root: nil, source: source, diagnostics: [diagnostic])
    }
    var builder = TreeBuilder(reader: reader, source: source)
    let root = builder.document()
    return YAMLDocument(root: root, source: source, diagnostics: builder.diagnostics)
}
