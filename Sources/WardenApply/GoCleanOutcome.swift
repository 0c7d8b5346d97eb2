package import SystemPackage
package import WardenLinux

/// What became of Go's own command. Whether it had any effect only the cache can tell.
package enum GoCleanOutcome: Hashable, Sendable {
    /// It ended by itself, well or not: an owner who may not enter the path to its own cache is told so by `go`.
    case ran(ChildResult)
    /// It took too long and was killed; what it had removed by then is gone.
    case timedOut(ChildResult)
    /// A signal asked the run to end, and the command was killed.
    case interrupted(ChildResult)
    /// There is no `go` where it may stand.
    case notFound
    case refused(GoRefusal)
    /// It could not be started; `.notPermitted` where this process may not become the cache's owner.
    case failed(Errno)
}
