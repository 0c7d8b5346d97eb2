#define _GNU_SOURCE
#include "clinux_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_bytes(int socket, const struct sockaddr_un *address, const void *entry, size_t size) {
    ssize_t sent;
    do sent = sendto(socket, entry, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)address, sizeof *address);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

static int write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return -errno;
        bytes += done;
        size -= (size_t)done;
    }
    return 0;
}

static int send_file(int socket, const struct sockaddr_un *address, const void *entry, size_t size) {
    int file = memfd_create("cachewarden-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -errno;
    int failure = write_all(file, entry, size);
    // The journal maps the file and takes it only where nobody can change it any more.
    if (failure == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        failure = -errno;
    if (failure == 0) {
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(sizeof(int))];
        } control = {0};
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &file, sizeof file);
        struct msghdr message = {
            .msg_name = (void *)address,
            .msg_namelen = sizeof *address,
            .msg_control = &control,
            .msg_controllen = sizeof control.space,
        };
        ssize_t sent;
        do sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (sent < 0 && errno == EINTR);
        if (sent < 0) failure = -errno;
    }
    close(file);
    return failure;
}

int clinux_send_journal(const char *path, const void *entry, size_t size) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int socket_number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_number < 0) return -errno;
    int failure = send_bytes(socket_number, &address, entry, size);
    if (failure == -EMSGSIZE || failure == -ENOBUFS) failure = send_file(socket_number, &address, entry, size);
    close(socket_number);
    return failure;
}
