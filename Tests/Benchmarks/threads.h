// What the floors have in common: as many threads as asked for, each with its own argument.
#ifndef THREADS_H
#define THREADS_H

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Returns how many threads an argument asks for, one a processor where there is none.
static long thread_count(const char *program, const char *argument) {
    long threads = argument ? atol(argument) : sysconf(_SC_NPROCESSORS_ONLN);
    if (threads >= 1 && threads <= 64) return threads;
    fprintf(stderr, "%s: 1 to 64 threads\n", program);
    exit(64);
}

/// Runs `body` on so many threads, each with the next argument of `size` bytes, and waits for all.
static void run_threads(const char *program, long threads, void *(*body)(void *), void *arguments, size_t size) {
    pthread_t handles[64];
    for (long i = 0; i < threads; i++)
        if (pthread_create(&handles[i], NULL, body, (char *)arguments + (size_t)i * size)) {
            fprintf(stderr, "%s: cannot start a thread\n", program);
            exit(1);
        }
    for (long i = 0; i < threads; i++) pthread_join(handles[i], NULL);
}

#endif
