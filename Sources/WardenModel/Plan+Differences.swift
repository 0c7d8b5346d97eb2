internal import SystemPackage

/// Returns what has moved between a saved plan and one made just now, for people; empty where they are the same plan.
///
/// Compares what the changes rest on: host, policies, each root's inode, and for every subject its inode, its state
/// and its repair. When the plans were made, and what their findings say, does not matter.
///
/// - Parameter limit: How many differences are named; a last line counts the rest.
package func differences(saved: Plan, fresh: Plan, limit: Int) -> [String] {
    var list = DifferenceList(limit: limit)
    if saved.host != fresh.host {
        list.add("the plan is for host '\(escapedForDisplay(saved.host))', this is '\(escapedForDisplay(fresh.host))'")
    }
    if saved.policyDigest != fresh.policyDigest { list.add("the policies have changed since the plan was made") }
    for cache in saved.caches {
        let name = escapedForDisplay(cache.name)
        guard let now = fresh.caches.first(where: { $0.name == cache.name }) else {
            list.add("cache '\(name)': no policy speaks of it any more")
            continue
        }
        compare(cache, now, into: &list)
    }
    for cache in fresh.caches where !saved.caches.contains(where: { $0.name == cache.name }) {
        list.add("cache '\(escapedForDisplay(cache.name))': the plan does not know it")
    }
    compare(saved.toolchains, fresh.toolchains, into: &list)
    compare(saved.delivery, fresh.delivery, into: &list)
    return list.finished
}

private func compare(_ saved: [ToolchainPlan], _ fresh: [ToolchainPlan], into list: inout DifferenceList) {
    func installations(_ plans: [ToolchainPlan]) -> [FilePath: ToolchainInstallation] {
        Dictionary(plans.compactMap { plan in plan.installation.map { (plan.path, $0) } }) { first, _ in first }
    }
    let (old, new) = (installations(saved), installations(fresh))
    for path in Set(old.keys).union(new.keys).sorted(by: { $0.string < $1.string }) where old[path] != new[path] {
        let reason =
            switch (old[path], new[path]) {
            case (_, nil): "is not to be installed any more"
            case (nil, _): "is to be installed now and was not before"
            default: "is another now, or is to come from another archive"
            }
        list.add("toolchain '\(escapedForDisplay(path.string))' \(reason)")
    }
}

private func compare(_ saved: DeliveryPlan, _ fresh: DeliveryPlan, into list: inout DifferenceList) {
    func changes(_ plan: DeliveryPlan) -> [FilePath: FileChange] {
        Dictionary(plan.files.compactMap { file in file.change.map { (file.path, $0) } }) { first, _ in first }
    }
    let (old, new) = (changes(saved), changes(fresh))
    for path in Set(old.keys).union(new.keys).sorted(by: { $0.string < $1.string }) where old[path] != new[path] {
        let reason =
            switch (old[path], new[path]) {
            case (_, nil): "needs no change any more"
            case (nil, _): "needs a change now and did not before"
            case (let was?, let isNow?):
                was.before == isNow.before ? "needs another change now" : "has another content now"
            }
        list.add("file '\(escapedForDisplay(path.string))' \(reason)")
    }
}

/// Lines up to a limit, and how many more there were.
private struct DifferenceList {
    let limit: Int
    private var lines: [String] = []
    private var more = 0

    init(limit: Int) { self.limit = limit }

    /// Adds a line; one that is beyond the limit is not even put together.
    mutating func add(_ line: @autoclosure () -> String) {
        if lines.count < limit { lines.append(line()) } else { more += 1 }
    }

    var finished: [String] { more == 0 ? lines : lines + ["and \(more) more"] }
}

private func compare(_ saved: CachePlan, _ fresh: CachePlan, into list: inout DifferenceList) {
    let cache = "cache '\(escapedForDisplay(saved.name))'"
    if saved.path != fresh.path {
        list.add(
            "\(cache): its path was '\(escapedForDisplay(saved.path.string))', "
                + "is now '\(escapedForDisplay(fresh.path.string))'")
    }
    if saved.mode != fresh.mode {
        list.add("\(cache): its mode was \(saved.mode.rawValue), is now \(fresh.mode.rawValue)")
    }
    if fresh.isBlocked, !saved.isBlocked { list.add("\(cache): a finding blocks every change now") }
    guard saved.root == fresh.root else {
        // Everything below another root is another thing; naming it all would hide the reason.
        list.add("\(cache): \(movement(from: saved.root, to: fresh.root))")
        return
    }
    compareRetention(saved: saved.retention, fresh: fresh.retention) { path, reason in
        list.add("\(path.isRoot ? "\(cache): it" : "\(cache): '\(path)'") \(reason)")
    }
    let repairs = Repairs(saved.changes, fresh.changes)
    var before = repairs.directories(of: saved.changes, isSaved: true)[...]
    var now = repairs.directories(of: fresh.changes, isSaved: false)[...]
    while let directory = [before.first?.path, now.first?.path].compactMap({ $0 }).min() {
        let old = repairs.subjects(takenFrom: &before, in: directory)
        let new = repairs.subjects(takenFrom: &now, in: directory)
        compare(old, new, in: directory, of: cache, into: &list)
    }
}

private func movement(from saved: InodeIdentity?, to fresh: InodeIdentity?) -> String {
    switch (saved, fresh) {
    case (nil, _): "its root was missing and is there now"
    case (_, nil): "its root is gone"
    case (let saved?, let fresh?): "another directory is its root now (inode \(saved.inode) before, \(fresh.inode) now)"
    }
}

/// Walks two lists of one directory's subjects, both sorted by name.
private func compare(
    _ saved: [Repairs.Subject], _ fresh: [Repairs.Subject], in directory: RelativePath, of cache: String,
    into list: inout DifferenceList
) {
    func path(_ subject: Repairs.Subject) -> String {
        let bytes = directory.isRoot ? [] : directory.bytes + [UInt8(ascii: "/")]
        let path = RelativePath(bytes: bytes + subject.name)
        return path.isRoot ? "\(cache): the root" : "\(cache): '\(path)'"
    }
    var (old, new) = (0, 0)
    while old < saved.count || new < fresh.count {
        if new == fresh.count || old < saved.count && saved[old].name.lexicographicallyPrecedes(fresh[new].name) {
            list.add("\(path(saved[old])) is gone, or needs no repair any more")
            old += 1
        } else if old == saved.count || saved[old].name != fresh[new].name {
            list.add("\(path(fresh[new])) needs a repair now and did not before")
            new += 1
        } else {
            let (was, isNow) = (saved[old], fresh[new])
            if was.inode != isNow.inode {
                list.add("\(path(was)) is another inode now (\(was.inode) before, \(isNow.inode) now)")
            } else if was.repair != isNow.repair {
                list.add("\(path(was)) \(change(from: was.before, to: isNow.before))")
            }
            old += 1
            new += 1
        }
    }
}

private func change(from saved: NodeState?, to fresh: NodeState?) -> String {
    guard let saved, let fresh, saved != fresh else { return "needs another repair now" }
    func text(_ node: NodeState) -> String {
        "\(node.owner.rawValue):\(node.group.rawValue) \(node.mode)" + (node.accessList == nil ? "" : " with an ACL")
            + (node.defaultList == nil ? "" : " and a default ACL")
    }
    let (was, isNow) = (text(saved), text(fresh))
    return was == isNow ? "has other ACL entries now" : "was \(was), is now \(isNow)"
}

/// The changes of two plans, those that do the same to the same state under one number.
private struct Repairs {
    struct Subject {
        let name: ArraySlice<UInt8>
        let inode: UInt64
        let repair: Int
        let before: NodeState?
    }

    /// One directory's subjects of one change.
    struct Directory {
        let path: RelativePath
        let chunk: SubjectList.Chunk
        let repair: Int
        let before: NodeState?
    }

    private let saved: [Int]
    private let fresh: [Int]

    init(_ saved: [Change], _ fresh: [Change]) {
        var known: [Change] = []
        func number(_ change: Change) -> Int {
            let match = known.firstIndex {
                $0.before == change.before && $0.after == change.after && $0.steps == change.steps
                    && $0.role == change.role
            }
            if let match { return match }
            known.append(change)
            return known.count - 1
        }
        self.saved = saved.map(number)
        self.fresh = fresh.map(number)
    }

    func directories(of changes: [Change], isSaved: Bool) -> [Directory] {
        let numbers = isSaved ? saved : fresh
        let directories = zip(changes, numbers).flatMap { change, repair in
            change.subjects.chunks.map {
                Directory(path: $0.directory, chunk: $0, repair: repair, before: change.before)
            }
        }
        return directories.sorted { $0.path == $1.path ? $0.repair < $1.repair : $0.path < $1.path }
    }

    /// Takes a directory's chunks off the front and returns what is in them, by name.
    func subjects(takenFrom directories: inout ArraySlice<Directory>, in path: RelativePath) -> [Subject] {
        var subjects: [Subject] = []
        var chunks = 0
        while let first = directories.first, first.path == path {
            for index in 0..<first.chunk.count {
                subjects.append(
                    Subject(
                        name: first.chunk.name(index), inode: first.chunk.inodes[index], repair: first.repair,
                        before: first.before))
            }
            chunks += 1
            directories = directories.dropFirst()
        }
        // One chunk is sorted already: the usual case, and half a million comparisons less.
        guard chunks > 1 else { return subjects }
        return subjects.sorted {
            $0.name == $1.name ? $0.repair < $1.repair : $0.name.lexicographicallyPrecedes($1.name)
        }
    }
}
