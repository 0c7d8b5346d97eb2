// The floors of `retention` and `analyze`. Every entry gets one statx(2); some are opened without moving their atime, read and
// closed: every action, which is what it costs to learn what belongs together and when it was used, or with `--all` the first
// 4 KiB of everything, as file(1) would.
#define _GNU_SOURCE
#include "cache-walk.h"

static int all;

static void visit(int dirfd, const char *name, int is_directory, struct totals *totals) {
    if (!count_entry(dirfd, name, totals)) return;
    size_t length = strlen(name);
    if (is_directory || (!all && (length < 2 || strcmp(name + length - 2, "-a") != 0))) return;
    int fd = openat(dirfd, name, O_RDONLY | O_NOATIME | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    char content[4096];
    ssize_t got = read(fd, content, all ? sizeof content : 256);
    if (got > 0) totals->bytes_read += (uint64_t)got;
    close(fd);
}

int main(int count, char **arguments) {
    all = count > 1 && strcmp(arguments[1], "--all") == 0;
    return walk_cache("inventory-floor", count - all, arguments + all, all ? "beginnings" : "actions");
}
