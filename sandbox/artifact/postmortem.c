#include "sandbox/artifact/postmortem.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/privilege/descriptors.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int postmortem_start(const char *name, struct postmortem *ret, struct failure *f)
{
	own_fd int ours = -1, theirs = -1, pidfd = -1;
	int pair[2];

	*ret = (struct postmortem)POSTMORTEM_NONE;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	ret->pid = spawn(name, 0, -1, &pidfd, f);
	if (ret->pid < 0)
		return -1;
	ret->socket = own_fd_give(ret->pid == 0 ? &theirs : &ours);
	return 0;
}

void postmortem_end(struct postmortem *postmortem)
{
	own_fd_end(&postmortem->socket);
	kill(postmortem->pid, SIGKILL);
	while (waitpid(postmortem->pid, NULL, 0) < 0 && errno == EINTR)
		;
	postmortem->pid = -1;
}

static bool ends_a_run(int number)
{
	return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

int postmortem_interrupted_by(int signals_fd)
{
	struct signalfd_siginfo info;

	while (signals_fd >= 0 && read(signals_fd, &info, sizeof(info)) == sizeof(info))
		if (ends_a_run((int)info.ssi_signo))
			return (int)info.ssi_signo;
	return 0;
}

int postmortem_follow(int socket, struct failure *f)
{
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	/* It may have died before that line: then its end of the socket is closed. */
	if (recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		_exit(1);
	return 0;
}

int postmortem_close_but(int *keep, size_t n, struct failure *f)
{
	own_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (null < 0)
		return fail(f, errno, "open /dev/null");
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return fail(f, errno, "set up descriptor %d", i);
	return descriptors_close_but(keep, n, f);
}

int postmortem_enter_user(int *user_fd, struct failure *f)
{
	if (setns(*user_fd, CLONE_NEWUSER) < 0)
		return fail(f, errno, "enter the sandbox's user namespace");
	own_fd_end(user_fd);
	return 0;
}

int postmortem_drop_power(enum caps_kept kept, struct failure *f)
{
	if (caps_forbid_regain(kept, f) < 0 || caps_drop(kept, f) < 0 || caps_prove(kept, f) < 0)
		return -1;
	return caps_no_new_privileges(f);
}

int postmortem_restrict(const struct landlock_place *places, size_t n, struct failure *f)
{
	bool was_open = landlock_try_root() == 0;

	if (landlock_abi() == 0)
		return 0;
	if (landlock_restrict_to(places, n, LANDLOCK_NO_BIND | LANDLOCK_NO_CONNECT, f) < 0)
		return -1;
	return was_open && landlock_try_root() != EACCES
		       ? fail(f, 0, "the host's root can still be opened")
		       : 0;
}

int postmortem_filter(enum filter_role role, struct failure *f)
{
	struct filter filter = filter_builtin(role);
	bool was_heard = filter_lets_execute();

	if (filter_install(&filter, f) < 0)
		return -1;
	return was_heard && filter_lets_execute() ? fail(f, 0, "a program could still be started")
						  : 0;
}
