// The floor of `run`: what reading a cache costs when nothing is judged, stored or reported.
// Every entry gets one statx(2) and one getxattr of its access ACL, every directory one more for its default ACL.
#define _GNU_SOURCE
#include "cache-walk.h"

#include <errno.h>
#include <sys/xattr.h>

struct attribute { uint64_t value; uint32_t size, flags; };

static void read_acl(int dirfd, const char *name, const char *attribute, struct totals *totals) {
    char value[1024], path[320];
    struct attribute wanted = {.value = (uintptr_t)value, .size = sizeof value};
    long got = syscall(464 /* getxattrat, Linux 6.13 */, dirfd, name, AT_SYMLINK_NOFOLLOW, attribute, &wanted, sizeof wanted);
    if (got < 0 && errno == ENOSYS) {
        snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dirfd, name);
        got = lgetxattr(path, attribute, value, sizeof value);
    }
    if (got > 0) totals->bytes_read += (uint64_t)got;
}

static void visit(int dirfd, const char *name, int is_directory, struct totals *totals) {
    if (!count_entry(dirfd, name, totals)) return;
    read_acl(dirfd, name, "system.posix_acl_access", totals);
    if (is_directory) read_acl(dirfd, name, "system.posix_acl_default", totals);
}

int main(int count, char **arguments) { return walk_cache("floor", count, arguments, "ACLs"); }
