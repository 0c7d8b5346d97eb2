// Giving a program something to read, with the rights that it brings itself.
#ifndef CLINUX_MAIL_H
#define CLINUX_MAIL_H

#include <stddef.h>
#include <sys/types.h>

struct clinux_fed_program {
    const char *program;
    const char *const *arguments;    // ends with NULL
    const char *const *environment;  // ends with NULL
    const void *input;
    size_t input_size;
    char *output;              // what it wrote to standard output and error
    size_t output_limit;
    size_t output_size;        // how much of it was kept
    int status;                // as waitpid(2) gives it; -1 where it was killed because its time was over
};

// Runs a program in a session of its own that reads the input from an unlinked file, and waits at most limit ms for its
// end. Unlike other children it may gain rights: mail is queued by programs with set-ID bits. Returns 0 or -errno.
int clinux_run_fed(struct clinux_fed_program *feed, int limit);

#endif
