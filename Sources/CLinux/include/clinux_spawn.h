// Running a program as another user, with nothing of this process's own, and nothing of it left behind.
//
// Between this process and the program stands a keeper: a process that was forked and executes nothing. Whatever the
// program starts is the keeper's to reap (PR_SET_CHILD_SUBREAPER), however far it daemonises, and nobody else's
// children are. A process that made itself the subreaper could not tell the program's orphans from other children.
#ifndef CLINUX_SPAWN_H
#define CLINUX_SPAWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct clinux_command {
    const char *executable;            // an absolute path; PATH is not searched
    const char *const *arguments;      // argv, ending in NULL
    const char *const *environment;    // envp, ending in NULL; nothing is added
    const uint32_t *groups;            // the supplementary groups
    size_t group_count;
    uint32_t user;
    uint32_t group;
    int changes_identity;              // 0: user must be this process's own, and its groups stay as they are
    int is_filter;                     // it reads what this process writes, and its stderr is apart from its stdout
};

struct clinux_child {
    pid_t keeper;                      // to be waited for
    int lifeline;                      // closing it, or dying, has the keeper kill the program and all it started
    int report;                        // struct clinux_report, read; ends with the keeper
    int output;                        // stdout and stderr of the program, read without waiting
    int input;                         // of a filter: a socket that its stdin reads from; else -1
    int errors;                        // of a filter: its stderr, read without waiting; else -1
};

struct clinux_report {
    int32_t failure;                   // the errno that kept the program from being started, or 0
    int32_t status;                    // wait(2)'s status of the program
    int32_t survivors;                 // processes that SIGKILL did not end in time (uninterruptible sleep)
};

// Starts a program: session, working directory /, umask 077, no capabilities, no new privileges, no core files, signals
// as by default, stdin from /dev/null unless it is a filter, no other descriptors. Returns 0 or -errno; what fails
// later, execve(2) too, is reported. The calling thread must stay until the keeper has ended.
int clinux_spawn(const struct clinux_command *command, struct clinux_child *child);

// One report. Returns 1, 0 where the keeper has ended, -EAGAIN where there is none yet, or another -errno.
int clinux_read_report(int fd, struct clinux_report *report);

// Waits until a descriptor of the two has something to read or has ended; a negative one is left out. Returns a mask: 1
// for the first, 2 for the second; 0 after the time is over or a signal has come.
int clinux_wait_for_either(int first, int second, int milliseconds);

struct clinux_filter_wait {
    int report, input, output, errors; // what is waited for; a negative one is left out
    int wants_room;                    // whether the input is asked for room; that nobody reads it any more always is
    int has_report, has_input, has_output, has_errors;
};

// Waits until a filter reports, takes or gives something, or until the time is over. Returns 0 or -errno; EINTR is 0.
int clinux_wait_for_filter(struct clinux_filter_wait *wait, int milliseconds);

// send(2) without waiting and without SIGPIPE: -EAGAIN where there is no room, -EPIPE where nobody reads any more.
long clinux_feed(int input, const void *bytes, size_t size);

// shutdown(2): the filter reads the end of its input.
int clinux_end_input(int input);

// read(2)
long clinux_read(int fd, void *buffer, size_t size);

// Reaps the keeper; kills it first where `by_force` says so. Returns 0 or -errno.
int clinux_reap(pid_t keeper, int by_force);

#endif
