// The floor of eviction: unlinkat(2) on the names in a file, one a line, in their order and on several threads.
// Nothing is looked at, so nobody's build is safe. As "leased" every file is first opened, leased and looked at, the
// least that shows that nobody is reading it. Prints how many seconds it took, without reading the list.
#define _GNU_SOURCE
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "threads.h"

enum { batch = 1024 };

static char **names;
static size_t name_count;
static atomic_size_t next_name, removed;
static int shards[256];

static int is_leased;

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

static int remove_file(int shard, const char *name) {
    if (!is_leased) return unlinkat(shard, name, 0);
    int file = openat(shard, name, O_RDONLY | O_NOATIME | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return -1;
    struct statx status;
    int result = -1;
    if (fcntl(file, F_SETLEASE, F_WRLCK) < 0) errno = errno == EINVAL ? EISDIR : errno;  // A directory has none.
    else if (statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0) result = unlinkat(shard, name, 0);
    int code = errno;
    close(file);
    errno = code;
    return result;
}

/// Returns whether an entry is gone: a file, or a directory that holds one executable.
static int remove_entry(int shard, const char *name) {
    if (remove_file(shard, name) == 0) return 1;
    char inner[256];
    snprintf(inner, sizeof inner, "%s/main", name);
    return errno == EISDIR && remove_file(shard, inner) == 0 && unlinkat(shard, name, AT_REMOVEDIR) == 0;
}

static void *work(void *unused) {
    (void)unused;
    size_t done = 0;
    for (size_t start; (start = atomic_fetch_add(&next_name, batch)) < name_count;)
        for (size_t index = start; index < start + batch && index < name_count; index++)
            done += (size_t)remove_entry(shards[digit(names[index][0]) * 16 + digit(names[index][1])], names[index] + 3);
    atomic_fetch_add(&removed, done);
    return NULL;
}

static void read_names(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) perror(path), exit(1);
    size_t capacity = 0, size = 0;
    char *line = NULL;
    for (ssize_t length; (length = getline(&line, &size, file)) > 0;) {
        if (name_count == capacity && !(names = realloc(names, (capacity = capacity * 2 + 1024) * sizeof *names))) abort();
        line[length - 1] = 0;
        if (length < 5 || !(names[name_count++] = strdup(line))) abort();
    }
    free(line);
    fclose(file);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count < 3) return fputs("usage: unlink-floor DIRECTORY NAMES [leased]\n", stderr), 64;
    long threads = thread_count("unlink-floor", NULL);
    is_leased = count > 3 && strcmp(arguments[3], "leased") == 0;
    read_names(arguments[2]);
    int root = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return perror(arguments[1]), 1;
    double start = now();
    for (int shard = 0; shard < 256; shard++) {
        char name[3];
        snprintf(name, sizeof name, "%02x", shard);
        if ((shards[shard] = openat(root, name, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) return perror(name), 1;
    }
    run_threads("unlink-floor", threads, work, NULL, 0);
    fprintf(stderr, "seconds=%.4f\n", now() - start);
    if (removed == name_count) return 0;
    return fprintf(stderr, "unlink-floor: %zu of %zu names were not removed\n", name_count - removed, name_count), 1;
}
