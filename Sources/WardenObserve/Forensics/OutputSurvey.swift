internal import Synchronization
internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// What one thread makes of the outputs that a survey shows it.
protocol OutputSurveyor: Sendable {
    /// Takes an open output. What it throws leaves the output out.
    mutating func take(_ file: borrowing OwnedDescriptor, _ opened: OutputOpener.Opened) throws(Errno)
    mutating func omit(_ path: RelativePath, _ reason: Omission)
}

/// Opens every output of a Go build cache once, on several threads. Moves no atime.
struct OutputSurvey: Sendable {
    let root: PinnedRoot
    let threads: Int
    var progress = WalkProgress()
    /// Whether to end; asked between files.
    let isInterrupted: @Sendable () -> Bool

    /// Returns what each thread has made of its outputs.
    func run<Part: OutputSurveyor>(_ shards: CacheShards, _ make: @escaping @Sendable () -> Part) -> [Part] {
        let parts = Mutex<[Part]>([])
        let turn = Turn()
        let names = shards.names
        WorkerThreads.run(min(threads, max(names.count, 1))) { _ in
            let opener = OutputOpener(root: root)
            var part = make()
            while let index = turn.next(below: names.count), !isInterrupted() {
                survey(names[index], opener, &part)
            }
            let done = part
            parts.withLock { $0.append(done) }
        }
        return parts.withLock { $0 }
    }

    private func survey<Part: OutputSurveyor>(_ shard: [UInt8], _ opener: OutputOpener, _ part: inout Part) {
        let path = RelativePath(bytes: shard)
        do throws(Errno) {
            let refusal = try opener.forEachOutput(in: shard) { output, directory in
                survey(output, in: directory, opener, &part)
                progress.entries.wrappingAdd(1, ordering: .relaxed)
                return !isInterrupted()
            }
            if let refusal { part.omit(path, .refused(refusal)) }
        } catch .noSuchFileOrDirectory {
            // Cleaned away meanwhile, with all that was in it.
        } catch {
            part.omit(path, .unreadable(error))
        }
    }

    private func survey<Part: OutputSurveyor>(
        _ output: OutputName, in shard: borrowing OwnedDescriptor, _ opener: OutputOpener, _ part: inout Part
    ) {
        var stop: OutputOpener.Stop?
        do throws(Errno) {
            stop = try opener.open(output, in: shard) { file, opened throws(Errno) in try part.take(file, opened) }
        } catch {
            stop = OutputOpener.stop(error)
        }
        switch stop {
        case nil: break
        case .omitted(let reason): part.omit(output.entry, reason)
        case .empty: part.omit(output.entry, .unfinished)
        case .unsettled: part.omit(output.entry, .beingWritten)
        }
    }
}
