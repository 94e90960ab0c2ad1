/* sandbox/probe/probe_process.c: other processes, and the power over one's own. */
#include "sandbox/probe/probe_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- other processes ---- */

static int trace(int argc, char **argv)
{
	pid_t pid = (pid_t)atol(probe_argument(argc, argv, 0));

	return probe_answer(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

static int memory_read(int argc, char **argv)
{
	char from[4] = "abc", to[4];
	struct iovec remote = { from, 4 }, local = { to, 4 };

	(void)argc, (void)argv;
	return probe_answer(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
}

static int descriptor_steal(int argc, char **argv)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	(void)argc, (void)argv;
	return pidfd < 0 ? errno : probe_answer(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static int compare(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_kcmp, getpid(), getpid(), 1 /* KCMP_VM */, 0, 0));
}

static int send_signal(int argc, char **argv)
{
	pid_t pid = (pid_t)atol(probe_argument(argc, argv, 0));

	return probe_answer(kill(pid, atoi(probe_argument(argc, argv, 1))));
}

/* ---- what a process can read of itself ---- */

static int securebits(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("%#x\n", (unsigned)prctl(PR_GET_SECUREBITS));
	return PROBE_PRINTED;
}

/* Ask for every securebit back; 0 would be "nothing locked". */
static int securebits_clear(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(prctl(PR_SET_SECUREBITS, 0));
}

static int ambient_raise(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0 /* CAP_CHOWN */, 0, 0));
}

static int become_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(setuid(0));
}

static int groups_set(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_setgroups, 0, NULL));
}

static int limit_raise(int argc, char **argv)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	(void)argc, (void)argv;
	return probe_answer(setrlimit(RLIMIT_CORE, &r));
}

static int files_raise(int argc, char **argv)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	(void)argc, (void)argv;
	return probe_answer(setrlimit(RLIMIT_NOFILE, &r));
}

const struct probe probes_process[] = {
	{ "trace", trace },
	{ "process-vm-readv", memory_read },
	{ "pidfd-getfd", descriptor_steal },
	{ "kcmp", compare },
	{ "kill", send_signal },
	{ "securebits", securebits },
	{ "securebits-clear", securebits_clear },
	{ "ambient-raise", ambient_raise },
	{ "become-root", become_root },
	{ "setgroups", groups_set },
	{ "raise-core", limit_raise },
	{ "raise-files", files_raise },
	{ NULL, NULL },
};
