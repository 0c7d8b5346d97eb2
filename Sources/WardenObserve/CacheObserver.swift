package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// Answers what a cache root and everything below it look like. Reads only, decides nothing.
package struct CacheObserver: Sendable {
    /// What stands for `/`.
    package let top: FilePath
    package let threads: Int
    package let now: @Sendable () -> Timestamp
    package let progress: WalkProgress

    package init(
        top: FilePath, threads: Int, now: @escaping @Sendable () -> Timestamp, progress: WalkProgress = WalkProgress()
    ) {
        self.top = top
        self.threads = threads
        self.now = now
        self.progress = progress
    }

    /// Returns a picture of one cache.
    ///
    /// - Parameters:
    ///   - parts: What is counted apart from all else, however alike.
    ///   - demand: Whose names are kept; asked once for each permission state that is met, from any thread.
    ///
    /// Throws the `Errno` of what the whole cache rests on: the top directory, the root itself.
    package func observe(
        name: String, path: FilePath, layout: CacheLayout, inventory: InventoryDemand = .none,
        accessLists: AccessListDemand = .all, parts: [RelativePath] = [],
        demand: @escaping @Sendable (EntryRole, NodeState, Refusal?) -> NameDemand
    ) throws(Errno) -> CacheObservation {
        let moment = now()
        func observation(
            _ root: RootObservation, _ ancestors: [AncestorObservation], _ census: Census? = nil
        ) -> CacheObservation {
            CacheObservation(
                name: name, path: path, layout: layout, observedAt: moment, root: root, ancestors: ancestors,
                census: census)
        }
        // "/" has nothing above it and is no cache; the plan refuses it by its path.
        guard path.isAbsolute, !path.components.isEmpty else { return observation(.notDirectory(.directory), []) }
        let descent = try PathDescent(to: path, from: top)
        switch descent.end {
        case .missing:
            return observation(.missing(parentExists: true), descent.ancestors)
        case .stopped(_, nil, .noSuchFileOrDirectory):
            return observation(.missing(parentExists: false), descent.ancestors)
        case .stopped(let place, _, let cause):
            return observation(.unreachable(at: place, cause), descent.ancestors)
        case .found(let reading) where reading.state.kind != .directory:
            return observation(.notDirectory(reading.state.kind), descent.ancestors)
        case .found(let reading):
            let root: PinnedRoot
            do throws(Errno) {
                root = try descent.pinTarget()
            } catch {
                return observation(.unreachable(at: path, error), descent.ancestors)
            }
            let question = TreeQuestion(
                classifier: LayoutClassifier(layout: layout), inventory: inventory, accessLists: accessLists,
                parts: TreeParts(parts), demand: demand, now: moment, threads: threads, progress: progress)
            let present = PresentRoot(
                identity: root.identity, node: reading.state, fileSystem: try root.descriptor.fileSystem(),
                listing: PresentRoot.Listing(
                    links: reading.status.links, size: reading.status.size, modified: reading.status.modified))
            return observation(
                .present(present), descent.ancestors,
                try modules(below: root, question, layout, try TreeWalk.census(below: root, asking: question)))
        }
    }
}

extension CacheObserver {
    /// Adds to a module cache's census what only the paths below it tell.
    private func modules(
        below root: PinnedRoot, _ question: TreeQuestion, _ layout: CacheLayout, _ census: Census
    ) throws(Errno) -> Census {
        guard layout == .goMod else { return census }
        var census = census
        // Trees are entered where their age and size are asked for; for which parts there are their names are enough.
        let extent: ModuleWalk.Extent = if case .modules = question.inventory { .everything } else { .names }
        let survey = try ModuleWalk.survey(
            below: root, extent: extent, now: question.now, threads: threads, classifier: ModuleObserver.part)
        census.hasModules = ModuleObserver.hasModules(survey.versions, below: root)
        census.moduleDamages = ModuleObserver.damages(in: survey.versions)
        guard let inventory = survey.inventory else { return census }
        census.ages = inventory.totals(now: question.now).ages
        census.inventory = inventory
        return census
    }
}

/// Asks the Go build cache's own naming rules about every name of a walk.
struct LayoutClassifier: TreeClassifier {
    let layout: CacheLayout

    func role(of name: borrowing Span<UInt8>, kind: NodeKind, in directory: DirectoryContext) -> EntryRole {
        EntryClassifier.role(of: name, kind: kind, in: parent(directory), layout: layout)
    }

    func pairKey(ofOutput name: borrowing Span<UInt8>) -> UInt64 { PairKey.ofName(name) }

    func pairKey(ofAction content: borrowing Span<UInt8>, named name: borrowing Span<UInt8>) -> UInt64? {
        PairKey.ofAction(content, named: name)
    }

    private func parent(_ directory: DirectoryContext) -> EntryClassifier.Parent {
        guard let role = directory.role else { return .root }
        let (first, second) = directory.nameStart
        return .inside(role, shard: role == .shard ? EntryClassifier.digits(first, second) : 0)
    }
}
