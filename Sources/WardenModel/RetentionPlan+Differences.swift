/// Returns what a saved retention would do that a fresh one would not; `path` is called for each, with what is wrong.
///
/// A fresh plan may want more: the cache has grown since. What it wants no more was used, replaced or removed, or nothing
/// needs to go any longer: then the saved plan's ground has moved.
func compareRetention(saved: RetentionPlan?, fresh: RetentionPlan?, note: (RelativePath, String) -> Void) {
    guard let saved else { return }
    if saved.cleansWithGo, fresh?.cleansWithGo != true { note(.root, "is not to be cleaned any more") }
    compare(saved.evictions, fresh?.evictions ?? EvictionList(), note)
    let fresh = fresh?.times ?? TimeList()
    var wanted: [RelativePath: Int] = [:]
    for index in 0..<(saved.times.isEmpty ? 0 : fresh.count) { wanted[fresh.path(index)] = index }
    for index in 0..<saved.times.count {
        let path = saved.times.path(index)
        // The moment itself may have moved on, as it does with every use.
        guard let now = wanted[path], fresh.inodes[now] == saved.times.inodes[index] else {
            note(path, "has another mtime or inode now")
            continue
        }
    }
}

private func compare(_ saved: EvictionList, _ fresh: EvictionList, _ note: (RelativePath, String) -> Void) {
    guard !saved.isEmpty else { return }
    var inodes: [ArraySlice<UInt8>: UInt64] = [:]
    inodes.reserveCapacity(fresh.memberCount)
    for member in 0..<fresh.memberCount { inodes[fresh.pathBytes(member)] = fresh.inodes[member] }
    for member in 0..<saved.memberCount {
        switch inodes[saved.pathBytes(member)] {
        case saved.inodes[member]: continue
        case nil: note(saved.path(member), "was used or removed, or need not go any more")
        case .some: note(saved.path(member), "is another inode now")
        }
    }
}
