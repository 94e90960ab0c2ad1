/* sandbox/probe/probe_trace.c: what a tracer can make of its own child.
 *
 * A child stops before its first call, and the tracer tries one thing. */
#include "sandbox/probe/probe_trace.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_IMPLIES_EXEC 0x0400000L
#define SUSPEND_SECCOMP   (1L << 21) /* PTRACE_O_SUSPEND_SECCOMP, not in every header */

static int trace_me(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

/* A child of ours that has stopped; it will ask for its parent, with an argument that nobody
 * reads, and end with the errno of what became of that. */
static pid_t child_start(int *ret_error)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(errno);
		raise(SIGSTOP);
		_exit(syscall(SYS_getppid, READ_IMPLIES_EXEC) < 0 ? errno : 0);
	}
	*ret_error = pid < 0 ? errno : 0;
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || WIFSTOPPED(status))
		return pid;
	*ret_error = WEXITSTATUS(status);
	return -1;
}

static int child_end(pid_t pid, int error)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return error;
}

static int suspend_filter(int argc, char **argv)
{
	int error;
	pid_t pid = child_start(&error);

	(void)argc, (void)argv;
	if (pid < 0)
		return error;
	return child_end(pid, probe_answer(ptrace(PTRACE_SETOPTIONS, pid, NULL, SUSPEND_SECCOMP)));
}

#ifdef __x86_64__
static int debug_register(int argc, char **argv)
{
	static int watched;
	int error;
	pid_t pid = child_start(&error);

	(void)argc, (void)argv;
	if (pid < 0)
		return error;
	return child_end(pid, probe_answer(ptrace(PTRACE_POKEUSER, pid,
				      offsetof(struct user, u_debugreg[0]), &watched)));
}

/* The filter looks at a call after the tracer has had it (Linux 4.8). */
static int call_rewrite(int argc, char **argv)
{
	struct user_regs_struct registers;
	int error, status;
	pid_t pid = child_start(&error);

	(void)argc, (void)argv;
	if (pid < 0)
		return error;
	do
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0 ||
			!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
			return child_end(pid, errno);
	while (registers.orig_rax != SYS_getppid);
	registers.orig_rax = SYS_personality;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) < 0 ||
		ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
		return child_end(pid, errno);
	return WEXITSTATUS(status);
}
#endif

const struct probe probes_trace[] = {
	{ "trace-me", trace_me },
	{ "suspend-filter", suspend_filter },
#ifdef __x86_64__
	{ "debug-register", debug_register },
	{ "rewrite-call", call_rewrite },
#endif
	{ NULL, NULL },
};
