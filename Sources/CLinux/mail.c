#define _GNU_SOURCE
#include "clinux_mail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int memory_file(const char *name, const char *bytes, size_t size) {
    int file = memfd_create(name, MFD_CLOEXEC);
    if (file < 0) return -errno;
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            int failure = -errno;
            close(file);
            return failure;
        }
        bytes += done;
        size -= (size_t)done;
    }
    if (lseek(file, 0, SEEK_SET) == 0) return file;
    close(file);
    return -EIO;
}

static int start(struct clinux_fed_program *feed, int input, int output, pid_t *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) return -failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure == 0) {
        // Without close-on-exec, as dup2(2) leaves them; both numbers are above 2.
        failure = posix_spawn_file_actions_adddup2(&actions, input, 0);
        if (failure == 0) failure = posix_spawn_file_actions_adddup2(&actions, output, 1);
        if (failure == 0) failure = posix_spawn_file_actions_adddup2(&actions, output, 2);
        // What somebody else in this process opened without close-on-exec is none of the program's business.
        if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        if (failure == 0)
            failure = posix_spawn(
                process, feed->program, &actions, &attributes, (char *const *)feed->arguments,
                (char *const *)feed->environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return -failure;
}

static int finish(struct clinux_fed_program *feed, pid_t process, int limit) {
    int handle = (int)syscall(SYS_pidfd_open, process, 0);
    if (handle < 0) limit = 0;
    struct pollfd end = {.fd = handle, .events = POLLIN};
    int ready;
    do ready = poll(&end, 1, limit);
    while (ready < 0 && errno == EINTR);
    int killed = ready <= 0;
    if (killed) kill(-process, SIGKILL);
    pid_t reaped;
    do reaped = waitpid(process, &feed->status, 0);
    while (reaped < 0 && errno == EINTR);
    int failure = reaped < 0 ? -errno : 0;
    if (killed) feed->status = -1;
    if (handle >= 0) close(handle);
    return failure;
}

int clinux_run_fed(struct clinux_fed_program *feed, int limit) {
    feed->output_size = 0;
    feed->status = -1;
    int input = memory_file("cachewarden-mail", feed->input, feed->input_size);
    if (input < 0) return input;
    int output = memory_file("cachewarden-said", "", 0);
    pid_t process = 0;
    int failure = output < 0 ? output : input < 3 || output < 3 ? -EBADF : start(feed, input, output, &process);
    if (failure == 0) failure = finish(feed, process, limit);
    if (failure == 0) {
        ssize_t got = pread(output, feed->output, feed->output_limit, 0);
        if (got > 0) feed->output_size = (size_t)got;
    }
    if (output >= 0) close(output);
    close(input);
    return failure;
}
