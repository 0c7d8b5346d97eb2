// After _Fork(3) only async-signal-safe functions are called: another thread may have held any lock.
#define _GNU_SOURCE
#include "clinux_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What a keeper has open besides /dev/null as 0, 1 and 2.
enum { OUTPUT = 3, LIFELINE, REPORT, INPUT, ERRORS, FIRST_UNUSED };

// How long processes may take to die of SIGKILL.
static const int64_t sweep_limit = 5000;  // ms

struct pipes {
    int lifeline[2];
    int report[2];
    int output[2];
    int input[2];                      // of a filter: a socket pair, because a pipe's writer is sent SIGPIPE; else -1
    int errors[2];
};

// Who somebody is already takes no right to become: a unit may have neither the calls nor the capabilities.
static int is_already(const struct clinux_command *command) {
    uid_t users[3];
    gid_t groups[3];
    if (getresuid(&users[0], &users[1], &users[2]) < 0 || getresgid(&groups[0], &groups[1], &groups[2]) < 0) return 0;
    for (int index = 0; index < 3; index++) {
        if (users[index] != command->user || groups[index] != command->group) return 0;
    }
    return command->group_count == 0 && getgroups(0, NULL) == 0;
}

// The raw calls: glibc's act on all threads of the process that the C library remembers, which is the parent's.
static int set_identity(const struct clinux_command *command) {
    if (!command->changes_identity || is_already(command)) return 0;
    if (syscall(SYS_setgroups, command->group_count, command->groups) < 0) return errno;
    if (syscall(SYS_setresgid, command->group, command->group, command->group) < 0) return errno;
    if (syscall(SYS_setresuid, command->user, command->user, command->user) < 0) return errno;
    gid_t real, effective, saved;
    if (getresgid(&real, &effective, &saved) < 0) return errno;
    // To set*id(2) an id of -1 means "keep", and is no error.
    return real == command->group && effective == command->group && saved == command->group ? 0 : EPERM;
}

static int has_identity(const struct clinux_command *command) {
    uid_t real, effective, saved;
    if (getresuid(&real, &effective, &saved) < 0) return 0;
    return real == command->user && effective == command->user && saved == command->user;
}

// An agent with ambient capabilities keeps them through setresuid(2), and the program would have them too.
static int drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return errno;
    uint32_t held = 0;
    for (int index = 0; index < 2; index++) held |= data[index].permitted | data[index].inheritable;
    // A unit's system call filter that forbids capset(2) is no obstacle where there is nothing to drop.
    if (held == 0) return 0;
    for (int index = 0; index < 2; index++) data[index] = (struct __user_cap_data_struct){0};
    return syscall(SYS_capset, &header, data) < 0 ? errno : 0;
}

static void reset_signals(void) {
    // An ignored signal stays ignored through execve(2). The raw call, because sigaction(2) refuses the two signals that
    // glibc keeps for itself, and glibc's own posix_spawn(3) hands one of them down ignored. All zero is SIG_DFL.
    const uint64_t standard[16] = {0};
    const size_t size_of_mask = 8;
    for (int number = 1; number < NSIG; number++) {
        syscall(SYS_rt_sigaction, number, standard, NULL, size_of_mask);
    }
}

// In the program's process: everything but its execution. Returns an errno, or 0.
static int prepare(const struct clinux_command *command, pid_t keeper) {
    if (setsid() < 0) return errno;
    if (dup2(OUTPUT, STDOUT_FILENO) < 0) return errno;
    if (dup2(command->is_filter ? ERRORS : OUTPUT, STDERR_FILENO) < 0) return errno;
    if (command->is_filter && dup2(INPUT, STDIN_FILENO) < 0) return errno;
    umask(077);
    if (chdir("/") < 0) return errno;
    const struct rlimit none = {0};
    if (setrlimit(RLIMIT_CORE, &none) < 0) return errno;
    int code = set_identity(command);
    if (code != 0) return code;
    if (!has_identity(command)) return EPERM;
    code = drop_capabilities();
    if (code != 0) return code;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0) return errno;
    // Changing ids clears it, so it comes after; the keeper may have died before it.
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL) < 0) return errno;
    if (getppid() != keeper) return ESRCH;
    sigset_t nothing;
    sigemptyset(&nothing);
    return sigprocmask(SIG_SETMASK, &nothing, NULL) < 0 ? errno : 0;
}

static void say(int fd, const struct clinux_report *report) {
    // Less than PIPE_BUF is written at once; with nobody left to read it, nobody needs it.
    ssize_t written = write(fd, report, sizeof *report);
    (void)written;
}

_Noreturn static void fail(int fd, int code) {
    const struct clinux_report report = {.failure = code};
    say(fd, &report);
    _exit(127);
}

static int64_t now(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Kills every child of the calling process, which reaps them: no number can have been given to somebody else.
// Returns how many there were; 0 where the kernel does not say (no /proc), which is not the same as none.
static int kill_children(void) {
    int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (list < 0) return 0;
    char text[4096];
    int count = 0;
    pid_t number = 0;
    for (;;) {
        ssize_t length = read(list, text, sizeof text);
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) break;
        for (ssize_t index = 0; index < length; index++) {
            if (text[index] >= '0' && text[index] <= '9') {
                number = number * 10 + (text[index] - '0');
            } else if (number > 0) {
                kill(number, SIGKILL);
                number = 0;
                count++;
            }
        }
    }
    close(list);
    return count;
}

// Kills the program and whatever it has started, until nothing is left or the time is over.
static void sweep(pid_t program, struct clinux_report *report) {
    const int64_t end = now() + sweep_limit;
    int is_reaped = 0;
    report->status = SIGKILL;
    for (int round = 0;; round++) {
        // While its leader is not reaped nobody else can get the group's number.
        if (!is_reaped) kill(-program, SIGKILL);
        // The children of what is killed here become the keeper's, and are seen in the next round.
        int seen = kill_children();
        for (;;) {
            int status;
            pid_t ended = waitpid(-1, &status, WNOHANG);
            if (ended < 0 && errno == ECHILD) return;
            if (ended <= 0) break;
            if (ended != program) continue;
            is_reaped = 1;
            report->status = status;
        }
        if (now() >= end) {
            report->survivors = seen > 0 ? seen : 1;
            return;
        }
        poll(NULL, 0, round < 20 ? 1 : 20);
    }
}

// Waits until the program has ended, or until nobody holds the lifeline's other end any more.
static void watch(int program) {
    struct pollfd watched[] = {{.fd = program, .events = POLLIN}, {.fd = LIFELINE, .events = POLLIN}};
    while (poll(watched, 2, -1) < 0 && errno == EINTR) {}
}

// Moves what the keeper needs to its places and closes the rest: a lock that it inherited would outlive this process.
// `report` says where the report pipe is, also after a failure half-way.
static int arrange(const struct pipes *pipes, int *report) {
    // Those of a filter are last.
    const int wanted[] = {pipes->output[1], pipes->lifeline[0], pipes->report[1], pipes->input[1], pipes->errors[1]};
    const int count = pipes->input[1] < 0 ? 3 : 5;
    int moved[5];
    // First out of the way of the places.
    for (int index = 0; index < count; index++) {
        moved[index] = fcntl(wanted[index], F_DUPFD_CLOEXEC, FIRST_UNUSED);
        if (moved[index] < 0) return errno;
    }
    *report = moved[2];
    for (int index = 0; index < count; index++) {
        if (dup3(moved[index], OUTPUT + index, O_CLOEXEC) < 0) return errno;
    }
    *report = REPORT;
    if (syscall(SYS_close_range, OUTPUT + count, ~0U, 0) < 0) return errno;
    // Never 0, 1 or 2: where this process has none of these, its pipes took their numbers.
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return errno;
    for (int place = 0; place < 3; place++) {
        if (dup2(null, place) < 0) return errno;
    }
    return close(null) < 0 ? errno : 0;
}

_Noreturn static void execute(const struct clinux_command *command, pid_t keeper) {
    int code = prepare(command, keeper);
    if (code != 0) fail(REPORT, code);
    execve(command->executable, (char *const *)command->arguments, (char *const *)command->environment);
    fail(REPORT, errno);
}

_Noreturn static void keep(const struct clinux_command *command, const struct pipes *pipes) {
    reset_signals();
    int place = pipes->report[1];
    int code = arrange(pipes, &place);
    if (code != 0) fail(place, code);
    // Out of the terminal's reach: the parent decides whether a Ctrl-C ends the program.
    if (setsid() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) < 0) fail(REPORT, errno);
    pid_t keeper = getpid();
    pid_t program = _Fork();
    if (program < 0) fail(REPORT, errno);
    if (program == 0) execute(command, keeper);
    close(OUTPUT);
    if (command->is_filter) {
        close(INPUT);
        close(ERRORS);
    }
    struct clinux_report report = {0};
    int descriptor = (int)syscall(SYS_pidfd_open, program, 0);
    if (descriptor < 0) {
        code = errno;
        sweep(program, &report);
        fail(REPORT, code);
    }
    watch(descriptor);
    sweep(program, &report);
    say(REPORT, &report);
    _exit(0);
}

static void close_both(const int *ends) {
    if (ends[0] >= 0) close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
}

static int open_filter_pipes(struct pipes *pipes) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pipes->input) < 0) return -errno;
    if (pipe2(pipes->errors, O_CLOEXEC) < 0) return -errno;
    // One way only: nobody is to wait for what a filter says there.
    if (shutdown(pipes->input[0], SHUT_RD) < 0) return -errno;
    return fcntl(pipes->errors[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int open_pipes(struct pipes *pipes) {
    if (pipe2(pipes->lifeline, O_CLOEXEC) < 0 || pipe2(pipes->report, O_CLOEXEC) < 0) return -errno;
    if (pipe2(pipes->output, O_CLOEXEC) < 0) return -errno;
    // The ends that are read here; O_NONBLOCK of pipe2(2) would be the program's too.
    if (fcntl(pipes->report[0], F_SETFL, O_NONBLOCK) < 0) return -errno;
    return fcntl(pipes->output[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int clinux_spawn(const struct clinux_command *command, struct clinux_child *child) {
    struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    int code = open_pipes(&pipes);
    if (code == 0 && command->is_filter) code = open_filter_pipes(&pipes);
    if (code == 0) {
        // This process's handlers are not to run in the keeper.
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        child->keeper = _Fork();
        if (child->keeper == 0) keep(command, &pipes);
        code = child->keeper < 0 ? -errno : 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (code < 0) {
        close_both(pipes.lifeline);
        close_both(pipes.report);
        close_both(pipes.output);
        close_both(pipes.input);
        close_both(pipes.errors);
        return code;
    }
    close(pipes.lifeline[0]);
    close(pipes.report[1]);
    close(pipes.output[1]);
    if (pipes.input[1] >= 0) close(pipes.input[1]);
    if (pipes.errors[1] >= 0) close(pipes.errors[1]);
    child->input = pipes.input[0];
    child->errors = pipes.errors[0];
    child->lifeline = pipes.lifeline[1];
    child->report = pipes.report[0];
    child->output = pipes.output[0];
    return 0;
}

int clinux_read_report(int fd, struct clinux_report *report) {
    long length = clinux_read(fd, report, sizeof *report);
    if (length <= 0) return (int)length;
    return length == sizeof *report ? 1 : -EBADMSG;
}

int clinux_wait_for_either(int first, int second, int milliseconds) {
    struct pollfd watched[] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    if (poll(watched, 2, milliseconds) < 0) return errno == EINTR ? 0 : -errno;
    return (watched[0].revents != 0 ? 1 : 0) | (watched[1].revents != 0 ? 2 : 0);
}

int clinux_wait_for_filter(struct clinux_filter_wait *wait, int milliseconds) {
    struct pollfd watched[] = {
        {.fd = wait->report, .events = POLLIN},
        {.fd = wait->input, .events = wait->wants_room ? POLLOUT : 0},
        {.fd = wait->output, .events = POLLIN},
        {.fd = wait->errors, .events = POLLIN},
    };
    int code = poll(watched, 4, milliseconds);
    if (code < 0 && errno != EINTR) return -errno;
    wait->has_report = code > 0 && watched[0].revents != 0;
    wait->has_input = code > 0 && watched[1].revents != 0;
    wait->has_output = code > 0 && watched[2].revents != 0;
    wait->has_errors = code > 0 && watched[3].revents != 0;
    return 0;
}

long clinux_feed(int input, const void *bytes, size_t size) {
    ssize_t done = send(input, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return done < 0 ? -errno : done;
}

int clinux_end_input(int input) { return shutdown(input, SHUT_WR) < 0 ? -errno : 0; }

long clinux_read(int fd, void *buffer, size_t size) {
    ssize_t length = read(fd, buffer, size);
    return length < 0 ? -errno : length;
}

int clinux_reap(pid_t keeper, int by_force) {
    if (by_force && kill(keeper, SIGKILL) < 0 && errno != ESRCH) return -errno;
    return waitpid(keeper, NULL, 0) < 0 ? -errno : 0;
}
