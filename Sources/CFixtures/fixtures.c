#define _GNU_SOURCE
#include "cfixtures.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
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

int cfixtures_listen(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    int failure = -errno;
    close(fd);
    return failure;
}

long cfixtures_receive(int fd, void *buffer, size_t size) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = buffer, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) return -errno;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (got > 0 || header == NULL || header->cmsg_type != SCM_RIGHTS) return got;
    int file;
    memcpy(&file, CMSG_DATA(header), sizeof file);
    // As the journal does: a file that somebody can still change is not taken.
    int seals = fcntl(file, F_GET_SEALS);
    long result = (seals & F_SEAL_WRITE) && (seals & F_SEAL_SHRINK) ? pread(file, buffer, size, 0) : -1;
    if (result < 0) result = -EPERM;
    close(file);
    return result;
}
