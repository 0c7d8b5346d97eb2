/// How a trace learns of what happens.
package enum TraceMethod: String, Hashable, Sendable {
    /// `fanotify(7)`: every event names its process.
    case fanotify
    /// `inotify(7)`: only the owner and the time of what was written are known.
    case inotify
}
