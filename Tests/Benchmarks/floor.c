// The floor of the benchmark: what reading a cache costs when nothing is judged, stored or reported.
// Every entry gets one statx(2) and one getxattr of its access ACL, every directory one more for its default ACL.
// Shards are handed out by an atomic counter; a thread has one buffer and one descriptor a level, and never allocates.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

struct record { uint64_t inode; int64_t offset; uint16_t length; uint8_t type; char name[]; };
struct attribute { uint64_t value; uint32_t size, flags; };
struct totals { uint64_t entries, blocks, acl_bytes; };

static int root;
static atomic_uint next_shard;

static void read_acl(int dirfd, const char *name, const char *attribute, struct totals *totals) {
    char value[1024], path[320];
    struct attribute wanted = {.value = (uintptr_t)value, .size = sizeof value};
    long got = syscall(464 /* getxattrat, Linux 6.13 */, dirfd, name, AT_SYMLINK_NOFOLLOW, attribute, &wanted, sizeof wanted);
    if (got < 0 && errno == ENOSYS) {
        snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dirfd, name);
        got = lgetxattr(path, attribute, value, sizeof value);
    }
    if (got > 0) totals->acl_bytes += (uint64_t)got;
}

static void visit(int dirfd, const char *name, int is_directory, struct totals *totals) {
    struct statx status;
    if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &status) < 0) return;
    totals->entries++;
    totals->blocks += status.stx_blocks;
    read_acl(dirfd, name, "system.posix_acl_access", totals);
    if (is_directory) read_acl(dirfd, name, "system.posix_acl_default", totals);
}

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

int main(int count, char **arguments) {
    long threads = count > 2 ? atol(arguments[2]) : sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 2 || threads < 1 || threads > 64) return fputs("usage: floor DIRECTORY [THREADS]\n", stderr), 64;
    if ((root = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) return perror(arguments[1]), 1;
    pthread_t handles[64];
    struct totals totals[64] = {0}, sum = {0};
    for (long i = 0; i < threads; i++)
        if (pthread_create(&handles[i], NULL, work, &totals[i])) return fputs("floor: cannot start a thread\n", stderr), 1;
    for (long i = 0; i < threads; i++) {
        pthread_join(handles[i], NULL);
        sum.entries += totals[i].entries, sum.blocks += totals[i].blocks, sum.acl_bytes += totals[i].acl_bytes;
    }
    printf("%lu entries, %lu allocated bytes, %lu bytes of ACLs\n", sum.entries, sum.blocks * 512, sum.acl_bytes);
}
