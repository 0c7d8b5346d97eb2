internal import WardenModel
internal import WardenYAML

extension ValueType where Value == ModeBits {
    /// Returns the type of a mode: four octal digits in quotes, because YAML tools disagree on all other spellings.
    static var mode: ValueType {
        ValueType(schema: ["type": "string", "pattern": "^[0-3][0-7]{3}$"]) { node, reading in
            guard let scalar = node.scalar else {
                if !node.isRefused {
                    reading.error("mode-not-octal", at: node.mark, "\(rule); found \(node.found)", "\"2770\"")
                }
                return nil
            }
            if !scalar.isPlain, let bits = parsedMode(scalar.text) {
                guard bits & 0o4000 == 0 else {
                    reading.report(
                        .setUserID, at: node.mark,
                        "the mode '\(scalar.text)' has the set-user-ID bit, which no cache needs",
                        JSONValue.quoted(ModeBits(bits & 0o3777).description))
                    return nil
                }
                return ModeBits(bits)
            }
            let (reason, good) = explanation(of: scalar)
            reading.error("mode-not-octal", at: node.mark, "\(rule); found \(node.found)\(reason)", good)
            return nil
        }
    }
}

private let rule = "a mode is four octal digits in quotes"

/// Returns the bits of exactly four octal digits, or `nil`.
private func parsedMode(_ text: String) -> UInt16? {
    guard text.utf8.count == 4, text.utf8.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    return UInt16(text, radix: 8)
}

/// Returns why a spelling is no mode, and the one that was probably meant.
private func explanation(of scalar: Node.Scalar) -> (reason: String, good: String) {
    var digits = scalar.text.lowercased()
    if digits.hasPrefix("0o") { digits = String(digits.dropFirst(2)) }
    let isOctal = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x37).contains($0) }
    if isOctal, let bits = UInt16(digits, radix: 8), bits <= 0o7777 {
        let good = JSONValue.quoted(ModeBits(bits).description)
        guard scalar.isPlain else { return (", which has not four digits", good) }
        return (unquotedReason(scalar.text, octal: bits), good)
    }
    if scalar.isPlain, let decimal = UInt16(digits), decimal <= 0o7777 {
        let octal = ModeBits(decimal).description
        return (", the decimal number that YAML 1.1 makes of \(octal)", JSONValue.quoted(octal))
    }
    let isNumber = !digits.isEmpty && digits.utf8.allSatisfy(isDigit)
    return (isNumber ? ", whose digits are not four from 0 to 7" : "", "\"2770\"")
}

private func unquotedReason(_ text: String, octal bits: UInt16) -> String {
    if text.hasPrefix("0o") { return ", which only YAML 1.2 reads as octal" }
    if text.hasPrefix("0") {
        return ", which YAML 1.1 reads as octal and YAML 1.2 as the decimal number \(UInt16(text) ?? bits)"
    }
    let octal = UInt16(text).map { String($0, radix: 8) } ?? text
    return ", which YAML reads as a decimal number, in octal \(octal)"
}
