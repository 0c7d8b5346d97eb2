internal import WardenModel

/// Posts until a message is taken, or no further attempt is worth it.
package struct HTTPDelivery: Sendable {
    package static let attempts = 4
    /// The longest wait that a receiver may ask for.
    private static let longestWait = Duration.seconds(30)
    /// How much of what a receiver said is told.
    private static let excerpt = 200

    /// Why a message was not taken. Names the receiver's host, never its URL.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let post: @Sendable ([UInt8], Endpoint, [String]) -> HTTPPost.Outcome
    private let pause: @Sendable (Duration) -> Void
    private let jitter: @Sendable () -> Double

    /// - Parameters:
    ///   - pause: Waits.
    ///   - jitter: A number from 0 to 1, new each time, so that many hosts do not come back at the same moment.
    package init(
        pause: @escaping @Sendable (Duration) -> Void, jitter: @escaping @Sendable () -> Double,
        post: @escaping @Sendable ([UInt8], Endpoint, [String]) -> HTTPPost.Outcome
    ) {
        self.post = post
        self.pause = pause
        self.jitter = jitter
    }

    package func deliver(_ body: [UInt8], to endpoint: Endpoint, headers: [String] = []) throws(Failure) {
        for attempt in 1...Self.attempts {
            let outcome = post(body, endpoint, headers)
            guard let failure = failure(outcome, endpoint) else { return }
            guard attempt < Self.attempts, let wait = wait(after: attempt, outcome) else {
                let times = attempt == 1 ? "" : ", \(attempt) times"
                throw Failure(description: failure + times)
            }
            pause(wait)
        }
    }

    /// Returns how long to wait for the next attempt; `nil` where none is worth it.
    private func wait(after attempt: Int, _ outcome: HTTPPost.Outcome) -> Duration? {
        // 1, 2 and 4 s, and up to half as much again.
        let backoff = Duration.milliseconds(Int64(1_000 * (1 << (attempt - 1)))) * (1 + 0.5 * jitter())
        switch outcome {
        case .refused: return nil
        case .unreachable: return backoff
        case .answered(let status, let wait, _):
            guard status == 408 || status == 429 || status >= 500 else { return nil }
            guard let wait else { return backoff }
            // Who wants more time gets it: the next run is soon enough.
            return wait <= Self.longestWait ? max(wait, backoff) : nil
        }
    }

    private func failure(_ outcome: HTTPPost.Outcome, _ endpoint: Endpoint) -> String? {
        switch outcome {
        case .refused(let words), .unreachable(let words): return "\(endpoint.host): \(words)"
        case .answered(200..<300, _, _): return nil
        case .answered(300..<400, _, _):
            guard case .answered(let status, _, _) = outcome else { return nil }
            return "\(endpoint.host) answered \(status): redirects are not followed; give the final URL"
        case .answered(let status, _, let body):
            // Some receivers repeat the path, which is the secret.
            let isTold = !body.isEmpty && !endpoint.isRepeated(in: body)
            let said = isTold ? ": '\(escapedForDisplay(body.prefix(Self.excerpt)))'" : ""
            return "\(endpoint.host) answered \(status)\(said)"
        }
    }
}
