#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <stdatomic.h>

#include "clinux.h"

static struct sigaction first_actions[NSIG];
static char is_changed[NSIG];
static sigset_t first_mask;
static char is_mask_changed;

int signals_change(int signal, const struct sigaction *action) {
    struct sigaction before;
    if (sigaction(signal, action, &before) < 0) return -errno;
    if (!is_changed[signal]) {
        first_actions[signal] = before;
        is_changed[signal] = 1;
    }
    return 0;
}

int signals_change_mask(int how, const sigset_t *set) {
    sigset_t before;
    if (sigprocmask(how, set, &before) < 0) return -errno;
    if (!is_mask_changed) {
        first_mask = before;
        is_mask_changed = 1;
    }
    return 0;
}

void signals_restore(int signal) {
    if (is_changed[signal]) sigaction(signal, &first_actions[signal], NULL);
}

void signals_restore_all(void) {
    for (int signal = 1; signal < NSIG; signal++) signals_restore(signal);
    if (is_mask_changed) sigprocmask(SIG_SETMASK, &first_mask, NULL);
}

static atomic_int interruption;

static void remember(int signal) {
    int none = 0;
    atomic_compare_exchange_strong(&interruption, &none, signal);
    signals_wake();
}

int clinux_watch_interruptions(void) {
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t asked;
    sigemptyset(&asked);
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
        int code = signals_change(signals[index], &action);
        if (code < 0) return code;
        sigaddset(&asked, signals[index]);
    }
    // A parent's mask is inherited: blocked signals would never arrive, and the run could not be ended.
    int code = signals_change_mask(SIG_UNBLOCK, &asked);
    if (code < 0) return code;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    return signals_change(SIGPIPE, &ignore);
}

int clinux_interruption(void) { return atomic_load(&interruption); }
