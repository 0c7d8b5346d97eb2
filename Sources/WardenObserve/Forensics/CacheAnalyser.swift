package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// Looks into every output of a Go build cache to tell what it is. Reads beginnings and tables, changes nothing, moves no atime.
package struct CacheAnalyser: Sendable {
    private let survey: OutputSurvey

    /// Pins the cache root; throws the `Errno` that stopped the way to it.
    ///
    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - isInterrupted: Whether to end; asked between files.
    package init(
        top: FilePath, path: FilePath, threads: Int, progress: WalkProgress = WalkProgress(),
        isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }
    ) throws(Errno) {
        survey = OutputSurvey(
            root: try PathDescent(to: path, from: top).pinTarget(), threads: threads, progress: progress,
            isInterrupted: isInterrupted)
    }

    /// Returns what the outputs are; throws the `Errno` of listing the root.
    ///
    /// - Parameters:
    ///   - inventory: Which actions name which outputs, and when they were last used.
    ///   - topCount: How many of the largest outputs are kept one by one.
    package func analyse(_ inventory: Inventory, topCount: Int) throws(Errno) -> CacheAnalysis {
        let shards = try CacheShards(in: survey.root)
        let parts = survey.run(shards) { AnalysisPart(inventory, topCount: topCount) }
        var analysis = CacheAnalysis(topCount: topCount)
        for part in parts { analysis.add(part.result) }
        analysis.isInterrupted = survey.isInterrupted()
        let hasOutputs = !analysis.kinds.isEmpty || !analysis.omitted.isEmpty
        analysis.isRecognised = shards.isRecognised || hasOutputs || analysis.isInterrupted
        return analysis
    }
}

/// One thread's part of an analysis.
private struct AnalysisPart: OutputSurveyor {
    private let reader = ObjectReader()
    private let inventory: Inventory
    private(set) var result: CacheAnalysis

    init(_ inventory: Inventory, topCount: Int) {
        self.inventory = inventory
        result = CacheAnalysis(topCount: topCount)
    }

    mutating func omit(_ path: RelativePath, _ reason: Omission) { result.omit(path, reason) }

    mutating func take(_ file: borrowing OwnedDescriptor, _ opened: OutputOpener.Opened) throws(Errno) {
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
