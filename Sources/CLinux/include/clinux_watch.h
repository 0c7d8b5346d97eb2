// Waiting for what happens to directories, and telling systemd how that goes.
//
// Every function returns a result of 0 or more, or -errno.
#ifndef CLINUX_WATCH_H
#define CLINUX_WATCH_H

#include <stddef.h>
#include <stdint.h>

// What is told of a directory: names that come, go, are written or get other rights, and its own end. inotify(7).
#define CLINUX_WATCH_NAMES 1
// The same, and its own rights.
#define CLINUX_WATCH_NAMES_AND_SELF 2

// inotify_init1(2), read without waiting.
int clinux_inotify(void);

// Watches a directory that is open, by O_PATH or otherwise; `interest` is one of the above. Returns the watch's number,
// the one that it has already where it is watched by this descriptor. inotify_add_watch(2).
int clinux_inotify_add(int fd, int directory, int interest);

// inotify_rm_watch(2).
int clinux_inotify_remove(int fd, int watch);

// read(2): as many whole events as fit; 0 where there are none.
long clinux_inotify_read(int fd, void *buffer, size_t size);

struct clinux_event {
    int watch;
    int is_overflow;                   // events were dropped: nothing is known of any watch
    int is_end;                        // the watch is no more
    int is_self;                       // the directory itself, not a name in it
    int is_moved_away;                 // is_self: it has another place now
    int is_directory;
    int is_move;                       // the name has come by rename(2), or gone by it
    int facts;                         // of CLINUX_NAME_* in clinux_trace.h
    const char *name;                  // ends with NUL
    size_t length;
};

// Reads one of the events that a buffer was filled with. Returns the next one's offset.
long clinux_inotify_event(const void *buffer, size_t filled, size_t offset, struct clinux_event *out);

// A descriptor that somebody else makes readable: eventfd(2).
int clinux_wake(void);
// Makes it readable; async-signal-safe.
void clinux_wake_up(int fd);
// Makes it unreadable.
void clinux_wake_taken(int fd);

// From now on every signal that clinux_watch_interruptions remembers makes `wake` readable, and SIGHUP asks for nothing
// but that policies are read anew.
int clinux_watch_reloads(int wake);
// Whether SIGHUP has come since the last call: 1 or 0.
int clinux_take_reload(void);

// poll(2) for something to read: sets ready[i] where there is; a negative timeout waits for ever. Returns how many are
// ready; a signal ends it with 0.
int clinux_wait(const int *fds, size_t count, int milliseconds, unsigned char *ready);

// Tells systemd of this process's state: one datagram to $NOTIFY_SOCKET, whose first byte is '@' where the name is abstract.
// sd_notify(3).
int clinux_tell_service(const char *socket, const void *text, size_t size);

#endif
