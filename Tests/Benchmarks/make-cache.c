// Makes a synthetic Go build cache below an existing directory, as cmd/go would: 256 shards, 175-byte actions that
// name existing outputs, 1,545 actions to 1,149 outputs (what `go build std` leaves), every 200th output an executable
// in a directory of its own. Owner, group, umask and the default ACL of the directory decide the rights, as for Go.
// With FIRST, the entries from that number on are added to a cache that has those before. With MOMENT (seconds since
// the epoch) every pair, an output and its actions, was used within the ten days before it, else just now. With SPACE every
// output takes so many bytes of the disk, though nothing more is written.
// `--drift DIRECTORY UID GID` gives a cache the rights it has when one user made it with umask 022 and nobody cared.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { actions_share = 1545, share = 1545 + 1149, executable_every = 200 };

static void fail(const char *subject) {
    fprintf(stderr, "make-cache: '%s': %s\n", subject, strerror(errno));
    exit(1);
}

/// SplitMix64: evenly spread, the same in every run.
static uint64_t mix(uint64_t seed) {
    seed += 0x9e3779b97f4a7c15;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111eb;
    return seed ^ seed >> 31;
}

static void identity(char id[65], char kind, uint64_t index) {
    for (int part = 0; part < 4; part++)
        snprintf(id + part * 16, 17, "%016lx", mix(mix(index * 4 + (uint64_t)part) ^ (uint64_t)kind));
}

static time_t moment;
static off_t space;

/// Sets the times of what belongs to an output.
static void age(const char *path, uint64_t output) {
    time_t used = moment - (time_t)(mix(output + 1) % (10 * 24 * 3600));
    const struct timespec times[2] = {{.tv_sec = used}, {.tv_sec = used}};
    if (moment > 0 && utimensat(AT_FDCWD, path, times, 0) < 0) fail(path);
}

static void write_file(const char *path, const char *content, size_t size, mode_t mode, off_t taken) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 || write(fd, content, size) != (ssize_t)size) fail(path);
    if (taken > 0 && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, taken) < 0) fail(path);
    if (close(fd) < 0) fail(path);
}

static uint64_t output_size(uint64_t index) { return 64 + mix(index) % 4000; }  // One block each: time is what counts.

static void make_output(uint64_t index) {
    static char content[8192];
    char id[65], path[160];
    identity(id, 'd', index);
    snprintf(path, sizeof path, "%.2s/%s-d", id, id);
    memset(content, 'a' + (int)(index % 26), output_size(index));
    int is_executable = index % executable_every == 0;
    if (is_executable) {
        if (mkdir(path, 0777) < 0) fail(path);
        strcat(path, "/main");
    }
    write_file(path, content, output_size(index), is_executable ? 0777 : 0666, space);
    age(path, index);
    if (!is_executable) return;
    *strrchr(path, '/') = 0;
    age(path, index);
}

static void make_action(uint64_t index, uint64_t output_index) {
    char id[65], output[65], path[160], line[256];
    identity(id, 'a', index);
    identity(output, 'd', output_index);
    int length = snprintf(line, sizeof line, "v1 %s %s %20lu %20lu\n", id, output, output_size(output_index),
                          1700000000000000000 + index);
    if (length != 175) abort();
    snprintf(path, sizeof path, "%.2s/%s-a", id, id);
    write_file(path, line, (size_t)length, 0666, 0);
    age(path, output_index);
}

static uid_t drift_owner;
static gid_t drift_group;

static int drift(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)place;
    if (lchown(path, drift_owner, drift_group) < 0) fail(path);
    if (removexattr(path, "system.posix_acl_access") < 0 && errno != ENODATA) fail(path);
    if (type == FTW_D && removexattr(path, "system.posix_acl_default") < 0 && errno != ENODATA) fail(path);
    int is_executable = type == FTW_D || strcmp(path + place->base, "main") == 0;
    if (chmod(path, is_executable ? 0755 : 0644) < 0) fail(path);
    return status->st_nlink == 0;
}

int main(int count, char **arguments) {
    if (count == 5 && strcmp(arguments[1], "--drift") == 0) {
        drift_owner = (uid_t)atol(arguments[3]), drift_group = (gid_t)atol(arguments[4]);
        return nftw(arguments[2], drift, 16, FTW_PHYS) != 0;
    }
    uint64_t entries = count >= 3 && count <= 6 ? strtoull(arguments[2], NULL, 10) : 0;
    uint64_t first = count > 3 ? strtoull(arguments[3], NULL, 10) : 0;
    if (count > 4) moment = (time_t)strtoull(arguments[4], NULL, 10);
    if (count > 5) space = (off_t)strtoull(arguments[5], NULL, 10);
    if (entries < first + 10) {
        fputs("usage: make-cache DIRECTORY ENTRIES [FIRST [MOMENT [SPACE]]] | --drift DIRECTORY UID GID\n", stderr);
        return 64;
    }
    if (chdir(arguments[1]) < 0) fail(arguments[1]);
    for (int shard = 0; shard < 256; shard++) {
        char name[3];
        snprintf(name, sizeof name, "%02x", shard);
        if (mkdir(name, 0777) < 0 && (first == 0 || errno != EEXIST)) fail(name);
    }
    uint64_t first_action = first * actions_share / share, first_output = first - first_action;
    uint64_t actions = entries * actions_share / share, outputs = entries - actions;
    for (uint64_t index = first_output; index < outputs; index++) make_output(index);
    for (uint64_t index = first_action; index < actions; index++)
        make_action(index, first_output + (index - first_action) % (outputs - first_output));
    if (first > 0) return 0;
    static const char readme[] = "This directory holds cached build artifacts from the Go build system.\n";
    write_file("README", readme, sizeof readme - 1, 0666, 0);
    write_file("trim.txt", "1700000000", 10, 0666, 0);
}
