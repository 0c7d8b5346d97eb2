internal import CCurl
internal import WardenLinux
package import WardenModel

/// Posts one body to one place, once. TLS is at least 1.2 and verified, redirects are not followed, the proxies of the
/// environment are used (`https_proxy`, `no_proxy`) and all of it is bounded in time and size.
package struct HTTPPost: Sendable {
    /// How much of an answer is read.
    package static let largestAnswer = ByteCount(64 << 10)

    package struct Limits: Hashable, Sendable {
        package var connect = Duration.seconds(10)
        /// For all of it.
        package var total = Duration.seconds(30)

        package init() {}
    }

    /// What came of it.
    package enum Outcome: Hashable, Sendable {
        /// `wait` is what the receiver asks for (`Retry-After`); `body` is the beginning of what it said.
        case answered(status: Int, wait: Duration?, body: [UInt8])
        /// No answer, and the next attempt may have one.
        case unreachable(String)
        /// No answer, and no attempt will have one.
        case refused(String)
    }

    private let agent: String
    private let authorities: String?
    private let limits: Limits

    /// - Parameter authorities: A file of certificates in place of the system's.
    package init(agent: String, authorities: String? = nil, limits: Limits = Limits()) {
        self.agent = agent
        self.authorities = authorities
        self.limits = limits
    }

    /// Blocks the calling thread. Corresponds to `curl_easy_perform(3)`.
    ///
    /// - Parameter headers: Whole lines.
    package func post(_ body: [UInt8], to endpoint: Endpoint, headers: [String]) -> Outcome {
        // Others than these two are refused by servers, or make curl wait for an answer before the body.
        let lines = ["Content-Type: application/json", "Expect:"] + headers
        var memory = [UInt8](repeating: 0, count: Int(Self.largestAnswer.rawValue))
        var answer = unsafe ccurl_answer()
        var end = CInt(CCURL_REFUSED.rawValue)
        unsafe withCStrings([agent, authorities ?? ""]) { texts in
            unsafe withCStrings(lines) { lines in
                unsafe endpoint.withCString { url in
                    unsafe memory.withUnsafeMutableBufferPointer { memory in
                        unsafe body.withUnsafeBufferPointer { body in
                            var request = unsafe ccurl_request()
                            unsafe request.url = url
                            unsafe request.user_agent = texts[0]
                            unsafe request.authorities = authorities == nil ? nil : texts[1]
                            unsafe request.headers = lines.baseAddress
                            unsafe request.body = body.baseAddress
                            unsafe request.body_size = body.count
                            unsafe request.reach = CInt((endpoint.isPlain ? CCURL_HTTP : CCURL_HTTPS).rawValue)
                            unsafe request.connect_limit = Self.milliseconds(limits.connect)
                            unsafe request.limit = Self.milliseconds(limits.total)
                            unsafe answer.body = memory.baseAddress
                            unsafe answer.body_limit = memory.count
                            end = unsafe ccurl_post(&request, &answer)
                        }
                    }
                }
            }
        }
        // It names hosts and addresses, never a URL's path.
        let words = unsafe withUnsafeBytes(of: answer.error) { bytes in
            shown(String(decoding: unsafe Array(bytes.prefix { $0 != 0 }), as: UTF8.self), 200)
        }
        let (status, wait, count) = unsafe (answer.status, answer.retry_after, answer.body_size)
        switch UInt32(end) {
        case CCURL_ANSWERED.rawValue:
            return .answered(
                status: status, wait: wait > 0 ? .seconds(wait) : nil, body: Array(memory.prefix(count)))
        case CCURL_MISSING.rawValue: return .refused("libcurl.so.4 is not installed, or too old")
        case CCURL_TIMED_OUT.rawValue: return .unreachable("no answer in time: \(words)")
        case CCURL_UNREACHABLE.rawValue: return .unreachable(words)
        default: return .refused(words)
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let parts = duration.components
        return max(1, Int(parts.seconds) * 1_000 + Int(parts.attoseconds / 1_000_000_000_000_000))
    }
}

/// Calls `body` with an array of C strings that ends in NULL.
private func withCStrings(
    _ texts: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Void
) {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for text in texts {
        starts.append(bytes.count)
        bytes += text.utf8CString
    }
    unsafe bytes.withUnsafeBufferPointer { bytes in
        var pointers: [UnsafePointer<CChar>?] = unsafe []
        guard let base = bytes.baseAddress else { return }
        for start in starts { unsafe pointers.append(base + start) }
        unsafe pointers.append(nil)
        unsafe pointers.withUnsafeBufferPointer { unsafe body($0) }
    }
}

extension Endpoint {
    /// Calls `body` with the URL, which is overwritten afterwards.
    fileprivate func withCString(_ body: (UnsafePointer<CChar>) -> Void) {
        let tail = Array(suffix.utf8)
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: secret.count + tail.count + 1) { memory in
            secret.withBytes { bytes in
                for index in bytes.indices { unsafe memory[index] = CChar(bitPattern: bytes[index]) }
            }
            for index in tail.indices { unsafe memory[secret.count + index] = CChar(bitPattern: tail[index]) }
            unsafe memory[memory.count - 1] = 0
            if let base = memory.baseAddress { unsafe body(UnsafePointer(base)) }
            unsafe memory.update(repeating: 0)
        }
    }
}
