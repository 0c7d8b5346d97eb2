// Runs a program on a kernel that, to all appearance, has not got some calls: a filter answers ENOSYS.
//
//     without NUMBER,NUMBER,... PROGRAM ARGUMENTS...
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { most = 16 };

int main(int count, char **words) {
    struct sock_filter steps[2 * most + 2] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short used = 1;
    char *rest = count > 2 ? words[1] : "";
    for (int calls = 0; *rest && calls < most; calls++) {
        const unsigned number = (unsigned)strtoul(rest, &rest, 10);
        steps[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
        steps[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
        if (*rest == ',') rest++;
    }
    steps[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {used, steps};
    if (used == 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        return perror("without"), 127;
    execv(words[2], words + 2);
    return perror(words[2]), 127;
}
