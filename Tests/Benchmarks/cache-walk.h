// The walk that the floors share: every entry of a Go build cache is visited once, on several threads.
// Shards are handed out by an atomic counter; a thread has one buffer and one descriptor a level, and never allocates.
// A program defines `visit` and calls `walk_cache`.
#ifndef CACHE_WALK_H
#define CACHE_WALK_H

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "threads.h"

struct record { uint64_t inode; int64_t offset; uint16_t length; uint8_t type; char name[]; };
struct totals { uint64_t entries, blocks, bytes_read; };

static void visit(int dirfd, const char *name, int is_directory, struct totals *totals);

/// Adds an entry to the totals; 0 where it has gone.
static int count_entry(int dirfd, const char *name, struct totals *totals) {
    struct statx status;
    if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &status) < 0) return 0;
    totals->entries++;
    totals->blocks += status.stx_blocks;
    return 1;
}

static int root;
static atomic_uint next_shard;

static void walk(int dirfd, const char *name, struct totals *totals) {
    char buffer[32768];
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    for (long got; (got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;)
        for (long at = 0; at < got;) {
            struct record *record = (struct record *)(buffer + at);
            at += record->length;
            if (!strcmp(record->name, ".") || !strcmp(record->name, "..")) continue;
            visit(fd, record->name, record->type == DT_DIR, totals);
            if (record->type == DT_DIR) walk(fd, record->name, totals);  // An executable: a directory of one file.
        }
    close(fd);
}

static void *work(void *argument) {
    for (unsigned shard; (shard = atomic_fetch_add(&next_shard, 1)) < 256;) {
        char name[3];
        snprintf(name, sizeof name, "%02x", shard);
        visit(root, name, 1, argument);
        walk(root, name, argument);
    }
    return NULL;
}

/// Visits everything below a directory and prints what it adds up to; `what` says what was read of each entry.
static int walk_cache(const char *program, int count, char **arguments, const char *what) {
    if (count < 2) return fprintf(stderr, "usage: %s DIRECTORY [THREADS]\n", program), 64;
    long threads = thread_count(program, arguments[2]);
    if ((root = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) return perror(arguments[1]), 1;
    struct totals totals[64] = {0}, sum = {0};
    run_threads(program, threads, work, totals, sizeof *totals);
    for (long i = 0; i < threads; i++) {
        sum.entries += totals[i].entries, sum.blocks += totals[i].blocks, sum.bytes_read += totals[i].bytes_read;
    }
    printf("%lu entries, %lu allocated bytes, %lu bytes of %s\n", sum.entries, sum.blocks * 512, sum.bytes_read, what);
    return 0;
}

#endif
