// Who does what to the names in a directory: fanotify(7).
//
// Every function returns a result of 0 or more, or -errno.
#ifndef CLINUX_TRACE_H
#define CLINUX_TRACE_H

#include <stddef.h>
#include <stdint.h>

// What is told of a name; one event may tell several of them.
#define CLINUX_NAME_LOST 1             // events were dropped: nothing is known of any name
#define CLINUX_NAME_END 2              // the directory itself is no more
#define CLINUX_NAME_CREATED 4
#define CLINUX_NAME_MOVED_HERE 8       // by rename(2)
#define CLINUX_NAME_WRITTEN 16         // closed by somebody who could write to it
#define CLINUX_NAME_OPENED 32
#define CLINUX_NAME_DIRECTORY 64
#define CLINUX_NAME_OWN 128            // the calling process did it

// fanotify_init(2), read without waiting: events name the directory, the name in it and the process. The queue holds
// 16,384 events (fs.fanotify.max_queued_events): whoever can write to a directory must not fill the kernel's memory.
// -EPERM without CAP_SYS_ADMIN, which the kernel wants from whoever asks for processes; -EINVAL before Linux 5.15.
int clinux_fanotify(void);

// Watches an open directory, by O_PATH or otherwise, and the names in it, not those below. With `reads` every open(2)
// is told too, also of those who list a directory. fanotify_mark(2).
int clinux_fanotify_add(int fd, int directory, int reads);

// The most that clinux_handle writes: a type of 4 bytes, then what the file system says.
#define CLINUX_HANDLE_SIZE 132

// What names an open inode in events, type first: name_to_handle_at(2). Returns how many bytes it is.
long clinux_handle(int fd, void *handle, size_t size);

// read(2): as many whole events as fit; 0 where there are none. Each may hold a descriptor: all of a block are to be
// given to clinux_fanotify_event.
long clinux_fanotify_read(int fd, void *buffer, size_t size);

struct clinux_traced {
    int facts;                         // of CLINUX_NAME_*
    int32_t process;                   // 0 where the kernel does not say: a process of another PID namespace
    int is_gone;                       // the process had ended, and its number may be another's by now
    const void *handle;                // of the directory, as clinux_handle writes it; NULL where none is told
    size_t handle_length;
    const char *name;                  // "." for the directory itself; NULL where none is told
    size_t name_length;
};

// Reads one of the events that a buffer was filled with, and closes the descriptor in it. Returns the next one's
// offset.
long clinux_fanotify_event(const void *buffer, size_t filled, size_t offset, struct clinux_traced *out);

#endif
