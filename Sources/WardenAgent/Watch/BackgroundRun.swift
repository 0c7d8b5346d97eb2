internal import Synchronization
internal import WardenLinux
internal import WardenModel
internal import WardenPlan

/// A run beside the thread that watches, which must take events all the time.
final class BackgroundRun: Sendable {
    let causes: [WatchSchedule.Cause]
    private let outcome = Mutex<Result<RunReport, any Error>?>(nil)
    private let thread = Mutex<BackgroundThread?>(nil)

    /// Begins it; `wake` is called at its end.
    init(_ request: RunRequest, _ surroundings: Surroundings, _ causes: [WatchSchedule.Cause], waking wake: Wake) {
        self.causes = causes
        let thread = BackgroundThread { [self] in
            let result = Result { try AgentRun(request, in: surroundings).run().report }
            // A walk over a million entries leaves the allocator with memory that is not needed until the next one.
            ProcessMemory.giveBack()
            outcome.withLock { $0 = result }
            wake.call()
        }
        self.thread.withLock { $0 = thread }
    }

    /// How it ended; `nil` while it goes on.
    var result: Result<RunReport, any Error>? { outcome.withLock { $0 } }

    /// Waits for its end.
    func join() { thread.withLock { $0.take() }?.join() }
}
