internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// Answers what makes a directory a module cache. Reads only.
enum ModuleObserver {
    /// Returns what a path below a module cache is to the walk that collects versions.
    @Sendable static func part(_ path: [UInt8], _ isDirectory: Bool) -> ModulePart {
        switch ModuleCachePath(path, isDirectory: isDirectory) {
        case .folder: .folder
        case .tree(let version): .tree(label(version, path.elementsEqual(version.treePath) ? .tree : .leftover))
        case .download(let version, let download): .file(label(version, ModuleParts(download)))
        case .content, .bookkeeping, .stranger: .other
        }
    }

    private static func label(_ version: ModuleVersion, _ part: ModuleParts) -> ModulePart.Label {
        ModulePart.Label(version: version.treePath, key: version.key, part: part)
    }

    /// Returns the versions that lack what Go leaves beside each other.
    static func damages(in versions: [ModuleSighting]) -> [ModuleDamage] {
        versions.compactMap { sighting in
            guard let version = ModuleVersion(treePath: sighting.path.bytes) else { return nil }
            let faults = version.faults(of: sighting.parts)
            return faults.isEmpty ? nil : ModuleDamage(version: sighting, faults: faults)
        }
    }

    /// Whether anything shows that a module cache is one: `cache/download`, or the tree of any version.
    static func hasModules(_ versions: [ModuleSighting], below root: PinnedRoot) -> Bool {
        if versions.contains(where: { !$0.parts.isDisjoint(with: [.tree, .leftover]) }) { return true }
        // What cannot be opened shows nothing.
        guard let download = try? root.open(RelativePath("cache/download"), .path) else { return false }
        // As above.
        return (try? download.status().kind) == .directory
    }
}

extension ModuleParts {
    fileprivate init(_ download: ModuleCachePath.Download) {
        self =
            switch download {
            case .info: .info
            case .mod: .mod
            case .zip: .zip
            case .ziphash: .ziphash
            case .lock: .lock
            case .partial: .partial
            case .leftover: .leftover
            case .abandoned: .abandoned
            }
    }
}
