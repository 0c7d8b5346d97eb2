internal import SystemPackage
internal import WardenModel
internal import WardenYAML

/// What is wrong with a cache's values together, though each of them can be read.
struct CacheLint {
    let cache: CachePolicy
    let record: Record

    func run(_ reading: inout Reading) {
        noteReservedPath(&reading)
        noteOtherWriters(&reading)
        noteUntrustedSharing(&reading)
        notePrivilegedUsers(&reading)
        noteReaders(&reading)
        noteMissingInheritance(&reading)
        noteStickyDirectories(&reading)
        noteContradictions(&reading)
        noteFilePatterns(&reading)
        noteCleaning(&reading)
        noteCleaningAsRoot(&reading)
        noteDropping(&reading)
    }

    private var aclMark: SourceMark { record.mark(of: CacheDescription.acl) }
    private var modeMark: SourceMark { record.mark(of: CacheDescription.mode) }
    private var entriesMark: SourceMark { record.mark(of: CacheDescription.entries) }

    private func noteReservedPath(_ reading: inout Reading) {
        guard let reason = ReservedPath.reason(cache.path) else { return }
        reading.report(
            .reservedPath, at: record.mark(of: CacheDescription.path), "\(reason) and is no cache root",
            "/var/cache/go-build")
    }

    private func noteOtherWriters(_ reading: inout Reading) {
        let sharing = CacheSharing(cache)
        let message = "every user of the host may write here, and so run code in everybody's builds"
        let good = "let a group write: group:builders:rwX and other::---"
        if sharing.modes.contains(where: { $0.other.contains(.write) }) {
            let isRoot = cache.mode?.other.contains(.write) == true
            reading.report(.otherWritable, at: isRoot ? modeMark : entriesMark, message, good)
        }
        if sharing.rules.contains(where: { $0.tag == .other && $0.rights.contains(.write) }) {
            reading.report(.otherWritable, at: aclMark, message, good)
        }
    }

    private func noteUntrustedSharing(_ reading: inout Reading) {
        guard cache.trust == nil, let writers = CacheSharing(cache).severalWriters else { return }
        let place = writers.isByACL ? aclMark : cache.mode?.group.contains(.write) == true ? modeMark : entriesMark
        reading.report(
            .untrustedSharing, at: place,
            "\(writers.names) may write here: whoever can write to a Go build cache can run code in the builds of all "
                + "who use it, and no permission prevents that; say that they trust each other, or give each user a "
                + "cache of their own", "trust: mutual")
    }

    /// Members of a group are for a check of the host; who is named here can be told without one.
    private func notePrivilegedUsers(_ reading: inout Reading) {
        let sharing = CacheSharing(cache)
        guard let writers = sharing.severalWriters else { return }
        for subjects in sharing.privileged {
            let place = subjects.isByACL ? aclMark : record.mark(of: CacheDescription.owner)
            reading.report(
                .privilegedUser, at: place,
                "\(writers.names) may write here and so run code in the builds of \(subjects.names); leave that account "
                    + "out, with a cache of its own")
        }
    }

    private func noteReaders(_ reading: inout Reading) {
        guard cache.layout == .goBuild, let readers = CacheSharing(cache).readers else { return }
        reading.report(
            .readersWithoutWrite, at: readers.isByACL ? aclMark : modeMark,
            "\(readers.names) may read but not write: each of their cache misses is a failed build, so this serves only "
                + "builds whose every step is cached already")
    }

    /// Setgid and a default ACL are what makes entries that one member makes usable for the others.
    private func noteMissingInheritance(_ reading: inout Reading) {
        guard CacheSharing(cache).isByGroup else { return }
        let modes = [(cache.mode, modeMark), (cache.entries.directories, entriesMark)]
        for case (let mode?, let mark) in modes where !mode.isSetGroupID {
            reading.report(
                .noSetgid, at: mark,
                "without setgid on directories, what a member makes has the member's own group; found '\(mode)'",
                JSONValue.quoted(ModeBits(mode.rawValue | 0o2000).description))
        }
        if cache.acl == nil {
            reading.report(
                .noDefaultACL, at: cache.mode == nil ? record.mark : modeMark,
                "without a default ACL a member with umask 022 makes entries that the others cannot write, and their "
                    + "builds fail; setgid alone is not enough", "acl: {entries: [\"group:builders:rwX\"]}")
        } else if cache.acl?.defaultList == ACLPolicy.Default.none {
            reading.report(
                .noDefaultACL, at: aclMark,
                "without a default ACL a member with umask 022 makes entries that the others cannot write, and their "
                    + "builds fail", "default: same")
        }
    }

    private func noteStickyDirectories(_ reading: inout Reading) {
        guard let mode = cache.entries.directories, mode.isSticky else { return }
        reading.report(
            .stickyDirectories, at: entriesMark,
            "in sticky directories only the owner may remove an entry: Go's own trim and the replacing of others' "
                + "entries fail; found '\(mode)'",
            JSONValue.quoted(ModeBits(mode.rawValue & 0o6777).description))
    }

    private func noteFilePatterns(_ reading: inout Reading) {
        guard cache.layout != .directory, cache.retention?.files.isEverything == false else { return }
        reading.report(
            .patternsNeedDirectory, at: record.mark(of: CacheDescription.retention),
            "'include' and 'exclude' are for 'layout: directory'; what goes from a \(cache.layout.rawValue) cache goes "
                + "whole, by its own structure", "layout: directory")
    }

    /// Where a limit is crossed 'clean' takes the place of evicting: elsewhere nothing at all would go.
    private func noteCleaning(_ reading: inout Reading) {
        guard cache.layout != .goBuild, cache.retention?.whenExceeded == .clean else { return }
        reading.report(
            .cleanNeedsGoBuild, at: record.mark(of: CacheDescription.retention),
            "'go clean -cache' empties Go build caches alone; with 'when-exceeded: clean' nothing would ever go from a "
                + "\(cache.layout.rawValue) cache", "when-exceeded: evict")
    }

    private func noteDropping(_ reading: inout Reading) {
        guard cache.layout != .goBuild, cache.retention?.dropToolchains != nil else { return }
        reading.report(
            .dropNeedsGoBuild, at: record.mark(of: CacheDescription.retention),
            "nothing in a \(cache.layout.rawValue) cache says which Go made it; 'drop-toolchains' is for Go build caches",
            "layout: go-build")
    }

    /// An owner that is kept may be anybody; of that one the run tells.
    private func noteCleaningAsRoot(_ reading: inout Reading) {
        guard cache.layout == .goBuild, cache.retention?.whenExceeded == .clean, cache.owner == "root" else { return }
        reading.report(
            .cleanNeedsOwner, at: record.mark(of: CacheDescription.retention),
            "'go clean -cache' runs as the owner of the cache, and never as root: with 'owner: root' and "
                + "'when-exceeded: clean' nothing would ever go", "when-exceeded: evict")
    }

    private func noteContradictions(_ reading: inout Reading) {
        guard let rules = cache.acl?.entries else { return }
        let modes = [
            (cache.mode, "mode", true), (cache.entries.directories, "entries.directories", true),
            (cache.entries.files, "entries.files", false),
        ]
        for case (let mode?, let name, let isDirectory) in modes {
            for contradiction in ModeContradiction.all(mode: mode, rules: rules, isDirectory: isDirectory) {
                reading.report(
                    .aclContradictsMode, at: aclMark,
                    "'\(contradiction.subject)' is \(contradiction.byACL) by the ACL and \(contradiction.byMode) by "
                        + "'\(name)' (\(mode))", contradiction.suggestion)
            }
        }
    }
}
