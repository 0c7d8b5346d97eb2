// What this process was started with, before it changed anything: a program that it runs in its place gets it back.
#ifndef CLINUX_SIGNALS_H
#define CLINUX_SIGNALS_H

#include <signal.h>

// sigaction(2) that remembers what was there at first. Returns 0 or -errno.
int signals_change(int signal, const struct sigaction *action);

// sigprocmask(2) that remembers what was there at first. Returns 0 or -errno.
int signals_change_mask(int how, const sigset_t *set);

// Gives one signal back the action it had at first; async-signal-safe.
void signals_restore(int signal);

// Gives all signals, and the mask, back what they had at first; async-signal-safe.
void signals_restore_all(void);

// Ends the wait of whoever waits for signals; async-signal-safe.
void signals_wake(void);

#endif
