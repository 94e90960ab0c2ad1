#include "sandbox/keeper/witness.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* As the kernel has it: of 15 bytes that a program may choose. "" if it cannot be read. */
static void read_program(int proc_fd, pid_t pid, char ret[REFUSED_CALL_PROGRAM])
{
	char path[32];
	own_fd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/comm", (int)pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	n = fd < 0 ? 0 : read(fd, ret, REFUSED_CALL_PROGRAM);
	if (n > 0 && ret[n - 1] == '\n')
		n--;
	if (n < 0 || n >= REFUSED_CALL_PROGRAM)
		n = 0;
	ret[n] = '\0';
}

void witness_take(struct keeper *k, short events)
{
	struct seccomp_notif call;
	struct seccomp_notif_resp refusal = { .error = -EPERM };
	char program[REFUSED_CALL_PROGRAM] = "";

	memset(&call, 0, sizeof(call)); /* the kernel insists */
	if ((events & POLLIN) == 0) {
		own_fd_end(&k->refusals_fd); /* nobody is left who could ask */
		return;
	}
	if (ioctl(k->refusals_fd, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
		if (errno != ENOENT && errno != EINTR) /* those: it was killed meanwhile */
			own_fd_end(&k->refusals_fd);
		return;
	}
	read_program(k->root.proc_fd, (pid_t)call.pid, program);
	/* It may have died, and another one have its number. */
	if (ioctl(k->refusals_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) < 0)
		program[0] = '\0';
	refused_call_add(k->refused, call.data.arch, call.data.nr, program);
	refusal.id = call.id;
	ioctl(k->refusals_fd, SECCOMP_IOCTL_NOTIF_SEND, &refusal);
}
