#define _GNU_SOURCE
#include "clinux_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clinux.h"
#include "signals.h"

static void close_both(int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

int clinux_exec_pipe(int ends[2]) {
    int made[2];
    if (pipe2(made, O_CLOEXEC) < 0) return -errno;
    for (int index = 0; index < 2; index++) {
        // Where a standard descriptor is closed the pipe would take its place, and the program would find it open.
        ends[index] = fcntl(made[index], F_DUPFD_CLOEXEC, 3);
        if (ends[index] >= 0) continue;
        int code = -errno;
        if (index == 1) close(ends[0]);
        close_both(made);
        return code;
    }
    close_both(made);
    // The reading end alone: the flag belongs to the open file, and the program has another.
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

_Noreturn static void become(const char *const *words, int output, int errors, int report) {
    int code = 0;
    if (output >= 0 && dup2(output, STDOUT_FILENO) < 0) code = errno;
    if (code == 0 && errors >= 0 && dup2(errors, STDERR_FILENO) < 0) code = errno;
    if (code == 0) {
        signals_restore_all();
        execvp(words[0], (char *const *)words);
        code = errno;
    }
    // Less than PIPE_BUF is written at once; a parent that died needs no answer.
    ssize_t written = write(report, &code, sizeof code);
    (void)written;
    _exit(127);
}

// Blocks what this process keeps for itself while the program runs. Returns a signalfd(2) or -errno.
static int keep_signals(void) {
    sigset_t kept;
    sigemptyset(&kept);
    const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD};
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) sigaddset(&kept, signals[index]);
    int code = signals_change_mask(SIG_BLOCK, &kept);
    if (code < 0) return code;
    // A parent may have it ignored, and then nobody learns how the program ended (wait(2)).
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    code = signals_change(SIGCHLD, &standard);
    if (code < 0) return code;
    int fd = signalfd(-1, &kept, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) return -errno;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    code = -errno;
    close(fd);
    return moved < 0 ? code : moved;
}

int clinux_exec_start(const char *const *words, int output, int errors, struct clinux_program *program) {
    int report[2];
    int code = clinux_exec_pipe(report);
    if (code < 0) return code;
    program->signals = keep_signals();
    if (program->signals < 0) {
        close_both(report);
        return program->signals;
    }
    program->process = fork();
    if (program->process == 0) become(words, output, errors, report[1]);
    code = program->process < 0 ? errno : 0;
    close(report[1]);
    if (code == 0) {
        // Came before anybody was there to pass it on to.
        if (clinux_interruption() != 0) kill(program->process, clinux_interruption());
        struct pollfd ended = {.fd = report[0], .events = POLLIN};
        ssize_t got;
        do {
            poll(&ended, 1, -1);
            got = read(report[0], &code, sizeof code);
        } while (got < 0 && (errno == EINTR || errno == EAGAIN));
        if (got != sizeof code) code = 0;
        if (code != 0) waitpid(program->process, NULL, 0);
    }
    close(report[0]);
    if (code == 0) return 0;
    close(program->signals);
    return -code;
}

int clinux_exec_signal(int fd, int *is_kernels) {
    struct signalfd_siginfo info;
    ssize_t got = read(fd, &info, sizeof info);
    if (got != sizeof info) return got < 0 ? -errno : -EAGAIN;
    *is_kernels = info.ssi_code == SI_KERNEL;
    return (int)info.ssi_signo;
}

int clinux_exec_pass(pid_t process, int signal) { return kill(process, signal) < 0 ? -errno : 0; }

int clinux_exec_reap(pid_t process, int *status) {
    pid_t ended = waitpid(process, status, WNOHANG);
    return ended < 0 ? -errno : ended == process;
}

int clinux_exec_finish(void) {
    signals_restore(SIGTERM);
    signals_restore(SIGHUP);
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, SIGTERM);
    sigaddset(&own, SIGHUP);
    return signals_change_mask(SIG_UNBLOCK, &own);
}

void clinux_exec_die(int signal) {
    // The program's own core file, if it left one, must not be overwritten by this process's.
    prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
    // The raw call, because sigaction(2) refuses the two signals that glibc keeps for itself. All zero is SIG_DFL.
    const uint64_t standard[16] = {0};
    syscall(SYS_rt_sigaction, signal, standard, NULL, sizeof(uint64_t));
    // Only this one: another that still waits must not be quicker.
    const uint64_t only = (uint64_t)1 << (signal - 1);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, NULL, sizeof only);
    kill(getpid(), signal);
}

int clinux_exec_wait(int signals, struct clinux_stream *streams, size_t count) {
    enum { most = 2 };
    struct pollfd asked[1 + 2 * most];
    if (count > most) return -EINVAL;
    asked[0] = (struct pollfd){.fd = signals, .events = POLLIN};
    for (size_t index = 0; index < count; index++) {
        const struct clinux_stream stream = streams[index];
        short room = stream.wants_room ? POLLOUT : 0;
        asked[1 + 2 * index] = (struct pollfd){.fd = stream.wants_room ? -1 : stream.input, .events = POLLIN};
        asked[2 + 2 * index] = (struct pollfd){.fd = stream.output, .events = room};
    }
    if (poll(asked, 1 + 2 * count, -1) < 0) return errno == EINTR ? 0 : -errno;
    for (size_t index = 0; index < count; index++) {
        const short input = asked[1 + 2 * index].revents;
        const short output = asked[2 + 2 * index].revents;
        streams[index].is_gone = (output & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        streams[index].is_ready = input != 0 || (output & POLLOUT) != 0;
    }
    return (asked[0].revents & POLLIN) != 0;
}

int clinux_exec_pending(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -errno : count;
}

int clinux_exec_same_file(int first, int second) {
    struct stat one, other;
    if (fstat(first, &one) < 0 || fstat(second, &other) < 0) return -errno;
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

int clinux_exec_room(int fd) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -errno;
    return S_ISREG(status.st_mode) ? INT_MAX : PIPE_BUF;
}

long clinux_exec_write(int fd, const void *bytes, size_t size) {
    ssize_t done = write(fd, bytes, size);
    return done < 0 ? -errno : done;
}
