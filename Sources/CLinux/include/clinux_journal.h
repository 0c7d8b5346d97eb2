// Writing to systemd's journal without libsystemd: its native protocol is one datagram an entry.
#ifndef CLINUX_JOURNAL_H
#define CLINUX_JOURNAL_H

#include <stddef.h>

// Sends an entry (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/) to the datagram socket at this path; one that is too
// large for a datagram goes as a sealed memory file. Never waits: -EAGAIN where the journal does not keep up. Returns 0
// or -errno. There is no answer: 0 says that the kernel has it, not that the journal kept it.
int clinux_send_journal(const char *path, const void *entry, size_t size);

#endif
