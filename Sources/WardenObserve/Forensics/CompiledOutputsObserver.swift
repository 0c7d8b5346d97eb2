package import SystemPackage
internal import WardenGoCache
internal import WardenLinux
package import WardenModel

/// Looks into every output of a Go build cache for the Go that made it: 4 KiB of an archive, the tables of an executable.
/// Changes nothing, moves no atime.
package struct CompiledOutputsObserver {
    private let survey: OutputSurvey

    /// Pins the cache root, and throws the `Errno` that stopped the way to it, or `ESTALE` where it is another one.
    ///
    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - identity: The cache root's, as it was observed.
    package init(top: FilePath, path: FilePath, identity: InodeIdentity, threads: Int) throws(Errno) {
        let root = try PathDescent(to: path, from: top).pinTarget()
        guard root.identity == identity else { throw .staleNFSFileHandle }
        survey = OutputSurvey(root: root, threads: threads) { Interruption.isPending }
    }

    /// Returns what was found. What could not be opened is in none of it, and stays.
    package func outputs(toolchains: InstalledToolchains?) throws(Errno) -> CompiledOutputs {
        let parts = survey.run(try CacheShards(in: survey.root)) { CompiledPart() }
        var outputs = CompiledOutputs(toolchains: toolchains)
        for part in parts { outputs.add(part.outputs) }
        return outputs
    }
}

/// One thread's part of it.
private struct CompiledPart: OutputSurveyor {
    private let reader = ObjectReader()
    private(set) var outputs = CompiledOutputs()

    mutating func omit(_ path: RelativePath, _ reason: Omission) {}

    mutating func take(_ file: borrowing OwnedDescriptor, _ opened: OutputOpener.Opened) throws(Errno) {
        let isExecutable = opened.name.executable != nil
        guard let version = try reader.version(file, size: opened.status.size.rawValue, isExecutable: isExecutable)
        else { return }
        outputs.add(PairKey.ofName(opened.name.name.span), madeBy: version)
    }
}
