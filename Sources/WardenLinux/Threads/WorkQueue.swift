internal import Glibc

/// Tasks that threads take, and to which they add while they work; done when all are taken and finished.
@safe final class WorkQueue<Task: Sendable>: @unchecked Sendable {
    // Every stored property but the two pthread objects is touched only while `mutex` is held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var tasks: [Task]
    private var working = 0

    /// Returns a queue of these tasks, taken from the end.
    init(_ tasks: [Task]) {
        self.tasks = tasks
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Returns the next task, waiting for one while others may still add some; `nil` when all is done.
    ///
    /// Each task that is taken is followed by one call of `finish()`.
    func take() -> Task? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while tasks.isEmpty && working > 0 { unsafe pthread_cond_wait(changed, mutex) }
        guard let task = tasks.popLast() else { return nil }
        working += 1
        return task
    }

    func finish() {
        unsafe pthread_mutex_lock(mutex)
        working -= 1
        if working == 0 || !tasks.isEmpty { unsafe pthread_cond_broadcast(changed) }
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Adds a task, unless so many wait already that the caller had better do it itself.
    func offer(_ task: @autoclosure () -> Task, unlessWaiting limit: Int) -> Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        guard tasks.count < limit else { return false }
        tasks.append(task())
        unsafe pthread_cond_signal(changed)
        return true
    }
}
