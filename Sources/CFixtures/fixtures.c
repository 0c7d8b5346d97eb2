#define _GNU_SOURCE
#include "cfixtures.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : 0; }

int cfixtures_set_attribute(const char *path, const char *attribute, const void *value, size_t size) {
    return result(lsetxattr(path, attribute, value, size, 0));
}

int cfixtures_exchange(const char *path, const char *other) {
    return result(renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE));
}

int cfixtures_become(uint32_t user, uint32_t group) {
    // Neither call reports an error; asking for an impossible id returns the one in force.
    setfsgid(group);
    setfsuid(user);
    if (setfsgid((gid_t)-1) != (int)group || setfsuid((uid_t)-1) != (int)user) return -EPERM;
    return 0;
}

int cfixtures_mount_tmpfs(const char *path) {
    return result(mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m"));
}

int cfixtures_bind(const char *source, const char *path, int read_only) {
    if (mount(source, path, NULL, MS_BIND, NULL) < 0) return -errno;
    if (!read_only) return 0;
    return result(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
}

int cfixtures_unmount(const char *path) { return result(umount2(path, MNT_DETACH)); }

int cfixtures_set_immutable(const char *path, int immutable) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return -errno;
    int flags = 0;
    int code = ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ? -errno : 0;
    flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
    if (code == 0 && ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0) code = -errno;
    close(fd);
    return code;
}
