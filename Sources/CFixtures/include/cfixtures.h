// What tests need to build hostile surroundings; the agent itself calls none of it.
// Every function returns 0, or -errno.
#ifndef CFIXTURES_H
#define CFIXTURES_H

#include <stddef.h>
#include <stdint.h>

// lsetxattr(2), the value unchecked by anybody but the kernel.
int cfixtures_set_attribute(const char *path, const char *attribute, const void *value, size_t size);

// renameat2(2) with RENAME_EXCHANGE.
int cfixtures_exchange(const char *path, const char *other);

// setfsgid(2) and setfsuid(2): the calling thread alone, and with root's uid go root's rights over files.
int cfixtures_become(uint32_t user, uint32_t group);

// Puts an empty tmpfs at a directory.
int cfixtures_mount_tmpfs(const char *path);

// A bind mount of source at path, read-only if asked.
int cfixtures_bind(const char *source, const char *path, int read_only);

// umount2(2) with MNT_DETACH.
int cfixtures_unmount(const char *path);

// A bound datagram socket, as systemd's journal has one. Returns its descriptor, or -errno.
int cfixtures_listen(const char *path);

// The next datagram that has come already, or, where it carries a descriptor instead, that file's content. Returns how
// many bytes it has, -EAGAIN where there is none, or another -errno.
long cfixtures_receive(int fd, void *buffer, size_t size);

// FS_IMMUTABLE_FL by ioctl_iflags(2), as chattr +i and -i.
int cfixtures_set_immutable(const char *path, int immutable);

#endif
