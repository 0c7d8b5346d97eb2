#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include "ccurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof((struct ccurl_answer *)0)->error >= CURL_ERROR_SIZE, "curl writes that much");

static struct {
    CURLcode (*global_init)(long);
    CURL *(*init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    void (*cleanup)(CURL *);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    void (*free_all)(struct curl_slist *);
    const char *(*words)(CURLcode);
    int loaded;
} curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static int find(void *library, const char *name, void *function) {
    void *found = dlsym(library, name);
    // POSIX has a function's address fit into an object's, the C standard does not know of it.
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    curl.loaded = find(library, "curl_global_init", &curl.global_init) && find(library, "curl_easy_init", &curl.init) &&
                  find(library, "curl_easy_setopt", &curl.setopt) && find(library, "curl_easy_perform", &curl.perform) &&
                  find(library, "curl_easy_getinfo", &curl.getinfo) &&
                  find(library, "curl_easy_cleanup", &curl.cleanup) && find(library, "curl_slist_append", &curl.append) &&
                  find(library, "curl_slist_free_all", &curl.free_all) &&
                  find(library, "curl_easy_strerror", &curl.words) && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static size_t keep(char *bytes, size_t size, size_t count, void *target) {
    struct ccurl_answer *answer = target;
    size_t room = answer->body_limit - answer->body_size;
    size_t taken = size * count < room ? size * count : room;
    memcpy(answer->body + answer->body_size, bytes, taken);
    answer->body_size += taken;
    // Less than all of it ends the transfer: CURLE_WRITE_ERROR.
    return taken;
}

static int end_of(CURLcode code) {
    switch (code) {
        case CURLE_OK: return CCURL_ANSWERED;
        case CURLE_OPERATION_TIMEDOUT: return CCURL_TIMED_OUT;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ISSUER_ERROR: return CCURL_UNTRUSTED;
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM: return CCURL_UNREACHABLE;
        default: return CCURL_REFUSED;
    }
}

static CURLcode prepare(CURL *handle, const struct ccurl_request *request, struct ccurl_answer *answer) {
    long protocols = request->reach == CCURL_HTTP ? CURLPROTO_HTTP : CURLPROTO_HTTPS;
    CURLcode code = CURLE_OK;
#define set(option, value) \
    if (code == CURLE_OK) code = curl.setopt(handle, option, value)
    set(CURLOPT_ERRORBUFFER, answer->error);
    // The older option: what replaced it came with 7.85, and distributions with 7.76 are in use.
    set(CURLOPT_PROTOCOLS, protocols);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    // Threads: a signal's handler belongs to the whole process.
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    set(CURLOPT_CONNECTTIMEOUT_MS, request->connect_limit);
    set(CURLOPT_TIMEOUT_MS, request->limit);
    set(CURLOPT_USERAGENT, request->user_agent);
    set(CURLOPT_WRITEFUNCTION, keep);
    set(CURLOPT_WRITEDATA, answer);
    if (request->authorities != NULL) set(CURLOPT_CAINFO, request->authorities);
    if (request->reach == CCURL_HTTP) set(CURLOPT_PROXY, "");
    set(CURLOPT_URL, request->url);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
    set(CURLOPT_POSTFIELDS, (const char *)request->body);
#undef set
    return code;
}

static int perform(CURL *handle, const struct ccurl_request *request, struct ccurl_answer *answer) {
    struct curl_slist *headers = NULL;
    CURLcode code = prepare(handle, request, answer);
    for (const char *const *header = request->headers; code == CURLE_OK && *header != NULL; header++) {
        struct curl_slist *longer = curl.append(headers, *header);
        if (longer == NULL) code = CURLE_OUT_OF_MEMORY;
        else headers = longer;
    }
    if (code == CURLE_OK) code = curl.setopt(handle, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK) code = curl.perform(handle);
    curl.getinfo(handle, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_off_t wait = 0;
    if (curl.getinfo(handle, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
        answer->retry_after = wait > 86400 ? 86400 : (long)wait;
    // Enough was read to know how it ended.
    if (code == CURLE_WRITE_ERROR && answer->body_size == answer->body_limit) code = CURLE_OK;
    if (code != CURLE_OK && answer->error[0] == 0)
        snprintf(answer->error, sizeof answer->error, "%s", curl.words(code));
    curl.free_all(headers);
    return end_of(code);
}

int ccurl_post(const struct ccurl_request *request, struct ccurl_answer *answer) {
    answer->status = answer->retry_after = 0;
    answer->body_size = 0;
    answer->error[0] = 0;
    pthread_once(&once, load);
    CURL *handle = curl.loaded ? curl.init() : NULL;
    if (handle == NULL) return CCURL_MISSING;
    int end = perform(handle, request, answer);
    curl.cleanup(handle);
    return end;
}
