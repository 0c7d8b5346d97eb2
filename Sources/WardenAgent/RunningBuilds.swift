package import SystemPackage
package import WardenModel
internal import WardenObserve

/// The builds of this host, for `Surroundings`.
package enum RunningBuilds {
    /// Returns which builds use a cache; unknown where `/proc` is missing or hides other users' processes.
    package static func observe(on root: InodeIdentity, at path: FilePath, layout: CacheLayout) -> BuildObservation {
        do throws(Errno) {
            return .known(try BuildObserver().builds(on: root, at: path, layout: layout))
        } catch {
            return .unknown
        }
    }
}
