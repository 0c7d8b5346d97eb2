internal import SystemPackage
internal import WardenModel

/// What a file must be before a YAML parser sees it: not too large, UTF-8, and free of invisible characters.
///
/// libyaml has answers to some of this as well, but none that says what to do.
struct SourceCheck {
    /// Policies are written by people; 256 KiB hold thousands of caches.
    static let largestFile = 256 * 1024

    let file: FilePath

    /// Returns the text without its byte order mark, or the one thing that makes the file unreadable.
    func text(of bytes: [UInt8]) throws(Diagnostic) -> String {
        guard bytes.count <= SourceCheck.largestFile else {
            throw wholeFile(
                "file-too-large", "the file has \(bytes.count) bytes; at most \(SourceCheck.largestFile) are read")
        }
        guard !bytes.starts(with: [0xff, 0xfe]), !bytes.starts(with: [0xfe, 0xff]) else {
            throw wholeFile("not-utf8", "the file is UTF-16; only UTF-8 is read", "save it as UTF-8")
        }
        let body = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        if let zero = body.firstIndex(of: 0) {
            throw pointing(at: zero, of: body, "nul-byte", "the file holds a NUL byte; it is no text")
        }
        guard let text = String(validating: body, as: UTF8.self) else {
            let position = firstInvalidByte(of: body)
            throw pointing(
                at: position, of: body, "not-utf8",
                "the byte 0x\(hexadecimal([body[position]])) is not UTF-8 here", "save the file as UTF-8")
        }
        try refuseInvisible(text, body)
        return text
    }

    private func refuseInvisible(_ text: String, _ bytes: ArraySlice<UInt8>) throws(Diagnostic) {
        var offset = bytes.startIndex
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if previous == "\r", scalar != "\n" {
                throw pointing(
                    at: offset - 1, of: bytes, "control-character", "a carriage return without a line feed",
                    "end lines with a line feed")
            }
            if scalar == "\t" {
                throw pointing(
                    at: offset, of: bytes, "tab", "a tab; YAML is indented by spaces alone", "use spaces")
            }
            if isInvisible(scalar), scalar != "\n", scalar != "\r" {
                let name = String(scalar.value, radix: 16, uppercase: true)
                throw pointing(
                    at: offset, of: bytes, "control-character",
                    "the invisible character U+\(String(repeating: "0", count: max(0, 4 - name.count)))\(name)",
                    "remove it")
            }
            previous = scalar
            offset += UTF8.width(scalar)
        }
    }

    private func firstInvalidByte(of bytes: ArraySlice<UInt8>) -> Int {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            // A fresh decoder for each scalar: only so is it known how many bytes a scalar took.
            var decoder = UTF8()
            var iterator = bytes[position...].makeIterator()
            guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { break }
            position += UTF8.width(scalar)
        }
        return min(position, bytes.endIndex - 1)
    }

    private func wholeFile(_ id: String, _ message: String, _ suggestion: String? = nil) -> Diagnostic {
        Diagnostic(id: id, file: file, mark: nil, sourceLine: nil, message: message, suggestion: suggestion)
    }

    private func pointing(
        at position: Int, of bytes: ArraySlice<UInt8>, _ id: String, _ message: String, _ suggestion: String? = nil
    ) -> Diagnostic {
        let before = bytes[..<position]
        let line = before.count(where: { $0 == 10 })
        let start = before.lastIndex(of: 10).map { $0 + 1 } ?? bytes.startIndex
        let source = SourceText(file: file, text: String(decoding: bytes, as: UTF8.self))
        let scalars = String(decoding: bytes[start..<position], as: UTF8.self).unicodeScalars.count
        return source.diagnostic(id, at: source.mark(line: line, scalars: scalars), message, suggestion: suggestion)
    }
}

/// Whether a reader of the file would not see the character, or would see others in another order because of it.
func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    // Letters and digits first: nearly every character of a policy is one.
    if scalar.value >= 0x20, scalar.value < 0x7f { return false }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
    // The zero-width joiner is part of many a visible character; bidirectional controls are part of none.
    case .format: return scalar.value != 0x200d && scalar.value != 0x200c
    default: return false
    }
}
