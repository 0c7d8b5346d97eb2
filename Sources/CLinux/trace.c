#define _GNU_SOURCE
#include "clinux_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

int clinux_fanotify(void) {
    unsigned flags = FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_REPORT_PIDFD | FAN_CLOEXEC | FAN_NONBLOCK;
    int fd = fanotify_init(flags, O_RDONLY | O_CLOEXEC | O_NOATIME);
    return fd < 0 ? -errno : fd;
}

int clinux_fanotify_add(int fd, int directory, int reads) {
    uint64_t mask = FAN_CREATE | FAN_MOVED_TO | FAN_CLOSE_WRITE | FAN_DELETE_SELF | FAN_ONDIR | FAN_EVENT_ON_CHILD;
    if (reads) mask |= FAN_OPEN;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
    return fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, mask, AT_FDCWD, path) < 0 ? -errno : 0;
}

long clinux_handle(int fd, void *handle, size_t size) {
    // Behind its length, which events tell apart, type and bytes stand as here.
    union {
        struct file_handle head;
        char memory[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } found;
    int mount;
    // As fanotify(7) asks, which takes what nothing could be opened by. Kernels before 6.5 do not know the flag.
    for (int flag = AT_HANDLE_FID; flag >= 0; flag -= AT_HANDLE_FID) {
        memset(&found, 0, sizeof found);
        found.head.handle_bytes = MAX_HANDLE_SZ;
        if (name_to_handle_at(fd, "", &found.head, &mount, AT_EMPTY_PATH | flag) < 0) {
            if (errno == EINVAL && flag != 0) continue;
            return -errno;
        }
        size_t length = sizeof found.head.handle_type + found.head.handle_bytes;
        if (found.head.handle_bytes > MAX_HANDLE_SZ || length > size) return -EOVERFLOW;
        memcpy(handle, &found.head.handle_type, length);
        return (long)length;
    }
    return -EINVAL;
}

long clinux_fanotify_read(int fd, void *buffer, size_t size) {
    ssize_t got;
    do got = read(fd, buffer, size);
    while (got < 0 && errno == EINTR);
    if (got < 0) return errno == EAGAIN ? 0 : -errno;
    return got;
}

static int facts_of(uint64_t mask, int32_t process) {
    int facts = 0;
    if (mask & FAN_Q_OVERFLOW) facts |= CLINUX_NAME_LOST;
    if (mask & FAN_DELETE_SELF) facts |= CLINUX_NAME_END;
    if (mask & FAN_CREATE) facts |= CLINUX_NAME_CREATED;
    if (mask & FAN_MOVED_TO) facts |= CLINUX_NAME_MOVED_HERE;
    if (mask & FAN_CLOSE_WRITE) facts |= CLINUX_NAME_WRITTEN;
    if (mask & FAN_OPEN) facts |= CLINUX_NAME_OPENED;
    if (mask & FAN_ONDIR) facts |= CLINUX_NAME_DIRECTORY;
    if (process == getpid()) facts |= CLINUX_NAME_OWN;
    return facts;
}

// Whoever reads an event need not know that it holds a descriptor: it ends here.
static int take_process(const unsigned char *record, size_t length, struct clinux_traced *out) {
    struct fanotify_event_info_pidfd process;
    if (length < sizeof process) return -EBADMSG;
    memcpy(&process, record, sizeof process);
    if (process.pidfd >= 0) {
        if (syscall(SYS_pidfd_send_signal, process.pidfd, 0, NULL, 0) < 0 && errno == ESRCH) out->is_gone = 1;
        close(process.pidfd);
    } else if (process.pidfd == FAN_NOPIDFD) {
        out->is_gone = 1;
    }
    return 0;
}

// A directory's file system is told too. All that are watched are on one, so their handles alone tell them apart.
static int take_place(const unsigned char *record, size_t length, int has_name, struct clinux_traced *out) {
    const size_t head = offsetof(struct fanotify_event_info_fid, handle);
    uint32_t bytes;
    int32_t type;
    if (length < head + sizeof bytes + sizeof type) return -EBADMSG;
    memcpy(&bytes, record + head, sizeof bytes);
    size_t rest = length - head - sizeof bytes - sizeof type;
    if (bytes > MAX_HANDLE_SZ || bytes > rest) return -EBADMSG;
    out->handle = record + head + sizeof bytes;
    out->handle_length = sizeof type + bytes;
    if (!has_name) return 0;
    const char *name = (const char *)out->handle + out->handle_length;
    size_t most = rest - bytes;
    size_t name_length = strnlen(name, most);
    // A NUL ends it, and pads it.
    if (name_length == most) return -EBADMSG;
    out->name = name;
    out->name_length = name_length;
    return 0;
}

long clinux_fanotify_event(const void *buffer, size_t filled, size_t offset, struct clinux_traced *out) {
    struct fanotify_event_metadata event;
    if (offset > filled || filled - offset < sizeof event) return -EBADMSG;
    const unsigned char *start = (const unsigned char *)buffer + offset;
    memcpy(&event, start, sizeof event);
    if (event.vers != FANOTIFY_METADATA_VERSION || event.metadata_len < sizeof event
        || event.event_len < event.metadata_len || event.event_len > filled - offset)
        return -EBADMSG;
    // Events that name a directory hold none.
    if (event.fd >= 0) close(event.fd);
    *out = (struct clinux_traced){.facts = facts_of(event.mask, event.pid), .process = event.pid};
    struct fanotify_event_info_header header;
    size_t place = event.metadata_len;
    int failure = 0;
    while (place < event.event_len) {
        size_t rest = event.event_len - place;
        if (rest < sizeof header) return -EBADMSG;
        memcpy(&header, start + place, sizeof header);
        if (header.len < sizeof header || header.len > rest) return -EBADMSG;
        const unsigned char *record = start + place;
        int code = 0;
        if (header.info_type == FAN_EVENT_INFO_TYPE_PIDFD) code = take_process(record, header.len, out);
        else if (header.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) code = take_place(record, header.len, 1, out);
        else if (header.info_type == FAN_EVENT_INFO_TYPE_DFID) code = take_place(record, header.len, 0, out);
        // The process comes behind the place: its descriptor is closed all the same.
        if (code < 0) failure = code;
        place += header.len;
    }
    return failure < 0 ? failure : (long)(offset + event.event_len);
}
