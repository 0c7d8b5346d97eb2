package import WardenLinux

/// Where messages are posted to: a URL that is a secret. Only its host is ever told.
package struct Endpoint: Sendable {
    /// What was found in place of a URL. Never repeats it.
    package enum Defect: Error, Hashable, Sendable {
        case malformed, notHTTPS
    }

    /// The whole URL with a NUL behind it would be a copy; it is made for each request and cleared.
    let secret: Secret
    let suffix: String
    /// Escaped for display: it may be told.
    package let host: String
    /// Without TLS, which only this host itself can be reached by.
    let isPlain: Bool

    /// - Parameter path: What is added where the URL does not end in it.
    package init(_ secret: Secret, path: String = "") throws(Defect) {
        let parsed = secret.withBytes { bytes in Self.parse(bytes.indices.map { bytes[$0] }, path) }
        (host, isPlain, suffix) = try parsed.get()
        self.secret = secret
    }

    /// Whether bytes repeat a part of the URL behind its host that is long enough to be secret.
    func isRepeated(in bytes: [UInt8]) -> Bool {
        let pieces = secret.withBytes { url in
            url.indices.map { url[$0] }.split { Array("/?&=:@".utf8).contains($0) }.dropFirst().filter { $0.count >= 6 }
        }
        return pieces.contains { piece in !piece.elementsEqual(host.utf8) && bytes.contains(piece) }
    }

    private static func parse(_ bytes: [UInt8], _ path: String) -> Result<(String, Bool, String), Defect> {
        // What is no visible ASCII, and what parsers of URLs do not agree on.
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !Array("\\\"<>^`{|}#".utf8).contains($0) }) else {
            return .failure(.malformed)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let isPlain = text.lowercased().hasPrefix("http://")
        guard isPlain || text.lowercased().hasPrefix("https://") else {
            return .failure(text.contains("://") ? .notHTTPS : .malformed)
        }
        let rest = text.dropFirst(isPlain ? 7 : 8)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        guard let host = host(of: place) else { return .failure(.malformed) }
        guard !isPlain || isLoopback(host) && place.startIndex == authority.startIndex else {
            return .failure(.notHTTPS)
        }
        let tail = rest.dropFirst(authority.count)
        guard !path.isEmpty, !tail.hasSuffix(path) else { return .success((host, isPlain, "")) }
        guard !tail.contains("?") else { return .failure(.malformed) }
        return .success((host, isPlain, tail.hasSuffix("/") ? String(path.dropFirst()) : path))
    }

    private static func host(of place: Substring) -> String? {
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]") else { return nil }
            return isPort(place[place.index(after: end)...]) ? String(place[...end]) : nil
        }
        let host = place.prefix { $0 != ":" }
        let isName = host.allSatisfy { $0.isLetter || $0.isNumber || "-._".contains($0) }
        return !host.isEmpty && isName && isPort(place.dropFirst(host.count)) ? String(host) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.first == ":" else { return text.isEmpty }
        return UInt16(text.dropFirst()).map { $0 > 0 } ?? false
    }

    /// Whether it is an address that means this host to everybody; a name is only what somebody answers.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in UInt8(part).flatMap { "\($0)" == part ? $0 : nil } }
        return parts.count == 4 && numbers.count == 4 && numbers[0] == 127
    }
}

extension Endpoint.Defect: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed: "it holds no URL"
        case .notHTTPS: "its URL is not https; http leads to 127.0.0.1 and [::1] alone"
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ piece: ArraySlice<UInt8>) -> Bool {
        indices.contains { self[$0...].starts(with: piece) }
    }
}
