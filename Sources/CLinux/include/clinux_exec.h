// Running a program in this process's place: everything that it would inherit from this process's parent, it inherits.
//
// Every function returns a result of 0 or more, or -errno.
#ifndef CLINUX_EXEC_H
#define CLINUX_EXEC_H

#include <stddef.h>
#include <sys/types.h>

struct clinux_program {
    pid_t process;                     // to be waited for
    int signals;                       // signalfd(2): SIGCHLD, and what asks this process to end; read without waiting
};

// Makes a pipe whose ends are above the standard descriptors: ends[0] is read without waiting, ends[1] is the program's.
int clinux_exec_pipe(int ends[2]);

// Starts a program by execvp(3), in this process's group, with the signal actions and the mask that this process was
// started with. `output` and `errors` become its descriptors 1 and 2; a negative one leaves this process's own.
// From then on this process keeps SIGINT, SIGQUIT, SIGTERM, SIGHUP and SIGCHLD for `signals`. Returns 0, or what kept
// the program from running.
int clinux_exec_start(const char *const *words, int output, int errors, struct clinux_program *program);

// One signal of `signals`. Returns its number; *is_kernels says whether the kernel sent it, as it does to a terminal's
// whole process group. -EAGAIN where there is none.
int clinux_exec_signal(int fd, int *is_kernels);

// Passes a signal on to the program, which must not have been reaped. kill(2).
int clinux_exec_pass(pid_t process, int signal);

// waitpid(2) without waiting. Returns 1 and wait(2)'s status, or 0 while the program runs.
int clinux_exec_reap(pid_t process, int *status);

// Gives SIGTERM and SIGHUP back to this process as it had them: nothing is left to pass them on to.
int clinux_exec_finish(void);

// Dies of a signal, without a core file of this process's own. Returns only where that is impossible.
void clinux_exec_die(int signal);

struct clinux_stream {
    int input;                         // -1: not asked
    int output;                        // always asked whether its reader went away; -1: not asked
    int wants_room;                    // ask the output for room rather than the input for bytes
    int is_ready;                      // set: there is something to read, or room, or the input's end
    int is_gone;                       // set: nobody reads the output any more
};

// Waits until a stream or the signals have something. Returns 1 where the signals have; EINTR is 0.
int clinux_exec_wait(int signals, struct clinux_stream *streams, size_t count);

// How many bytes are in a pipe now. ioctl(2), FIONREAD.
int clinux_exec_pending(int fd);

// Whether two descriptors lead to one inode: 1 or 0.
int clinux_exec_same_file(int first, int second);

// How many bytes fit where poll(2) says there is room, without making write(2) wait.
int clinux_exec_room(int fd);

// write(2)
long clinux_exec_write(int fd, const void *bytes, size_t size);

#endif
