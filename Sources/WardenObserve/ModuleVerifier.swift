internal import Synchronization
package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// Hashes every unpacked version of a module cache and compares it with its `.ziphash`. Changes nothing, not even an
/// atime.
///
/// A version that `go` is just unpacking, or removing to unpack it again, does not match either. What has changed while
/// it was read, or differs, is looked at again behind everything else, and called damaged when it differs in the same
/// way and nothing has moved meanwhile.
package struct ModuleVerifier: Sendable {
    /// How long to wait before each further look.
    package static let pauses: [Duration] = [.milliseconds(500), .milliseconds(1_500)]
    /// How old a version's youngest part is before anything is called missing: downloads take less.
    package static let settlingTime = Duration.seconds(3_600)

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

    /// Whether `cache/download` stands in the root: then it is a module cache, whatever else is there.
    package var hasDownloads: Bool {
        // What cannot be opened shows nothing.
        (try? root.open(RelativePath("cache/download"), .directoryPath)) != nil
    }

    /// Returns what hashing everything has shown; throws the `Errno` of listing the root.
    package func verify() throws(Errno) -> ModuleVerification {
        var result = ModuleVerification()
        let moment = now()
        let versions: [ModuleSighting]
        do throws(Errno) {
            versions = try ModuleWalk.survey(
                below: root, extent: .names, now: moment, threads: threads, classifier: ModuleObserver.part,
                isInterrupted: isInterrupted
            ).versions
        } catch .canceled {
            result.isInterrupted = true
            return result
        }
        result.isRecognised = ModuleObserver.hasModules(versions, below: root)
        if !result.isRecognised { result.isRecognised = try isEmpty() }
        var candidates = versions.compactMap { ModuleCandidate($0, now: moment, settlingTime: Self.settlingTime) }
        candidates = run(candidates, &result, isLast: false)
        for (round, pause) in Self.pauses.enumerated() where !candidates.isEmpty && !isInterrupted() {
            self.pause(pause)
            candidates = run(candidates, &result, isLast: round == Self.pauses.count - 1)
        }
        result.isInterrupted = result.isInterrupted || isInterrupted()
        result.sort()
        return result
    }

    private func isEmpty() throws(Errno) -> Bool {
        let directory = try root.descriptor.openQuietly([UInt8(ascii: ".")])
        let blocks = NameBlocks()
        while let names = try blocks.next(in: directory) {
            guard names.isEmpty else { return false }
        }
        return true
    }

    /// Looks at each version once, on all threads; returns those to be looked at again.
    private func run(
        _ candidates: [ModuleCandidate], _ result: inout ModuleVerification, isLast: Bool
    ) -> [ModuleCandidate] {
        let turn = Turn()
        let found = Mutex<(ModuleVerification, [ModuleCandidate])>((ModuleVerification(), []))
        let (root, progress, isInterrupted) = (root, progress, isInterrupted)
        WorkerThreads.run(min(threads, max(candidates.count, 1))) { _ in
            var worker = ModuleWorker(root: root, progress: progress, isInterrupted: isInterrupted)
            while let index = turn.next(below: candidates.count), !isInterrupted() {
                worker.verify(candidates[index], isLast: isLast)
            }
            let part = (worker.result, worker.unsettled)
            found.withLock { found in
                found.0.add(part.0)
                found.1 += part.1
            }
        }
        let all = found.withLock { $0 }
        result.add(all.0)
        return all.1
    }
}

/// A version with something to say of: a tree, or a part that is missing.
struct ModuleCandidate: Sendable {
    let sighting: ModuleSighting
    let version: ModuleVersion
    let faults: [ModuleFault]
    /// Whether somebody may be downloading or unpacking it.
    let isYoung: Bool
    /// How its tree differed when it was looked at last.
    var difference: ModuleVerification.Difference?

    /// `nil` for a version of which nothing is unpacked and nothing is missing.
    init?(_ sighting: ModuleSighting, now: Timestamp, settlingTime: Duration) {
        guard let version = ModuleVersion(treePath: sighting.path.bytes) else { return nil }
        self.sighting = sighting
        self.version = version
        faults = version.faults(of: sighting.parts)
        let age = now.since(sighting.changed)
        isYoung = age < settlingTime && age > .zero - settlingTime
        guard sighting.parts.contains(.tree) || !faults.isEmpty else { return nil }
    }

    /// Where a download file of the version stands.
    func download(_ suffix: String) -> RelativePath {
        RelativePath(
            bytes: Array("cache/download/".utf8) + version.path + Array("/@v/".utf8) + version.version
                + Array(suffix.utf8))
    }

    /// Whether there is a tree that builds would read, and a hash to compare it with.
    var isHashed: Bool {
        sighting.parts.contains(.tree) && sighting.parts.contains(.ziphash) && !sighting.parts.contains(.partial)
    }
}
