internal import Synchronization
package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// Looks into every output of a Go build cache to tell what it is. Reads beginnings and tables, changes nothing, moves no atime.
package struct CacheAnalyser: Sendable {
    private let root: PinnedRoot
    private let threads: Int
    private let progress: WalkProgress
    private let isInterrupted: @Sendable () -> Bool

    /// Pins the cache root; throws the `Errno` that stopped the way to it.
    ///
    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - isInterrupted: Whether to end; asked between files.
    package init(
        top: FilePath, path: FilePath, threads: Int, progress: WalkProgress = WalkProgress(),
        isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }
    ) throws(Errno) {
        root = try PathDescent(to: path, from: top).pinTarget()
        self.threads = threads
        self.progress = progress
        self.isInterrupted = isInterrupted
    }

    /// Returns what the outputs are; throws the `Errno` of listing the root.
    ///
    /// - Parameters:
    ///   - inventory: Which actions name which outputs, and when they were last used.
    ///   - topCount: How many of the largest outputs are kept one by one.
    package func analyse(_ inventory: Inventory, topCount: Int) throws(Errno) -> CacheAnalysis {
        let shards = try CacheShards(in: root)
        let result = Mutex(CacheAnalysis(topCount: topCount))
        let turn = Turn()
        let (names, root, progress, isInterrupted) = (shards.names, root, progress, isInterrupted)
        WorkerThreads.run(min(threads, max(names.count, 1))) { _ in
            var worker = AnalysisWorker(
                root: root, inventory: inventory, topCount: topCount, progress: progress, isInterrupted: isInterrupted)
            while let index = turn.next(below: names.count), !isInterrupted() { worker.analyse(shard: names[index]) }
            let part = worker.result
            result.withLock { $0.add(part) }
        }
        var analysis = result.withLock { $0 }
        analysis.isInterrupted = isInterrupted()
        let hasOutputs = !analysis.kinds.isEmpty || !analysis.omitted.isEmpty
        analysis.isRecognised = shards.isRecognised || hasOutputs || analysis.isInterrupted
        return analysis
    }
}

/// One thread's part of an analysis.
private struct AnalysisWorker: ~Copyable {
    private let opener: OutputOpener
    private let reader = ObjectReader()
    private let inventory: Inventory
    private let progress: WalkProgress
    private let isInterrupted: @Sendable () -> Bool
    private(set) var result: CacheAnalysis

    init(
        root: PinnedRoot, inventory: Inventory, topCount: Int, progress: WalkProgress,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        opener = OutputOpener(root: root)
        self.inventory = inventory
        self.progress = progress
        self.isInterrupted = isInterrupted
        result = CacheAnalysis(topCount: topCount)
    }

    mutating func analyse(shard: [UInt8]) {
        let path = RelativePath(bytes: shard)
        let opener = opener
        do throws(Errno) {
            let refusal = try opener.forEachOutput(in: shard) { output, directory in
                analyse(output, in: directory)
                progress.entries.wrappingAdd(1, ordering: .relaxed)
                return !isInterrupted()
            }
            if let refusal { result.omit(path, .refused(refusal)) }
        } catch .noSuchFileOrDirectory {
            // Cleaned away meanwhile, with all that was in it.
        } catch {
            result.omit(path, .unreadable(error))
        }
    }

    private mutating func analyse(_ output: OutputName, in shard: borrowing OwnedDescriptor) {
        let opener = opener
        var stop: OutputOpener.Stop?
        do throws(Errno) {
            stop = try opener.open(output, in: shard) { file, opened throws(Errno) in try take(file, opened) }
        } catch {
            stop = OutputOpener.stop(error)
        }
        switch stop {
        case nil: break
        case .omitted(let reason): result.omit(output.entry, reason)
        case .empty: result.omit(output.entry, .unfinished)
        case .unsettled: result.omit(output.entry, .beingWritten)
        }
    }

    private mutating func take(_ file: borrowing OwnedDescriptor, _ opened: OutputOpener.Opened) throws(Errno) {
        let status = opened.status
        let read = try reader.read(file, size: status.size.rawValue, isExecutable: opened.name.executable != nil)
        let pair = inventory.pair(withKey: PairKey.ofName(opened.name.name.span))
        let entry = CacheAnalysis.Entry(
            path: opened.name.entry, kind: read.kind, variant: read.variant, owner: status.owner, size: status.size,
            allocated: status.allocated, lastUse: pair?.lastUse)
        var amount: CacheAnalysis.Amount?
        if let pair { amount = actions(of: pair) }
        result.add(entry, actions: amount)
    }

    /// Returns what the actions of a pair take; `nil` where it has none.
    private func actions(of pair: Inventory.Pair) -> CacheAnalysis.Amount? {
        guard pair.actions > 0 else { return nil }
        var amount = CacheAnalysis.Amount()
        for entry in inventory.entries(of: pair) where entry.kind == .action {
            amount += .init(entries: 1, size: ByteCount(UInt64(ActionEntry.length)), allocated: entry.allocated)
        }
        return amount
    }
}
