internal import Synchronization
package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// Hashes every output of a Go build cache and compares it with its name. Changes nothing, not even an atime.
///
/// An output that a build is just writing does not match its name either. What changed while it was read, or does not
/// match and is younger than `settlingTime`, is looked at again in rounds after everything else; what has not settled
/// by then is counted as being written, never as damaged.
package struct OutputVerifier: Sendable {
    /// How long after its last write an output that does not match may still be the work of a running build.
    package static let settlingTime = Duration.seconds(10)
    /// How long to wait before each further look.
    package static let pauses: [Duration] = [
        .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1_600),
    ]

    private let root: PinnedRoot
    private let threads: Int
    private let now: @Sendable () -> Timestamp
    private let pause: @Sendable (Duration) -> Void
    private let progress: WalkProgress
    private let isInterrupted: @Sendable () -> Bool

    /// Pins the cache root; throws the `Errno` that stopped the way to it.
    ///
    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - pause: Suspends the calling thread.
    ///   - isInterrupted: Whether to end; asked between files, and between blocks of large ones.
    package init(
        top: FilePath, path: FilePath, threads: Int, now: @escaping @Sendable () -> Timestamp,
        pause: @escaping @Sendable (Duration) -> Void = { BackgroundThread.sleep($0) },
        progress: WalkProgress = WalkProgress(),
        isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }
    ) throws(Errno) {
        root = try PathDescent(to: path, from: top).pinTarget()
        self.threads = threads
        self.now = now
        self.pause = pause
        self.progress = progress
        self.isInterrupted = isInterrupted
    }

    /// Returns what hashing everything has shown; throws the `Errno` of listing the root.
    package func verify() throws(Errno) -> OutputVerification {
        var result = OutputVerification()
        let found = try CacheShards(in: root)
        result.isRecognised = found.isRecognised
        let shards = found.names
        var unsettled: [OutputName] = []
        run(shards.count, &result, &unsettled) { worker, index in worker.verify(shard: shards[index]) }
        for (round, pause) in Self.pauses.enumerated() where !unsettled.isEmpty && !isInterrupted() {
            self.pause(pause)
            let names = unsettled
            let isLast = round == Self.pauses.count - 1
            unsettled = []
            run(names.count, &result, &unsettled) { worker, index in worker.verify(names[index], isLast: isLast) }
        }
        result.isInterrupted = result.isInterrupted || isInterrupted()
        let hasOutputs = result.checked > 0 || !result.omitted.isEmpty
        result.isRecognised = result.isRecognised || hasOutputs || result.isInterrupted
        result.sort()
        return result
    }

    /// Calls `work` once for each index below `count`, on all threads, and collects what they found.
    private func run(
        _ count: Int, _ result: inout OutputVerification, _ unsettled: inout [OutputName],
        _ work: @escaping @Sendable (inout OutputWorker, Int) -> Void
    ) {
        let turn = Turn()
        let found = Mutex<(OutputVerification, [OutputName])>((OutputVerification(), []))
        let (root, now, progress, isInterrupted) = (root, now, progress, isInterrupted)
        WorkerThreads.run(min(threads, max(count, 1))) { _ in
            var worker = OutputWorker(root: root, now: now, progress: progress, isInterrupted: isInterrupted)
            while let index = turn.next(below: count), !isInterrupted() { work(&worker, index) }
            let part = (worker.result, worker.unsettled)
            found.withLock { found in
                found.0.add(part.0)
                found.1 += part.1
            }
        }
        let all = found.withLock { $0 }
        result.add(all.0)
        unsettled += all.1
    }
}

/// Deals out indices to threads.
final class Turn: Sendable {
    private let dealt = Atomic<Int>(0)

    func next(below count: Int) -> Int? {
        let index = dealt.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < count ? index : nil
    }
}
