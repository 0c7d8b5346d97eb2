internal import WardenDigest
internal import WardenModel

/// A mail, as `sendmail(8)` reads it: headers after RFC 5322, the text quoted-printable (RFC 2045), lines ended by LF.
package struct MailMessage {
    private let message: Message
    private let recipients: [String]

    /// - Parameter recipients: One address each, without spaces, commas and angle brackets, as the settings have them.
    package init(_ message: Message, to recipients: [String]) {
        self.message = message
        self.recipients = recipients
    }

    package func render() -> [UInt8] {
        let body = Self.quotedPrintable(text)
        let subject = "[cachewarden] \(shown(message.host, 80)): \(message.summary)"
        let headers = [
            "To: \(recipients.joined(separator: ",\n "))", "Subject: \(Self.header(subject))",
            "Date: \(Self.date(message.madeAt))", "Message-ID: <\(identity(body))>", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable",
            "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All",
        ]
        return Array((headers.joined(separator: "\n") + "\n\n" + body).utf8)
    }

    private var text: [String] {
        var lines = ["cachewarden \(message.version) on \(shown(message.host, 80)): \(message.summary)"]
        if !message.remarks.isEmpty { lines += [""] + message.remarks.map { "  \($0)" } }
        for item in message.shown {
            lines += ["", AlertText.title(item)] + AlertText.lines(item).map { $0.isEmpty ? "" : "  \($0)" }
        }
        if message.hiddenCount > 0 { lines += ["", "and \(message.hiddenCount) more"] }
        return lines
    }

    private func identity(_ body: String) -> String {
        let digest = SHA256Digest(of: Array("\(message.madeAt)\n\(recipients)\n\(body)".utf8)).description
        let host = message.host.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
        return "\(digest.prefix(32))@\(host.isEmpty ? "localhost" : String(host.prefix(200)))"
    }

    /// Returns a header's text as it is where it is ASCII, else in encoded words (RFC 2047) of at most 75 characters.
    static func header(_ text: String) -> String {
        guard !text.unicodeScalars.allSatisfy({ $0.isASCII && $0.value >= 0x20 && $0.value != 0x7f }) else {
            return text
        }
        var words: [String] = []
        var word: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(Character(scalar)).utf8)
            // 45 bytes are 60 characters of base64, between the 12 of the frame. A scalar is never divided.
            if word.count + bytes.count > 45 {
                words.append("=?utf-8?B?\(base64(word))?=")
                word = []
            }
            word += bytes
        }
        return (words + ["=?utf-8?B?\(base64(word))?="]).joined(separator: "\n ")
    }

    /// RFC 4648, section 4.
    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0..<4 {
                text.append(
                    place <= group.count ? digits[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Returns lines of at most 76 characters, each ended by LF.
    static func quotedPrintable(_ lines: [String]) -> String {
        var text = ""
        for line in lines {
            var current = ""
            let bytes = Array(line.utf8)
            for (index, byte) in bytes.enumerated() {
                // Room for an escaped byte and the sign of a line that goes on.
                if current.utf8.count > 72 {
                    text += current + "=\n"
                    current = ""
                }
                let isLast = index == bytes.count - 1
                // Spaces at a line's end get lost on the way, and a line that begins with a dot or "From " gets changed.
                let isPlain =
                    (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=") || byte == UInt8(ascii: " ") && !isLast
                let isChanged = current.isEmpty && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))
                let piece =
                    isPlain && !isChanged
                    ? String(Character(Unicode.Scalar(byte))) : "=" + hexadecimal([byte]).uppercased()
                current += piece
            }
            text += current + "\n"
        }
        return text
    }

    /// `Mon, 23 Nov 2026 03:50:59 +0000`
    static func date(_ moment: Timestamp) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = moment.description.split { "-T:.".contains($0) }
        // A year beyond 9999 has no parts, and no mail.
        guard parts.count >= 6, let month = Int(parts[1]), months.indices.contains(month - 1) else {
            return date(Timestamp(seconds: 0))
        }
        let day = moment.seconds >= 0 ? moment.seconds / 86_400 : (moment.seconds - 86_399) / 86_400
        let weekday = days[Int((day % 7 + 7) % 7)]
        return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }
}
