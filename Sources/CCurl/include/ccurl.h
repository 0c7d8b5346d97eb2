// HTTP by libcurl. The library is loaded by the first call: linked, it and the thirty libraries that it needs would cost
// every start of the program 10 ms, and one command needs them.
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>
#include <stdint.h>

// Where the protocol of a request may lead.
enum ccurl_reach {
    CCURL_HTTPS = 0,
    CCURL_HTTP = 1,  // without TLS and past any proxy: for this host alone
};

struct ccurl_request {
    const char *url;
    const char *user_agent;
    const char *const *headers;  // whole lines without their line breaks, the last one NULL
    const uint8_t *body;
    size_t body_size;
    const char *authorities;     // a file of certificates; NULL for the system's
    int reach;                   // enum ccurl_reach
    long connect_limit;          // ms
    long limit;                  // ms, for all of it
};

struct ccurl_answer {
    long status;       // of HTTP; 0 where none came
    long retry_after;  // seconds; 0 where the receiver named none
    uint8_t *body;     // the caller's memory
    size_t body_limit;
    size_t body_size;  // how much of it was filled; the rest of a longer answer is not read
    char error[256];   // as curl words it: names the receiver's host at most
};

// How a request ended.
enum ccurl_end {
    CCURL_ANSWERED = 0,
    CCURL_MISSING,      // libcurl is not installed, or too old
    CCURL_UNREACHABLE,  // a name, a connection or an answer did not come, or stopped half-way
    CCURL_TIMED_OUT,
    CCURL_UNTRUSTED,    // the certificate or the protocol of TLS
    CCURL_REFUSED,      // anything else: a URL that is none, no memory
};

// Posts the body once, follows no redirect and returns an enum ccurl_end. Blocks the calling thread.
int ccurl_post(const struct ccurl_request *request, struct ccurl_answer *answer);

#endif
