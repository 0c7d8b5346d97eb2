// The floor of `analyze`: what it costs to look at the beginning of everything in a cache, as file(1) would.
// Every entry gets one statx(2), and is opened without moving its atime; its first 4 KiB are read.
#define _GNU_SOURCE
#include "cache-walk.h"

#include <sys/stat.h>

static void visit(int dirfd, const char *name, int is_directory, struct totals *totals) {
    struct statx status;
    if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &status) < 0) return;
    totals->entries++;
    totals->blocks += status.stx_blocks;
    if (is_directory) return;
    int fd = openat(dirfd, name, O_RDONLY | O_NOATIME | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    char content[4096];
    ssize_t got = read(fd, content, sizeof content);
    if (got > 0) totals->bytes_read += (uint64_t)got;
    close(fd);
}

int main(int count, char **arguments) { return walk_cache("analyze-floor", count, arguments, "beginnings"); }
