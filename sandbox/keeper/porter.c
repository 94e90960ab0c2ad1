/* The porter: requests in, commands behind the builder's walls.
 *
 *   builder ── fork ── (fork, ends) ── porter: waits for connections
 *                                        └─ usher: one a connection; reads the request
 *                                            └─ the command, in a session of its own
 *
 * All of them are behind the builder's filter, so plain fork(2) and no clone3 makes them. */
#include "sandbox/keeper/porter.h"

#include "sandbox/base/disposition.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/door_message.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIGNALS_USUAL 31

/* ---- the command ---- */

struct entry {
	int connection;
	int master, terminal; /* -1: none is asked for */
	int stdio[3];         /* borrowed from the descriptors that came, or the terminal */
	struct door_request request;
};

static void answer(const struct entry *entry, uint32_t type, int status,
	const struct packet_fds *fds, const struct failure *why)
{
	struct door_answer answer = { .type = type, .status = status };
	struct failure unsent; /* then nobody is there any more */

	if (why != NULL)
		answer.failure = *why;
	packet_send(entry->connection, &answer, sizeof(answer), fds, 0, &unsent);
}

static void refuse(const struct entry *entry, int exit_code, const struct failure *why)
	__attribute__((noreturn));
static void refuse(const struct entry *entry, int exit_code, const struct failure *why)
{
	answer(entry, DOOR_FAILED, exit_code, NULL, why);
	_exit(exit_code);
}

static int take_places(const struct entry *entry, struct failure *f)
{
	if (setsid() < 0)
		return fail(f, errno, "start a session");
	if (entry->terminal >= 0 && ioctl(entry->terminal, TIOCSCTTY, 0) < 0)
		return fail(f, errno, "lead the terminal's session");
	for (int i = 0; i < 3; i++)
		if (dup2(entry->stdio[i], i) < 0)
			return fail(f, errno, "set up descriptor %d", i);
	/* All of them are so already; this does not rest on it. */
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return fail(f, errno, "close every other descriptor");
	return disposition_reset(f);
}

static void __attribute__((noreturn)) command_main(const struct keeper *k, struct entry *entry)
{
	char *argv[DOOR_WORDS + 1];
	char *word = entry->request.text;
	struct failure f = { 0 };
	uint32_t n = 0;

	for (; n < entry->request.words; word += strlen(word) + 1)
		argv[n++] = word;
	argv[n] = NULL;
	if (take_places(entry, &f) < 0)
		refuse(entry, 125, &f);
	refuse(entry, child_execute(k, argv, &f), &f);
}

/* ---- the usher ---- */

static int open_terminal(struct entry *entry, struct failure *f)
{
	const struct door_request *r = &entry->request;
	int unlock = 0;

	if (!r->terminal[0] && !r->terminal[1] && !r->terminal[2])
		return 0;
	entry->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (entry->master < 0 || ioctl(entry->master, TIOCSPTLCK, &unlock) < 0)
		return fail(f, errno, "open a terminal inside");
	entry->terminal = ioctl(entry->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (entry->terminal < 0)
		return fail(f, errno, "open this side of the terminal");
	if (tcsetattr(entry->terminal, TCSANOW, &r->modes) < 0 ||
		ioctl(entry->terminal, TIOCSWINSZ, &r->size) < 0)
		return fail(f, errno, "give the terminal its modes and its size");
	return 0;
}

static int read_request(struct entry *entry, struct packet_fds *fds, struct failure *f)
{
	int got = packet_receive(
		entry->connection, &entry->request, sizeof(entry->request), fds, 0, f);
	size_t used = 0;

	if (got == 0)
		_exit(0); /* nobody is there any more */
	if (got < 0)
		return -1;
	if (!door_request_is_whole(&entry->request))
		return fail(f, 0, "a request of an unknown form");
	if (open_terminal(entry, f) < 0)
		return -1;
	for (int i = 0; i < 3; i++) {
		entry->stdio[i] = entry->request.terminal[i] ? entry->terminal
				  : used < fds->n            ? fds->at[used++]
							     : -1;
		if (entry->stdio[i] < 0)
			return fail(f, 0, "a request without its descriptors");
	}
	return 0;
}

/* False if who entered is there no more. */
static bool is_there(const struct entry *entry)
{
	struct failure unread;
	char question;

	if (packet_receive(entry->connection, &question, 1, NULL, 0, &unread) <= 0)
		return false;
	answer(entry, DOOR_HERE, 0, NULL, NULL);
	return true;
}

/* Until the command has ended, or who entered has: then it is as if he had hung up. */
static void attend(const struct entry *entry, pid_t command, int pidfd)
{
	struct pollfd polls[] = { { .fd = pidfd, .events = POLLIN },
		{ .fd = entry->connection, .events = POLLIN } };
	int status;

	do {
		while (poll(polls, ARRAY_LEN(polls), -1) < 0 && errno == EINTR)
			;
	} while (polls[0].revents == 0 && is_there(entry));
	if (polls[0].revents == 0) {
		/* Without a session yet, it has not begun, and ignores what we do. */
		if (kill(-command, SIGHUP) < 0)
			kill(command, SIGKILL);
		kill(-command, SIGCONT);
		_exit(0);
	}
	if (waitpid(command, &status, 0) == command)
		answer(entry, DOOR_ENDED, status, NULL, NULL);
	_exit(0);
}

static void __attribute__((noreturn)) usher_main(struct keeper *k, int connection)
{
	struct entry entry = { .connection = connection, .master = -1, .terminal = -1 };
	struct packet_fds fds = PACKET_FDS_NONE, open = PACKET_FDS_NONE;
	struct failure f = { 0 };
	own_fd int pidfd = -1;
	pid_t command;

	signal(SIGCHLD, SIG_DFL);
	/* The launcher counts who enters: it knows before there is a command. */
	if (read_request(&entry, &fds, &f) < 0 || packet_send(k->ends.door, "", 1, NULL, 0, &f) < 0)
		refuse(&entry, 125, &f);
	own_fd_end(&k->ends.door);
	if (entry.master >= 0) {
		open.at[0] = entry.master;
		open.n = 1;
	}
	answer(&entry, DOOR_OPEN, 0, &open, NULL);
	command = fork();
	if (command == 0)
		command_main(k, &entry);
	if (command > 0)
		pidfd = (int)syscall(SYS_pidfd_open, command, 0);
	if (pidfd < 0) {
		fail(&f, errno, "start a command");
		if (command > 0)
			kill(command, SIGKILL);
		refuse(&entry, 125, &f);
	}
	packet_fds_end(&fds);
	own_fd_end(&entry.master); /* or who entered would not be missed */
	own_fd_end(&entry.terminal);
	attend(&entry, command, pidfd);
	_exit(0);
}

/* ---- the porter ---- */

/* What it has of the builder's besides the walls: its command's streams, the keeper's sight, the
 * terminal's session. */
static int part_from_builder(struct keeper *k)
{
	int null;

	own_fd_end(&k->child_fd);
	null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	for (int i = 0; i < 3; i++)
		if (null < 0 || dup2(null, i) < 0)
			return -1;
	close(null);
	/* The builder has its id, and only who may be looked into can be made to do more. */
	errno = EPERM;
	if (setsid() < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		return -1;
	/* A build may say goodbye to everybody; an ignored SIGCHLD also reaps the ushers. */
	for (int i = 1; i <= SIGNALS_USUAL; i++)
		if (i != SIGKILL && i != SIGSTOP && signal(i, SIG_IGN) == SIG_ERR)
			return -1;
	return 0;
}

static void __attribute__((noreturn)) porter_main(struct keeper *k)
{
	struct failure f;
	char word;

	for (;;) {
		own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;

		if (packet_receive(k->ends.door, &word, 1, &fds, 0, &f) <= 0)
			_exit(0); /* with the launcher goes everything */
		if (fds.n != 1 || fork() != 0)
			continue;
		usher_main(k, fds.at[0]);
	}
}

int porter_leave(struct keeper *k, struct failure *f)
{
	int status = 0;
	pid_t pid;

	if (k->ends.door < 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		/* Before the builder goes on: its command may stop everybody with its first
		 * instruction, and the keeper waits for every copy of child_fd. */
		if (part_from_builder(k) < 0)
			_exit(errno);
		pid = fork();
		if (pid == 0)
			porter_main(k);
		_exit(pid < 0 ? errno : 0);
	}
	own_fd_end(&k->ends.door);
	if (pid < 0)
		return fail(f, errno, "start the porter");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(f, errno, "wait for the porter's start");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail(f, WIFEXITED(status) ? WEXITSTATUS(status) : 0, "start the porter");
	return 0;
}
