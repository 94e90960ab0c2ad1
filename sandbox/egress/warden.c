#include "sandbox/egress/warden.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"
#include "sandbox/companion/companion_root.h"
#include "sandbox/companion/egress_message.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define WORDS_BYTES  2048
#define NETNS_PATH   64
#define NOT_EXECUTED 127

/* How pasta is to serve: a device with the host's addresses, and nothing of the host behind it. */
static const char *const words[] = {
	"pasta",
	"--config-net",
	"--quiet",
	"--no-map-gw", /* or the gateway's address would be the host's loopback */
	"--tcp-ports",
	"none",
	"--udp-ports",
	"none", /* nobody outside reaches a port inside */
	"--tcp-ns",
	"none",
	"--udp-ns",
	"none",            /* and ours of the loopback are not the host's */
	"--no-netns-quit", /* it ends with this process */
	"--ns-ifname",
	"eth0",
	"--dns-forward",
	EGRESS_FORWARD,
	"--netns",
};

/* By the number that this process has in the /proc that pasta sees, which is the host's. */
static int name_network(char path[NETNS_PATH], struct failure *f)
{
	char number[24];
	ssize_t n = readlink("/proc/self", number, sizeof(number) - 1);

	if (n < 0)
		return fail(f, errno, "find our own number");
	number[n] = '\0';
	snprintf(path, NETNS_PATH, "/proc/%s/ns/net", number);
	return 0;
}

/* After a byte: then the namespace of that path is the sandbox's. */
static void pasta_main(int go_fd, int words_fd, char *path) __attribute__((noreturn));
static void pasta_main(int go_fd, int words_fd, char *path)
{
	char *argv[ARRAY_LEN(words) + 2] = { NULL };
	char *const environment[] = { NULL };
	char byte;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		argv[i] = (char *)words[i];
	argv[ARRAY_LEN(words)] = path;
	/* An old one takes what signal(2) returns for an error. */
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR || whole_read(go_fd, &byte, 1) != 1 ||
		dup2(words_fd, STDERR_FILENO) < 0 || close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		_exit(NOT_EXECUTED);
	syscall(SYS_execveat, EGRESS_PASTA_FD, "", argv, environment, AT_EMPTY_PATH);
	dprintf(STDERR_FILENO, "it cannot be executed: %s\n", strerror(errno));
	_exit(NOT_EXECUTED);
}

/* What pasta says last is why it gives up. */
static void last_line(char *text)
{
	size_t n = strlen(text);
	char *last;

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	last = strrchr(text, '\n');
	if (last != NULL)
		memmove(text, last + 1, strlen(last));
}

/* It leaves us with status 0 once it serves, in a process that becomes our child. */
static int await_ready(pid_t pid, int words_fd, struct failure *f)
{
	char text[WORDS_BYTES];
	ssize_t n = whole_read(words_fd, text, sizeof(text) - 1);
	int status = 0;

	text[n > 0 ? n : 0] = '\0';
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(f, errno, "wait for pasta");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	last_line(text);
	fail(f, 0, "pasta: %.160s", text[0] != '\0' ? text : "it ended without a word");
	return fail_remedy(f, "try `pasta --config-net true` as this user; it needs /dev/net/tun "
			      "and a network with a default route");
}

static int join_network(struct failure *f)
{
	if (setns(EGRESS_NETWORK_FD, CLONE_NEWNET) < 0)
		return fail(f, errno, "join the network of the sandbox");
	if (companion_drop(f) < 0)
		return -1;
	/* pasta looks at our namespace by our number, and may do so for who has no more power
	 * than it has. Nothing of us is worth looking at. */
	return prctl(PR_SET_DUMPABLE, 1) < 0 ? fail(f, errno, "let pasta find the network") : 0;
}

int warden_start(struct failure *f)
{
	own_fd int pidfd = -1, go = -1, go_theirs = -1, text = -1, text_theirs = -1;
	char path[NETNS_PATH];
	int ends[2], more[2];
	pid_t pid;

	if (name_network(path, f) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(f, errno, "make a pipe");
	go_theirs = ends[0];
	go = ends[1];
	if (pipe2(more, O_CLOEXEC) < 0)
		return fail(f, errno, "make a pipe");
	text = more[0];
	text_theirs = more[1];
	pid = spawn("pasta", 0, -1, &pidfd, f);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		own_fd_end(&go);
		pasta_main(go_theirs, text_theirs, path); /* does not return */
	}
	own_fd_end(&text_theirs);
	own_fd_end(&go_theirs);
	if (join_network(f) < 0)
		return -1;
	if (write(go, "", 1) != 1)
		return fail(f, errno, "let pasta go");
	if (await_ready(pid, text, f) < 0)
		return -1;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? fail(f, errno, "forbid being looked into") : 0;
}

/* false: nothing is left to wait for. */
static bool reap(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid == 0;
}

int warden_watch(int control, struct failure *f)
{
	own_fd int signals = -1;
	struct egress_message message;
	struct failure unheard;
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &children, NULL) < 0 ||
		(signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return fail(f, errno, "hear of pasta's end");
	while (reap()) {
		struct pollfd polls[] = { { .fd = control, .events = POLLIN },
			{ .fd = signals, .events = POLLIN } };
		struct signalfd_siginfo heard;

		if (poll(polls, ARRAY_LEN(polls), -1) < 0 && errno != EINTR)
			return fail(f, errno, "wait for pasta's end");
		if (polls[0].revents != 0 &&
			(egress_message_receive(control, &message, NULL, 0, &unheard) <= 0 ||
				message.type == EGRESS_FINISH))
			return 0;
		while (read(signals, &heard, sizeof(heard)) > 0)
			;
	}
	return fail(f, 0, "pasta has ended");
}
