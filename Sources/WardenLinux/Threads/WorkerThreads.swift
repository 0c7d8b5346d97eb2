internal import Glibc
internal import SystemPackage

/// Runs blocking work on threads of its own, one a core unless told otherwise.
///
/// System calls on a slow disk can block for seconds. On the cooperative pool they would stop everything else.
package enum WorkerThreads {
    /// How many processors are online. Corresponds to `sysconf(3)` with `_SC_NPROCESSORS_ONLN`.
    package static var processorCount: Int {
        let online = sysconf(CInt(_SC_NPROCESSORS_ONLN))
        return max(1, online)
    }

    /// Calls `body` on `count` threads at once, each with its own index, and returns when all have returned.
    ///
    /// The caller's thread is one of them. Where the kernel refuses a thread the work is done by fewer.
    package static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        var threads: [pthread_t] = []
        for index in 1..<max(2, count + 1) where index < count {
            var thread = pthread_t()
            let start = unsafe Unmanaged.passRetained(ThreadStart { body(index) }).toOpaque()
            let code = unsafe pthread_create(&thread, nil, enterThread, start)
            guard code == 0 else {
                unsafe Unmanaged<ThreadStart>.fromOpaque(start).release()
                break
            }
            threads.append(thread)
        }
        body(0)
        for thread in threads { pthread_join(thread, nil) }
    }
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// A free function, so that no actor's isolation travels into the new thread.
private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}

/// One thread beside the caller's, for what must go on while the caller works.
@safe package final class BackgroundThread: Sendable {
    private let thread: pthread_t?

    /// Starts the thread. Where the kernel refuses one, `body` is never called.
    package init(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(ThreadStart(body)).toOpaque()
        let code = unsafe pthread_create(&thread, nil, enterThread, start)
        if code != 0 { unsafe Unmanaged<ThreadStart>.fromOpaque(start).release() }
        self.thread = code == 0 ? thread : nil
    }

    /// Waits for the thread's end; called once.
    package func join() { if let thread { pthread_join(thread, nil) } }

    /// Suspends the calling thread. Corresponds to `nanosleep(2)`.
    package static func sleep(_ duration: Duration) {
        var time = timespec()
        time.tv_sec = Int(duration.components.seconds)
        time.tv_nsec = Int(duration.components.attoseconds / 1_000_000_000)
        unsafe nanosleep(&time, nil)
    }
}
