#include "sandbox/launcher/scope.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/plan/program.h"
#include "sandbox/scope/scope_answer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PROGRAM_MS 1000 /* for starting and ending; the manager's own time is in scope_answer.h */

/* "DBUS_SESSION_BUS_ADDRESS=…", the whole environment of the program. */
struct bus_address {
	char variable[4096 + 64];
};

/* Characters that an address has to escape (D-Bus specification, "Server Addresses") are in
 * no runtime directory that systemd makes. */
static bool bus_in(const char *directory, struct bus_address *ret)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_/.";
	char path[4096];
	struct stat st;

	if (directory == NULL || directory[0] != '/' ||
		directory[strspn(directory, plain)] != '\0' ||
		snprintf(path, sizeof(path), "%s/bus", directory) >= (int)sizeof(path) ||
		stat(path, &st) < 0 || !S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return false;
	snprintf(ret->variable, sizeof(ret->variable), "DBUS_SESSION_BUS_ADDRESS=unix:path=%s",
		path);
	return true;
}

/* As sd_bus_open_user(3) looks for it, and where su(1), cron(8) and sudo(8) leave the
 * variables out, at the place to which they would point. */
static int find_bus(bool was_root, struct bus_address *ret, struct failure *f)
{
	const char *address = was_root ? NULL : getenv("DBUS_SESSION_BUS_ADDRESS");
	char usual[32];

	if (address != NULL && address[0] != '\0') {
		if (snprintf(ret->variable, sizeof(ret->variable), "DBUS_SESSION_BUS_ADDRESS=%s",
			    address) < (int)sizeof(ret->variable))
			return 0;
		return fail(f, 0, "DBUS_SESSION_BUS_ADDRESS is too long");
	}
	snprintf(usual, sizeof(usual), "/run/user/%u", geteuid());
	if ((!was_root && bus_in(getenv("XDG_RUNTIME_DIR"), ret)) || bus_in(usual, ret))
		return 0;
	fail(f, 0, "user %u has no session bus (%s/bus)", geteuid(), usual);
	return fail_remedy(f, "apt-get install dbus-user-session; loginctl enable-linger");
}

struct asker {
	int socket, exe_fd;
	pid_t parent;
	const char *const *argv;
	const struct bus_address *address;
};

/* From the clone to exec: nothing is decided here. */
static void __attribute__((noreturn)) asker_main(const struct asker *a)
{
	const char *const environment[] = { a->address->variable, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int socket = fcntl(a->socket, F_DUPFD_CLOEXEC, SCOPE_FD + 1);
	int exe = fcntl(a->exe_fd, F_DUPFD_CLOEXEC, SCOPE_FD + 1);
	sigset_t none;

	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != a->parent || null < 0 ||
		socket < 0 || exe < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(126);
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			_exit(126);
	/* Above 3 everything of ours closes itself at exec. */
	if (dup2(socket, SCOPE_FD) < 0 || close_range(SCOPE_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		_exit(126);
	syscall(SYS_execveat, exe, "", a->argv, environment, AT_EMPTY_PATH);
	_exit(127);
}

/* The answer, or why there is none. */
static int hear(int socket, unsigned most_ms, struct scope_answer *ret, struct failure *f)
{
	struct pollfd ready = { .fd = socket, .events = POLLIN };
	int n;

	do
		n = poll(&ready, 1, (int)most_ms);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return fail(f, 0, "cofferdam-scope did not answer within %u ms", most_ms);
	n = packet_receive(socket, ret, sizeof(*ret), NULL, MSG_DONTWAIT, f);
	if (n > 0)
		return 0;
	fail(f, n < 0 ? f->errnum : 0, "cofferdam-scope ended without an answer");
	return fail_remedy(f, "install its library: apt-get install libsystemd0");
}

static int ask(const struct scope_job *job, const char *const argv[], unsigned most_ms,
	struct scope_answer *ret, struct failure *f)
{
	own_fd int exe_fd = -1, ours = -1, theirs = -1, pidfd = -1;
	struct bus_address address;
	int pair[2], result;
	pid_t pid;

	if (find_bus(job->was_root, &address, f) < 0 || program_find_scope(&exe_fd, f) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];

	const struct asker asker = { .socket = theirs,
		.exe_fd = exe_fd,
		.parent = getpid(),
		.argv = argv,
		.address = &address };
	pid = spawn("cofferdam-scope", 0, -1, &pidfd, f);
	if (pid < 0)
		return -1;
	if (pid == 0)
		asker_main(&asker); /* does not return */
	own_fd_end(&theirs);        /* so that its end is heard */
	result = hear(ours, most_ms + PROGRAM_MS, ret, f);
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0); /* it has nothing more to do */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (result == 0 && !ret->granted) {
		*f = ret->failure;
		result = -1;
	}
	return result;
}

static int start_scope(void *data, const char *companion, struct failure *f)
{
	const struct scope_job *job = data;
	const char *const argv[] = { "cofferdam-scope", "start", job->run_id, companion, NULL };
	struct scope_answer answer;

	return ask(job, argv, SCOPE_START_MS, &answer, f);
}

static int look(void *data, char *ret_group, size_t size, char version[64], struct failure *f)
{
	static const char *const argv[] = { "cofferdam-scope", "look", NULL };
	struct scope_answer answer;

	if (ask(data, argv, SCOPE_LOOK_MS, &answer, f) < 0)
		return -1;
	snprintf(ret_group, size, "%s", answer.control_group);
	snprintf(version, sizeof(answer.version), "%s", answer.version);
	return 0;
}

struct cgroup_manager scope_manager(struct scope_job *job)
{
	return (struct cgroup_manager){
		.start_scope = start_scope,
		.look = job->run_id == NULL ? look : NULL,
		.data = job,
	};
}
