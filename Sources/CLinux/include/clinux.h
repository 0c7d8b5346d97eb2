// What Swift's Glibc module does not show, or shows as a variadic it cannot call.
// Every function returns a result of 0 or more, or -errno; none touches the caller's errno.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The fields of statx(2) that the agent reads; st_* in comments.
struct clinux_status {
    uint64_t inode;            // st_ino
    uint64_t device;           // st_dev, as makedev() gives it
    uint64_t mount;            // stx_mnt_id; 0 where the kernel does not say
    uint64_t size;             // st_size
    uint64_t blocks;           // st_blocks, of 512 bytes
    int64_t modified;          // st_mtim, nanoseconds since the epoch (saturated)
    int64_t accessed;          // st_atim
    int64_t changed;           // st_ctim
    uint32_t owner;            // st_uid
    uint32_t group;            // st_gid
    uint32_t links;            // st_nlink
    uint16_t mode;             // st_mode
    uint16_t attributes;       // stx_attributes: STATX_ATTR_IMMUTABLE, _APPEND, _MOUNT_ROOT
};

// statx(2) relative to dirfd; never follows a final symbolic link, never triggers an automount.
// With an empty name the descriptor itself is meant.
int clinux_status(int dirfd, const char *name, struct clinux_status *out);

// openat(2): the mode is not variadic here. O_CLOEXEC is always added.
int clinux_openat(int dirfd, const char *name, int flags, mode_t mode);

// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV.
// -ENOSYS where the kernel or a seccomp filter does not have it. O_CLOEXEC is always added.
int clinux_openat2_beneath(int dirfd, const char *path, int flags);

// getdents64(2) into a caller's buffer; 0 at the end.
long clinux_getdents64(int fd, void *buffer, size_t size);

// One record of that buffer at `offset`. Returns the next record's offset, or -EBADMSG for a torn buffer.
long clinux_dirent(const void *buffer, size_t size, size_t offset, uint64_t *inode, uint8_t *type,
                   const char **name, size_t *length);

// The extended attribute of a name relative to dirfd, never following a final link: getxattrat(2), or
// lgetxattr(2) below /proc/self/fd where the kernel has no getxattrat.
long clinux_getxattr(int dirfd, const char *name, const char *attribute, void *value, size_t size);

// The status and the first bytes of a small regular file relative to dirfd, both of the same inode and without moving
// its atime: openat(2) with O_NOATIME, O_NOFOLLOW and O_NONBLOCK, statx(2), pread(2), close(2). One lookup of the name
// takes less than two. Returns how many bytes were read; the status is filled in if its mode is not 0 any more.
long clinux_peek(int dirfd, const char *name, struct clinux_status *status, void *buffer, size_t size);

// fcntl(2) with F_SETLEASE and F_WRLCK: 0 once nobody else has the file open, for reading, writing or execution, and
// until the lease is broken or the descriptor is closed every open(2) of it waits. -EAGAIN where somebody has it open;
// -EACCES for others' files without CAP_LEASE. SIGIO, which would tell of a waiting open, is ignored from then on.
int clinux_lease(int fd);
// Whether a lease still holds: 1, or 0 where an open(2) waits for its end.
int clinux_lease_holds(int fd);

// utimensat(2) on an open file: whole seconds and nanoseconds. A negative atime is left as it is.
int clinux_set_times(int fd, int64_t accessed, int64_t modified, uint32_t nanoseconds);

// fchownat(fd, "", ..., AT_EMPTY_PATH): works on O_PATH descriptors.
int clinux_chown(int fd, uint32_t owner, uint32_t group);

// fchmodat2(fd, "", ..., AT_EMPTY_PATH), or chmod(2) on /proc/self/fd before Linux 6.6.
int clinux_chmod(int fd, mode_t mode);

// fchmod(2) of no descriptor at all: -EBADF unless a seccomp filter refuses the mode.
int clinux_chmod_probe(mode_t mode);

// The words this process was started with, as the C library hands them to constructors; NULL from the last one on.
// Swift's CommandLine reads /proc/self/cmdline, and has none where /proc is not mounted.
const char *clinux_argument(int index);

int clinux_mkdirat(int dirfd, const char *name, mode_t mode);
int clinux_unlinkat(int dirfd, const char *name, int flags);
int clinux_renameat2(int olddirfd, const char *oldname, int newdirfd, const char *newname, unsigned flags);

// linkat(2): gives a file that O_TMPFILE opened its first name, which must not exist.
int clinux_link(int fd, int dirfd, const char *name);

// syncfs(2): waits until everything that was written to the file system of this descriptor is on the disk.
int clinux_syncfs(int fd);

// fallocate(2) from the file's beginning: blocks are really taken, or -ENOSPC. -EOPNOTSUPP where the file system cannot.
int clinux_allocate(int fd, uint64_t size);

// flock(2) with LOCK_EX | LOCK_NB: -EWOULDBLOCK where another holder has it.
int clinux_try_lock(int fd);
// flock(2) with LOCK_UN: frees the lock at once, also where a child that is yet to exec(2) shares the descriptor.
int clinux_unlock(int fd);

// Remembers SIGINT, SIGTERM and SIGHUP instead of dying from them, and ignores SIGPIPE.
int clinux_watch_interruptions(void);
// The number of the first remembered signal, or 0.
int clinux_interruption(void);

// malloc_trim(3): gives the kernel back what the allocator keeps.
void clinux_trim_memory(void);

// ioprio_set(2): the calling thread, and all that it starts, reads and writes when nobody else does. Does nothing where
// somebody has chosen a class already. Returns 1 where it took effect, 0 where not.
int clinux_yield_disk(void);

// The name of the file system type of statfs(2)'s magic number is left to /proc/self/mountinfo.
struct clinux_space {
    uint64_t type;             // f_type
    uint64_t size;             // bytes
    uint64_t available;        // bytes free for everyone
    uint64_t inodes;
    uint64_t free_inodes;
    uint64_t flags;            // f_flags: ST_RDONLY, ST_NOATIME, ST_RELATIME, …
};
int clinux_space(int fd, struct clinux_space *out);

#endif
