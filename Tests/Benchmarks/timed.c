// Runs a command and appends "wall-seconds CPU-seconds peak-KiB exit-code" to a file. The peak is the command's own: a small parent
// matters, because the kernel counts the memory of the process that called exec(2) towards the program it starts.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char **arguments) {
    if (count < 3) return fputs("usage: timed FILE COMMAND…\n", stderr), 64;
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        execvp(arguments[2], arguments + 2);
        perror(arguments[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) return perror("timed"), 1;
    double wall = now() - start;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE *file = fopen(arguments[1], "ae");
    if (!file) return perror(arguments[1]), 1;
    double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    fprintf(file, "%.4f %.4f %ld %d\n", wall, cpu, usage.ru_maxrss, code);
    return fclose(file) == 0 ? code : 1;
}
