package import WardenModel

/// Reads the archive of a Go toolchain, as `tar(5)` describes it, byte by byte as it comes, without doing anything.
///
/// Known are POSIX ustar with its `x` and `g` headers, and GNU's with `L`. There are regular files and directories below
/// `go/`, and nothing else: what has another type, an ambiguous name, a set-ID bit or a wrong checksum ends the reading,
/// because no honest archive of a toolchain has it. Content is told by its place in the caller's bytes and never copied.
package struct TarReader {
    package enum Event: Hashable, Sendable {
        /// A directory below `go/`; the root is `go/` itself.
        case directory(RelativePath)
        /// A file below `go/`, with its size in bytes. As much `content` follows, and then `fileEnd`.
        case file(RelativePath, size: UInt64, isExecutable: Bool)
        /// Where the next part of the file stands in the bytes that were given.
        case content(Range<Int>)
        case fileEnd
    }

    package static let longestName = 4_096
    /// As deep as any walk of the agent goes, so that what is unpacked can be removed again.
    package static let deepest = TreeQuestion.maximumDepth - 1
    package static let mostEntries = 100_000
    package static let largestTotal = ByteCount(4 << 30)
    static let largestExtension: UInt64 = 65_536
    /// GNU tar fills its last record with zeros, which is 10 KiB long unless somebody wants it otherwise.
    static let longestEnd: UInt64 = 1 << 20

    private enum State {
        case header
        case file(left: UInt64, padding: UInt64)
        case skipped(left: UInt64)
        case extended(TarHeader, left: UInt64)
        case end(zeros: UInt64)
    }

    private var state = State.header
    /// What is there of a header, or of an extended header's content.
    private var kept: [UInt8] = []
    private var pendingExtension: TarExtension?
    /// All bytes read so far.
    private var offset: UInt64 = 0
    private var headerOffset: UInt64 = 0
    private var entries = 0
    private var total: UInt64 = 0

    package init() { kept.reserveCapacity(TarHeader.size) }

    /// Returns the next event in `bytes` from `position` on, which moves behind what was read; `nil` where more is needed.
    package mutating func next(
        in bytes: borrowing Span<UInt8>, from position: inout Int
    ) throws(TarError) -> Event? {
        while true {
            let available = bytes.count - position
            switch state {
            case .header:
                guard take(TarHeader.size, bytes, &position) else { return nil }
                headerOffset = offset - UInt64(TarHeader.size)
                defer { kept.removeAll(keepingCapacity: true) }
                if let event = try enter(kept) { return event }
            case .file(0, let padding):
                state = .skipped(left: padding)
                return .fileEnd
            case .file(let left, let padding):
                guard available > 0 else { return nil }
                let range = position..<position + Int(min(left, UInt64(available)))
                advance(&position, range.count)
                state = .file(left: left - UInt64(range.count), padding: padding)
                return .content(range)
            case .skipped(0): state = .header
            case .skipped(let left):
                guard available > 0 else { return nil }
                let count = Int(min(left, UInt64(available)))
                advance(&position, count)
                state = .skipped(left: left - UInt64(count))
            case .extended(let header, let left):
                guard take(Int(left), bytes, &position) else { return nil }
                pendingExtension = try readExtension(header)
                kept.removeAll(keepingCapacity: true)
                state = .skipped(left: Self.padding(left))
            case .end(let zeros):
                guard available > 0 else { return nil }
                for index in position..<bytes.count where bytes[index] != 0 { throw error(.badEnd) }
                guard zeros + UInt64(available) <= Self.longestEnd else { throw error(.longEnd) }
                advance(&position, available)
                state = .end(zeros: zeros + UInt64(available))
            }
        }
    }

    /// Throws unless the archive was read to its end, two blocks of zeros.
    package func finish() throws(TarError) {
        guard case .end(let zeros) = state, zeros >= 2 * UInt64(TarHeader.size) else { throw error(.truncated) }
        guard pendingExtension == nil else { throw error(.loneExtension) }
    }

    private mutating func advance(_ position: inout Int, _ count: Int) {
        position += count
        offset += UInt64(count)
    }

    /// Keeps bytes until there are `wanted`; returns whether there are.
    private mutating func take(_ wanted: Int, _ bytes: borrowing Span<UInt8>, _ position: inout Int) -> Bool {
        let count = min(wanted - kept.count, bytes.count - position)
        for index in position..<position + count { kept.append(bytes[index]) }
        advance(&position, count)
        return kept.count == wanted
    }

    private static func padding(_ size: UInt64) -> UInt64 {
        let rest = size % UInt64(TarHeader.size)
        return rest == 0 ? 0 : UInt64(TarHeader.size) - rest
    }

    private func error(_ reason: TarError.Reason, _ name: [UInt8]? = nil) -> TarError {
        TarError(reason, name: name, at: name == nil ? offset : headerOffset)
    }

    // MARK: - Headers

    private mutating func enter(_ block: [UInt8]) throws(TarError) -> Event? {
        if block.allSatisfy({ $0 == 0 }) {
            state = .end(zeros: UInt64(TarHeader.size))
            return nil
        }
        let header: TarHeader
        do throws(TarHeader.Refusal) {
            header = try TarHeader(block)
        } catch {
            throw TarError(error.reason, name: error.name, at: headerOffset)
        }
        switch header.kind {
        case .extended, .longName:
            guard pendingExtension == nil else { throw self.error(.badExtension("another behind it"), header.name) }
            try checkExtension(header)
            state = .extended(header, left: header.size)
            return nil
        case .global:
            try count()
            try checkExtension(header)
            state = .skipped(left: header.size + Self.padding(header.size))
            return nil
        default:
            try count()
            defer { pendingExtension = nil }
            return try enterEntry(header, pendingExtension?.name ?? header.name, pendingExtension?.size ?? header.size)
        }
    }

    private func checkExtension(_ header: TarHeader) throws(TarError) {
        guard header.size <= Self.largestExtension else { throw error(.extensionTooLarge, header.name) }
    }

    private func readExtension(_ header: TarHeader) throws(TarError) -> TarExtension {
        if case .longName = header.kind { return TarExtension(longName: kept) }
        do throws(TarExtension.Malformed) {
            return try TarExtension(records: kept)
        } catch {
            throw self.error(.badExtension(error.what), header.name)
        }
    }

    private mutating func count() throws(TarError) {
        entries += 1
        guard entries <= Self.mostEntries else { throw error(.tooManyEntries(Self.mostEntries)) }
    }

    private mutating func enterEntry(_ header: TarHeader, _ name: [UInt8], _ size: UInt64) throws(TarError) -> Event {
        guard header.mode & 0o6000 == 0 else { throw error(.setID, name) }
        switch header.kind {
        case .directory:
            guard size == 0 else { throw error(.directoryWithContent, name) }
            let path = try path(name.last == UInt8(ascii: "/") ? Array(name.dropLast()) : name, of: name)
            return .directory(path)
        case .file:
            let path = try path(name, of: name)
            guard !path.isRoot else { throw error(.outsideRoot, name) }
            let (sum, overflow) = total.addingReportingOverflow(size)
            guard !overflow, sum <= Self.largestTotal.rawValue else { throw error(.totalSize(Self.largestTotal), name) }
            total = sum
            state = .file(left: size, padding: Self.padding(size))
            return .file(path, size: size, isExecutable: header.mode & 0o111 != 0)
        case .other(let what): throw error(.notPlain(what), name)
        case .extended, .global, .longName: throw error(.loneExtension, name)
        }
    }

    /// Returns where below `go/` an entry belongs.
    private func path(_ text: [UInt8], of name: [UInt8]) throws(TarError) -> RelativePath {
        let slash = UInt8(ascii: "/")
        guard name.count <= Self.longestName else { throw error(.tooLong, name) }
        guard text.first != slash else { throw error(.absolute, name) }
        guard !text.contains(0) else { throw error(.containsNUL, name) }
        let start = text.starts(with: "./".utf8) ? 2 : 0
        let parts = text[start...].split(separator: slash, omittingEmptySubsequences: false)
        for part in parts {
            if part.isEmpty { throw error(.emptyComponent, name) }
            if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { throw error(.leadsUp, name) }
        }
        guard let first = parts.first, first.elementsEqual("go".utf8) else { throw error(.outsideRoot, name) }
        guard parts.count - 1 <= Self.deepest else { throw error(.tooDeep, name) }
        return RelativePath(bytes: Array(parts.dropFirst().joined(separator: [slash])))
    }
}
