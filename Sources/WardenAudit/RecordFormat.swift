internal import FoundationEssentials
internal import WardenDigest
internal import WardenModel

/// The bytes of a record: one line of JSON that carries its own hash.
///
///     {"schema":"cachewarden.audit/1","sequence":2,"time":"…","run":"…","event":"run-started",…,
///     "previous":"…","hash":"…"}
///
/// `schema`, `sequence`, `time`, `run` and `event` come first, the event's own members next, in the order of their
/// names, then `previous` and `hash`, always last. `hash` is the SHA-256 of all bytes of the line before
/// `,"hash":"`, that is, without the last 75 bytes and the line break; `previous` is the `hash` of the record before,
/// 64 zeros in the first record of a log. In a log with a key `"mac":"<key id>:<HMAC-SHA256>"` stands before `hash`; it
/// is made of all bytes before `,"mac":"`, and covered by `hash`. So a shell can check a line as well: `head -c -76 | sha256sum`. A verifier
/// looks at bytes alone: how somebody else would write the same JSON does not matter.
enum RecordFormat {
    static let schema = "cachewarden.audit/1"
    static let algorithm = "sha256"
    /// Longer lines are not read. 512 names of 255 bytes, every byte escaped, take a twentieth of it.
    static let longestLine = 16 << 20

    private static let seal = Array(",\"hash\":\"".utf8)
    private static let end = Array("\"}".utf8)
    private static let digits = 2 * SHA256Digest.size
    private static let macSeal = Array(",\"mac\":\"".utf8)
    /// How many digits of a key's id stand in a record.
    static let keyDigits = 8

    /// Returns the line, with its line break, and its hash.
    static func line(
        after head: AuditHead, time: Timestamp, run: [UInt8], kind: AuditEventKind, members: [UInt8],
        key: AuditKey?
    ) -> (bytes: [UInt8], head: AuditHead) {
        let sequence = head.sequence + 1
        var bytes = Array("{\"schema\":\"\(schema)\",\"sequence\":\(sequence),\"time\":\"\(time)\",\"run\":".utf8)
        bytes.reserveCapacity(bytes.count + run.count + members.count + 256)
        bytes += run
        bytes += ",\"event\":\"\(kind.rawValue)\"".utf8
        if !members.isEmpty {
            bytes.append(UInt8(ascii: ","))
            bytes += members
        }
        bytes += ",\"previous\":\"\(head.hash)\"".utf8
        if let key {
            let mac = key.mac(of: bytes)
            bytes += macSeal
            bytes += "\(key.id):\(mac)\"".utf8
        }
        let hash = SHA256Digest(of: bytes).description
        bytes += seal
        bytes += hash.utf8
        bytes += end
        bytes.append(UInt8(ascii: "\n"))
        return (bytes, AuditHead(sequence: sequence, hash: hash))
    }

    /// Checks a line by itself: its hash, and that it has what every record has.
    static func header(of line: ArraySlice<UInt8>) -> Result<RecordHeader, AuditProblem> {
        let tail = line.suffix(seal.count + digits + end.count)
        guard tail.starts(with: seal), tail.suffix(end.count).elementsEqual(end) else { return .failure(.notARecord) }
        let body = line.dropLast(tail.count)
        let hash = SHA256Digest(of: body).description
        guard tail.dropFirst(seal.count).prefix(digits).elementsEqual(hash.utf8) else { return .failure(.hash) }
        // What does not decode is no record; why does not matter to anybody who looks at a damaged log.
        guard let header = try? JSONDecoder().decode(RecordHeader.self, from: Data(line)) else {
            return .failure(.notARecord)
        }
        guard header.schema == schema else { return .failure(.unknownSchema(header.schema)) }
        // A MAC anywhere else than at the end would be of other bytes than are looked at.
        if let mac = header.mac, !body.suffix(macLength).elementsEqual(macSeal + Array("\(mac)\"".utf8)) {
            return .failure(.notARecord)
        }
        return .success(header)
    }

    private static let kindMark = Array(",\"event\":\"".utf8)
    /// Behind this many bytes no record has its `event`: what stands before are numbers, a time and a run's id.
    private static let kindReach = 512

    /// Returns what a line speaks of without checking it; `nil` where it does not say at the place where records do.
    static func kind(of line: ArraySlice<UInt8>) -> AuditEventKind? {
        let start = line.prefix(kindReach)
        // In a string every quotation mark has a backslash before it, so that no run's id can be taken for the member.
        guard let mark = start.firstRange(of: kindMark) else { return nil }
        let name = start[mark.upperBound...].prefix { $0 != UInt8(ascii: "\"") }
        guard name.endIndex < start.endIndex else { return nil }
        return AuditEventKind(rawValue: String(decoding: name, as: UTF8.self))
    }

    private static let macLength = macSeal.count + keyDigits + 1 + digits + 1

    /// Whether the MAC of a line that `header(of:)` accepts, and that has one, was made with this key.
    static func isAuthentic(_ line: ArraySlice<UInt8>, _ header: RecordHeader, key: AuditKey) -> Bool {
        let body = line.dropLast(seal.count + digits + end.count + macLength)
        return header.mac == "\(key.id):\(key.mac(of: Array(body)))"
    }

    /// Whether these bytes are the beginning of a record that was cut short, or of none.
    static func mayBegin(_ bytes: [UInt8]) -> Bool {
        let start = Array("{\"schema\":\"cachewarden.audit/".utf8)
        return bytes.starts(with: start) || start.starts(with: bytes)
    }

    /// Returns the members of an event, without the braces around them.
    static func members(of event: AuditEvent) throws -> [UInt8] {
        Array(try encode(event.payload).dropFirst().dropLast())
    }

    /// Returns JSON on one line, without a control character in it.
    static func encode(_ value: any Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return escapingControls(Array(try encoder.encode(value)))
    }

    /// JSON escapes C0 alone. DEL, C1 and bidirectional controls would act on the terminal of whoever prints the log;
    /// they stand in strings only, where `\u` may take their place.
    private static func escapingControls(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x7f }) else { return json }
        var safe: [UInt8] = []
        safe.reserveCapacity(json.count + 64)
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                for unit in String(scalar).utf16 {
                    safe += "\\u\(hexadecimal([UInt8(unit >> 8), UInt8(unit & 0xff)]))".utf8
                }
            default: safe += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        return safe
    }
}

/// The members that every record has, and the few that the chain itself looks at.
struct RecordHeader: Decodable {
    let schema: String
    let sequence: UInt64
    let time: String
    let run: String
    let event: String
    let previous: String
    let hash: String
    let algorithm: String?
    let intended: UInt64?
    let tornBytes: Int?
    let tornHash: String?
    let continues: UInt64?
    let oldest: UInt64?
    let mac: String?
    /// Of a `key-changed` record: the key before.
    let keyBefore: String?
    /// Of a `journaled` record.
    let first: UInt64?
    let behind: String?

    /// The id of the key that the MAC is made with; `nil` for a record without one.
    var keyID: String? { mac.map { String($0.prefix(RecordFormat.keyDigits)) } }

    var kind: AuditEventKind { AuditEventKind(rawValue: event) }
    var head: AuditHead { AuditHead(sequence: sequence, hash: hash) }

    private enum CodingKeys: String, CodingKey {
        case schema, sequence, time, run, event, previous, hash, algorithm, intended, continues, oldest, mac
        case keyBefore = "key-before"
        case first = "journaled-first"
        case behind = "journaled-behind"
        case tornBytes = "torn-bytes"
        case tornHash = "torn-hash"
    }

    /// Whether the record marks these bytes, and no others, as cut short.
    func proves(_ torn: ArraySlice<UInt8>) -> Bool {
        kind == .recovered && tornBytes == torn.count && tornHash == SHA256Digest(of: torn).description
    }

    /// Returns what is wrong with the record behind `last`, or `nil`.
    ///
    /// - Parameter beginsFile: Whether it is the first of its file.
    func objection(after last: AuditHead, beginsFile: Bool) -> AuditProblem? {
        if kind == .journaled, !beginsFile {
            // The chain of the records that stand elsewhere begins behind `last` and ends before this one.
            guard first == last.sequence + 1, sequence > last.sequence + 1, behind == last.hash else { return .chain }
            return nil
        }
        if sequence != last.sequence + 1 { return .sequence(expected: last.sequence + 1, found: sequence) }
        if previous != last.hash { return .chain }
        guard beginsFile else { return kind == .logStarted ? .chain : nil }
        guard kind == .logStarted, let algorithm, (continues ?? 0) == last.sequence else { return .noStart }
        return algorithm == RecordFormat.algorithm ? nil : .unknownAlgorithm(algorithm)
    }
}
