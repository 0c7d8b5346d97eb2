internal import SystemPackage
internal import WardenModel
internal import WardenYAML

/// What is wrong with a cache's values together, though each of them can be read.
struct CacheLint {
    let cache: CachePolicy
    let record: Record

    func run(_ reading: inout Reading) {
        noteReservedPath(&reading)
    }

    private func noteReservedPath(_ reading: inout Reading) {
        guard let reason = ReservedPath.reason(cache.path) else { return }
        reading.error(
            "reserved-path", at: record.mark(of: CacheDescription.path), "\(reason) and is no cache root",
            "/var/cache/go-build")
    }
}
