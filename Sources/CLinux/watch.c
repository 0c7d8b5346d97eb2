#define _GNU_SOURCE
#include "clinux_watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clinux.h"
#include "clinux_trace.h"
#include "signals.h"

int clinux_inotify(void) {
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int clinux_inotify_add(int fd, int directory, int interest) {
    // A name that is created and written gives two events: links, FIFOs and directories give the first alone.
    uint32_t mask = IN_CREATE | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR
        | IN_EXCL_UNLINK;
    if (interest == CLINUX_WATCH_NAMES_AND_SELF) mask |= IN_DELETE_SELF | IN_MOVE_SELF;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
    int watch = inotify_add_watch(fd, path, mask);
    return watch < 0 ? -errno : watch;
}

int clinux_inotify_remove(int fd, int watch) { return inotify_rm_watch(fd, watch) < 0 ? -errno : 0; }

long clinux_inotify_read(int fd, void *buffer, size_t size) {
    ssize_t got;
    do got = read(fd, buffer, size);
    while (got < 0 && errno == EINTR);
    if (got < 0) return errno == EAGAIN ? 0 : -errno;
    return got;
}

static int facts_of(uint32_t mask) {
    int facts = 0;
    if (mask & IN_Q_OVERFLOW) facts |= CLINUX_NAME_LOST;
    if (mask & (IN_IGNORED | IN_UNMOUNT)) facts |= CLINUX_NAME_END;
    if (mask & IN_CREATE) facts |= CLINUX_NAME_CREATED;
    if (mask & IN_MOVED_TO) facts |= CLINUX_NAME_MOVED_HERE;
    if (mask & IN_CLOSE_WRITE) facts |= CLINUX_NAME_WRITTEN;
    if (mask & IN_ISDIR) facts |= CLINUX_NAME_DIRECTORY;
    return facts;
}

long clinux_inotify_event(const void *buffer, size_t filled, size_t offset, struct clinux_event *out) {
    struct inotify_event event;
    if (offset > filled || filled - offset < sizeof event) return -EBADMSG;
    memcpy(&event, (const char *)buffer + offset, sizeof event);
    size_t end = offset + sizeof event + event.len;
    if (end > filled) return -EBADMSG;
    *out = (struct clinux_event){
        .watch = event.wd,
        .is_overflow = (event.mask & IN_Q_OVERFLOW) != 0,
        .is_end = (event.mask & (IN_IGNORED | IN_UNMOUNT)) != 0,
        .is_self = event.len == 0,
        .is_moved_away = (event.mask & IN_MOVE_SELF) != 0,
        .is_directory = (event.mask & IN_ISDIR) != 0,
        .is_move = (event.mask & (IN_MOVED_FROM | IN_MOVED_TO)) != 0,
        .facts = facts_of(event.mask),
        .name = (const char *)buffer + offset + sizeof event,
    };
    // The kernel pads names with NULs.
    if (event.len > 0) out->length = strnlen(out->name, event.len);
    return (long)end;
}

int clinux_wake(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

void clinux_wake_up(int fd) {
    int before = errno;
    uint64_t one = 1;
    // A full counter is readable already.
    ssize_t ignored = write(fd, &one, sizeof one);
    (void)ignored;
    errno = before;
}

void clinux_wake_taken(int fd) {
    uint64_t count;
    ssize_t ignored = read(fd, &count, sizeof count);
    (void)ignored;
}

static atomic_int reload;
static atomic_int woken = -1;

void signals_wake(void) {
    int fd = atomic_load(&woken);
    if (fd >= 0) clinux_wake_up(fd);
}

static void ask_for_reload(int signal) {
    (void)signal;
    atomic_store(&reload, 1);
    signals_wake();
}

int clinux_watch_reloads(int wake) {
    atomic_store(&woken, wake);
    struct sigaction action = {.sa_handler = ask_for_reload, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return signals_change(SIGHUP, &action);
}

int clinux_take_reload(void) { return atomic_exchange(&reload, 0); }

int clinux_wait(const int *fds, size_t count, int milliseconds, unsigned char *ready) {
    struct pollfd *polled = calloc(count > 0 ? count : 1, sizeof *polled);
    if (polled == NULL) return -ENOMEM;
    for (size_t index = 0; index < count; index++) polled[index] = (struct pollfd){.fd = fds[index], .events = POLLIN};
    int found = poll(polled, (nfds_t)count, milliseconds < 0 ? -1 : milliseconds);
    int failure = found < 0 && errno != EINTR ? -errno : 0;
    for (size_t index = 0; index < count; index++) ready[index] = found > 0 && polled[index].revents != 0;
    free(polled);
    return failure < 0 ? failure : found < 0 ? 0 : found;
}

int clinux_tell_service(const char *path, const void *text, size_t size) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    if (address.sun_path[0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    socklen_t whole = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t sent;
    do sent = sendto(fd, text, size, MSG_NOSIGNAL, (const struct sockaddr *)&address, whole);
    while (sent < 0 && errno == EINTR);
    int failure = sent < 0 ? -errno : 0;
    close(fd);
    return failure;
}
