#define _GNU_SOURCE
#include "clinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif

static int result(long value) { return value < 0 ? -errno : (int)value; }

static int64_t nanoseconds(struct statx_timestamp time) {
    // A hostile member can set any time; beyond 292 years the sum would overflow.
    if (time.tv_sec > INT64_MAX / 1000000000 - 1) return INT64_MAX;
    if (time.tv_sec < INT64_MIN / 1000000000 + 1) return INT64_MIN;
    return time.tv_sec * 1000000000 + time.tv_nsec;
}

int clinux_status(int dirfd, const char *name, struct clinux_status *out) {
    struct statx status;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
    if (statx(dirfd, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &status) < 0) return -errno;
    out->inode = status.stx_ino;
    out->device = makedev(status.stx_dev_major, status.stx_dev_minor);
    out->mount = status.stx_mask & STATX_MNT_ID ? status.stx_mnt_id : 0;
    out->size = status.stx_size;
    out->blocks = status.stx_blocks;
    out->modified = nanoseconds(status.stx_mtime);
    out->accessed = nanoseconds(status.stx_atime);
    out->changed = nanoseconds(status.stx_ctime);
    out->owner = status.stx_uid;
    out->group = status.stx_gid;
    out->links = status.stx_nlink;
    out->mode = status.stx_mode;
    out->attributes = (uint16_t)status.stx_attributes;
    return 0;
}

int clinux_openat(int dirfd, const char *name, int flags, mode_t mode) {
    return result(openat(dirfd, name, flags | O_CLOEXEC, mode));
}

int clinux_openat2_beneath(int dirfd, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    return result(syscall(SYS_openat2, dirfd, path, &how, sizeof how));
}

long clinux_getdents64(int fd, void *buffer, size_t size) {
    long got = syscall(SYS_getdents64, fd, buffer, size);
    return got < 0 ? -errno : got;
}

struct record {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

long clinux_dirent(const void *buffer, size_t size, size_t offset, uint64_t *inode, uint8_t *type,
                   const char **name, size_t *length) {
    const size_t head = offsetof(struct record, name);
    if (offset > size || size - offset < head) return -EBADMSG;
    const struct record *record = (const struct record *)((const char *)buffer + offset);
    if (record->length < head || record->length > size - offset) return -EBADMSG;
    *inode = record->inode;
    *type = record->type;
    *name = record->name;
    *length = strnlen(record->name, record->length - head);
    return (long)(offset + record->length);
}

struct xattr_arguments {
    uint64_t value;
    uint32_t size;
    uint32_t flags;
};

/// The link to a descriptor that is held can only be missing where /proc is: then a directory can be opened for reading.
static long getxattr_without_proc(int dirfd, const char *attribute, void *value, size_t size) {
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    long got = fgetxattr(fd, attribute, value, size);
    if (got < 0) got = -errno;
    close(fd);
    return got;
}

long clinux_getxattr(int dirfd, const char *name, const char *attribute, void *value, size_t size) {
    static atomic_int missing;
    if (!atomic_load_explicit(&missing, memory_order_relaxed)) {
        struct xattr_arguments arguments = {.value = (uint64_t)(uintptr_t)value, .size = (uint32_t)size};
        int flags = AT_SYMLINK_NOFOLLOW | (name[0] == 0 ? AT_EMPTY_PATH : 0);
        long got = syscall(SYS_getxattrat, dirfd, name, flags, attribute, &arguments, sizeof arguments);
        // O_PATH descriptors themselves are EBADF to getxattrat (seen on Linux 6.18), and fine below /proc.
        // No list is refused by EPERM: that is a filter which does not know the call, systemd's before version 258.
        int unknown = errno == ENOSYS || errno == EPERM;
        int by_path = unknown || (errno == EBADF && name[0] == 0);
        if (got >= 0 || !by_path) return got < 0 ? -errno : got;
        if (unknown) atomic_store_explicit(&missing, 1, memory_order_relaxed);
    }
    char path[64 + 256];
    long got;
    if (name[0] == 0) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", dirfd);
        got = getxattr(path, attribute, value, size);  // The link is the kernel's own, to the descriptor.
        if (got < 0 && errno == ENOENT) return getxattr_without_proc(dirfd, attribute, value, size);
    } else {
        if (snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dirfd, name) >= (int)sizeof path) return -ENAMETOOLONG;
        got = lgetxattr(path, attribute, value, size);
    }
    return got < 0 ? -errno : got;
}

long clinux_peek(int dirfd, const char *name, struct clinux_status *status, void *buffer, size_t size) {
    int fd = openat(dirfd, name, O_RDONLY | O_NOATIME | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return -errno;
    long result = clinux_status(fd, "", status);
    if (result == 0 && S_ISREG(status->mode)) {
        ssize_t got;
        do got = pread(fd, buffer, size, 0);
        while (got < 0 && errno == EINTR);
        result = got < 0 ? -errno : got;
    }
    close(fd);
    return result;
}

int clinux_lease(int fd) {
    static atomic_int ready;
    // A broken lease sends SIGIO to its holder, which ends a process that has not asked for it.
    // Looked at before it is written: a write each time would make the threads wait for each other.
    if (!atomic_load_explicit(&ready, memory_order_relaxed) && !atomic_exchange(&ready, 1)) signal(SIGIO, SIG_IGN);
    return result(fcntl(fd, F_SETLEASE, F_WRLCK));
}

int clinux_lease_holds(int fd) { return fcntl(fd, F_GETLEASE) == F_WRLCK; }

int clinux_set_times(int fd, int64_t accessed, int64_t modified, uint32_t nanoseconds) {
    const struct timespec times[2] = {
        {.tv_sec = accessed < 0 ? 0 : accessed, .tv_nsec = accessed < 0 ? UTIME_OMIT : 0},
        {.tv_sec = modified, .tv_nsec = nanoseconds},
    };
    return result(futimens(fd, times));
}

int clinux_chown(int fd, uint32_t owner, uint32_t group) {
    return result(fchownat(fd, "", owner, group, AT_EMPTY_PATH));
}

int clinux_chmod(int fd, mode_t mode) {
    static atomic_int missing;
    if (!atomic_load_explicit(&missing, memory_order_relaxed)) {
        long done = syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH);
        // EPERM says that it is another's inode, or that a filter does not know the call, systemd's before version 254.
        if (done >= 0 || (errno != ENOSYS && errno != EPERM)) return result(done);
        if (errno == ENOSYS) atomic_store_explicit(&missing, 1, memory_order_relaxed);
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return result(chmod(path, mode));
}

int clinux_mkdirat(int dirfd, const char *name, mode_t mode) { return result(mkdirat(dirfd, name, mode)); }

int clinux_unlinkat(int dirfd, const char *name, int flags) { return result(unlinkat(dirfd, name, flags)); }

int clinux_renameat2(int olddirfd, const char *oldname, int newdirfd, const char *newname, unsigned flags) {
    return result(renameat2(olddirfd, oldname, newdirfd, newname, flags));
}

int clinux_link(int fd, int dirfd, const char *name) {
    // ENOENT: before Linux 6.10 an empty path takes CAP_DAC_READ_SEARCH (open_by_handle_at(2)).
    if (linkat(fd, "", dirfd, name, AT_EMPTY_PATH) == 0) return 0;
    if (errno != ENOENT) return -errno;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return result(linkat(AT_FDCWD, path, dirfd, name, AT_SYMLINK_FOLLOW));
}

int clinux_allocate(int fd, uint64_t size) {
    if (size > INT64_MAX) return -EFBIG;
    return result(fallocate(fd, 0, 0, (off_t)size));
}

int clinux_syncfs(int fd) { return result(syncfs(fd)); }

int clinux_try_lock(int fd) { return result(flock(fd, LOCK_EX | LOCK_NB)); }

int clinux_unlock(int fd) { return result(flock(fd, LOCK_UN)); }

int clinux_space(int fd, struct clinux_space *out) {
    struct statfs space;
    if (fstatfs(fd, &space) < 0) return -errno;
    out->type = (uint64_t)space.f_type;
    out->size = (uint64_t)space.f_blocks * (uint64_t)space.f_frsize;
    out->available = (uint64_t)space.f_bavail * (uint64_t)space.f_frsize;
    out->inodes = (uint64_t)space.f_files;
    out->free_inodes = (uint64_t)space.f_ffree;
    out->flags = (uint64_t)space.f_flags;
    return 0;
}

int clinux_yield_disk(void) {
    // linux/ioprio.h has these since Linux 5.15 only.
    enum { who_process = 1, class_shift = 13, class_none = 0, class_idle = 3 };
    long now = syscall(SYS_ioprio_get, who_process, 0);
    if (now < 0) return -errno;
    if (now >> class_shift != class_none) return 0;
    if (syscall(SYS_ioprio_set, who_process, 0, class_idle << class_shift) < 0) return -errno;
    return 1;
}

int clinux_chmod_probe(mode_t mode) { return result(fchmod(-1, mode)); }

static int argument_count;
static char **arguments;

__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    arguments = values;
}

const char *clinux_argument(int index) {
    return index >= 0 && index < argument_count ? arguments[index] : NULL;
}

void clinux_trim_memory(void) { malloc_trim(0); }
