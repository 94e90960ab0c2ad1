/* The keeper: PID 1 of the sandbox.
 *
 * One table of steps from the first instruction to the moment when the builder runs
 * and the keeper has no power left; then one loop. */
#include "sandbox/keeper/keeper.h"

#include "namespaces/mount.h"
#include "namespaces/network.h"
#include "namespaces/root_bind.h"
#include "namespaces/root_device.h"
#include "namespaces/root_etc.h"
#include "namespaces/root_proc.h"
#include "namespaces/root_work.h"
#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/keeper/builder.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/fetcher.h"
#include "sandbox/privilege/caps.h"
#include "sandbox/privilege/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define DOCKER_SOCKET "/run/docker.sock"

/* The launcher is gone, so everything ends: with PID 1 goes every process of the
 * namespace (pid_namespaces(7)). */
static void end_with_launcher(void) __attribute__((noreturn));
static void end_with_launcher(void)
{
	_exit(1);
}

/* Wait for a message of this type (or of the other one, if that is not 0). */
static int expect(
	struct keeper *k, uint32_t type, uint32_t other, struct message *ret, struct failure *f)
{
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE; /* none is due */
	int got = message_receive(k->ends.socket, ret, &fds, f);

	if (got == 0)
		end_with_launcher();
	if (got < 0)
		return -1;
	if (ret->type != type && (other == 0 || ret->type != other))
		return fail(f, 0, "message %u came where %u was due", ret->type, type);
	return 0;
}

static int tell(struct keeper *k, uint32_t type, int status, struct failure *f)
{
	struct message message = { .type = type, .status = status };

	return message_send(k->ends.socket, &message, NULL, f);
}

/* ---- steps ---- */

/* Born in the group with v2; with v1 a process moves itself, for which the kernel does
 * not wait as long as for a move by another. Nothing has been made or started yet. */
static int enter_cgroup(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	umask(022); /* the caller's would decide over the modes of the root */
	return cgroup_enter_self(k->cgroup, f);
}

static int close_descriptors(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	int keep[] = { k->ends.socket, k->ends.records, k->ends.stdio[0], k->ends.stdio[1],
		k->ends.stdio[2], k->exe_fd, k->credential_fd };

	if (descriptors_close_but(keep, ARRAY_LEN(keep), f) < 0)
		return -1;
	k->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (k->null_fd < 0)
		return fail(f, errno, "open /dev/null");
	for (int i = 0; i < 3; i++)
		if (dup2(k->null_fd, i) < 0)
			return fail(f, errno, "set up descriptor %d", i);
	return 0;
}

static int hear_of_children(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	k->signals_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	return k->signals_fd < 0 ? fail(f, errno, "open a signalfd") : 0;
}

static int follow_launcher(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	sigset_t all;
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	/* It may have died before that line: then its end of the socket is closed. */
	if (recv(k->ends.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		end_with_launcher();
	/* Out of the caller's session: /dev/tty leads nowhere from here on. */
	if (setsid() < 0)
		return fail(f, errno, "start a session");
	/* Only messages are obeyed: a signal may come from inside as well. */
	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return fail(f, errno, "block the signals");
	return 0;
}

static int get_ids(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	struct message message;

	if (!k->plan->user.range) {
		if (user_map_self(&k->plan->user, &k->ids, f) < 0)
			return -1;
	} else {
		if (user_is_hidden() && (user_show(f) < 0 || tell(k, MESSAGE_BORN, 0, f) < 0))
			return -1;
		if (expect(k, MESSAGE_MAPPED, 0, &message, f) < 0)
			return -1;
		k->ids = message.ids;
	}
	/* Only now: the maps are written through our /proc entries, which this makes root's.
	 * From here on nobody of our id, inside or outside, may look into PID 1. */
	return user_hide(f);
}

/* Securebits and the bounding set pass to both children: once is enough for all three. */
static int forbid_regain(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return caps_forbid_regain(child_builder_keeps(k), f);
}

static int own_names(void *keeper, struct failure *f)
{
	static const char name[] = "cofferdam";

	(void)keeper;
	if (sethostname(name, sizeof(name) - 1) < 0)
		return fail(f, errno, "set the host name inside");
	/* The NIS domain is of the same namespace, which begins as a copy (uts_namespaces(7)). */
	if (setdomainname("(none)", 6) < 0) /* as after the start of a host that has none */
		return fail(f, errno, "set the domain name inside");
	/* Not among clone3's flags: its root would be the cgroup of the launcher. */
	if (unshare(CLONE_NEWCGROUP) < 0)
		return fail(f, errno, "make a cgroup namespace");
	/* A fresh session keyring, or the user's would be searched (keyrings(7)). A kernel
	 * without keyrings has nothing to keep apart. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return fail(f, errno, "start a session keyring");
	return 0;
}

static int root(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_create(&k->root, f);
}

static int toolchain(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_toolchain(&k->root, f);
}

static int etc(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_etc_write(&k->root, k->plan->root.root_inside, f);
}

static int devices(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_device_bind(&k->root, &k->ids, f);
}

static int work(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (root_work_mount(&k->root, &k->plan->root, &k->ids, f) < 0)
		return -1;
	k->canary_fd = k->root.work_fd;
	return 0;
}

static int proc(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_proc_mount(&k->root, k->plan->root.allow_userns, f);
}

static int binds(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_bind_mount(&k->root, &k->plan->root, f);
}

static int fetch_inputs(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	for (size_t i = 0; i < FETCH_INPUTS; i++) {
		const struct host_path *input = &k->plan->fetch.inputs[i];
		own_fd int fd = -1;

		if (input->path == NULL)
			continue;
		fd = host_path_reopen(input, f);
		if (fd < 0)
			return -1;
		k->fetch_fds[i] = mount_clone_read_only(fd, f);
		if (k->fetch_fds[i] < 0)
			return -1;
	}
	return 0;
}

static int enter(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return mount_enter(k->root.root_fd, f);
}

/* Born here, answered outside: the broker gets the listener, and nothing of the host is
 * bound for it. Only the keeper may write to /run; and soon nobody. */
static int docker_socket(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = DOCKER_SOCKET };

	if (!k->plan->docker)
		return 0;
	k->listener_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->listener_fd < 0 ||
		bind(k->listener_fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(DOCKER_SOCKET, 0666) < 0 || listen(k->listener_fd, SOMAXCONN) < 0)
		return fail(f, errno, "listen at " DOCKER_SOCKET " inside");
	return 0;
}

static int seal(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_seal(&k->root, f);
}

static int terminal(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	int unlock = 0;

	if (!k->plan->tty)
		return 0;
	k->master_fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (k->master_fd < 0 || ioctl(k->master_fd, TIOCSPTLCK, &unlock) < 0)
		return fail(f, errno, "open a terminal inside");
	k->terminal_fd = ioctl(k->master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (k->terminal_fd < 0)
		return fail(f, errno, "open the builder's side of the terminal");
	if (fchown(k->terminal_fd, k->ids.builder_uid, (gid_t)-1) < 0)
		return fail(f, errno, "give the terminal to the builder");
	if (ioctl(k->terminal_fd, TIOCSCTTY, 0) < 0)
		return fail(f, errno, "lead the terminal's session");
	return 0;
}

static int ready(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	struct message message = { .type = MESSAGE_READY };
	struct packet_fds fds = { { k->root.work_fd }, 1 };

	if (k->plan->tty)
		fds.at[fds.n++] = k->master_fd;
	if (k->plan->docker)
		fds.at[fds.n++] = k->listener_fd;
	if (message_send(k->ends.socket, &message, &fds, f) < 0)
		return -1;
	own_fd_end(&k->master_fd);
	own_fd_end(&k->listener_fd);
	own_fd_end(&k->root.null_fd);
	return 0;
}

/* Start a child and hold the other end of its child_fd. */
static int child_start(struct keeper *k, const char *what, uint64_t flags,
	void (*child_main)(struct keeper *), int *ret_fd, pid_t *ret_pid, struct failure *f)
{
	own_fd int pidfd = -1;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	pid = spawn(what, flags, -1, &pidfd, f);
	if (pid == 0) {
		close(pair[0]);
		k->child_fd = pair[1];
		child_main(k); /* does not return */
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -1;
	}
	*ret_fd = pair[0];
	*ret_pid = pid;
	return 0;
}

/* Wait until the child has become its program, or says why it could not. */
static int child_become(struct keeper *k, int fd, int *ret_exit_code, struct failure *f)
{
	struct pollfd polls[] = { { .fd = fd, .events = POLLIN },
		{ .fd = k->ends.socket, .events = POLLRDHUP } };
	struct child_message message;
	int got;

	while (poll(polls, ARRAY_LEN(polls), -1) < 0)
		if (errno != EINTR)
			return fail(f, errno, "wait for a child");
	if ((polls[1].revents & (POLLRDHUP | POLLHUP)) != 0)
		end_with_launcher();
	got = packet_receive(fd, &message, sizeof(message), NULL, 0, f);
	if (got <= 0)
		return got;
	*ret_exit_code = message.exit_code;
	*f = message.failure;
	return -1;
}

/* Wait for the fetcher, while the launcher lives. */
static int fetcher_wait(struct keeper *k, pid_t pid, int *ret_status, struct failure *f)
{
	own_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd polls[] = { { .fd = pidfd, .events = POLLIN },
		{ .fd = k->ends.socket, .events = POLLRDHUP } };

	if (pidfd < 0)
		return fail(f, errno, "watch the fetcher");
	do {
		if (poll(polls, ARRAY_LEN(polls), -1) < 0 && errno != EINTR)
			return fail(f, errno, "wait for the fetcher");
		if ((polls[1].revents & (POLLRDHUP | POLLHUP)) != 0)
			end_with_launcher();
	} while ((polls[0].revents & POLLIN) == 0);
	return waitpid(pid, ret_status, 0) < 0 ? fail(f, errno, "reap the fetcher") : 0;
}

/* Give what lies in directory to the builder. Nothing runs meanwhile, so what is
 * listed is what is changed; links are never followed. */
static int give_to_builder(struct keeper *k, int directory, struct failure *f)
{
	own_fd int fd = directory;
	own_dir DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return fail(f, errno, "read a directory of the clone");
	own_fd_give(&fd); /* the stream's now */
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fchownat(dirfd(dir), entry->d_name, k->ids.builder_uid, k->ids.builder_gid,
			    AT_SYMLINK_NOFOLLOW) < 0)
			return fail(f, errno, "give the clone to the builder");
		if (entry->d_type == DT_DIR) {
			int below = openat(dirfd(dir), entry->d_name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			if (below < 0)
				return fail(f, errno, "open a directory of the clone");
			if (give_to_builder(k, below, f) < 0)
				return -1;
		}
	}
	return 0;
}

/* While the fetcher has our own host id, /app must be that id's to write to. */
static int app_owner(uid_t uid, gid_t gid, struct failure *f)
{
	return chown("/app", uid, gid) < 0 ? fail(f, errno, "hand over /app") : 0;
}

static int fetcher_run(struct keeper *k, int *ret_status, struct failure *f)
{
	own_fd int fd = -1;
	int exit_code;
	pid_t pid;

	if (child_start(k, "the fetcher", CLONE_NEWNS, fetcher_main, &fd, &pid, f) < 0)
		return -1;
	own_fd_end(&k->credential_fd);
	own_fd_end(&k->exe_fd);
	own_fd_end(&k->ends.records); /* the launcher must see its end */
	for (size_t i = 0; i < FETCH_INPUTS; i++)
		own_fd_end(&k->fetch_fds[i]);
	if (child_become(k, fd, &exit_code, f) < 0)
		return -1;
	return fetcher_wait(k, pid, ret_status, f);
}

/* kill(2): -1 is everything in the namespace but PID 1. Wait for all of it, so that
 * what it used is counted and nothing holds a pipe open. */
static void kill_the_rest(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static int fetch(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	bool hand_over = k->ids.range && k->plan->fetch.as_user;
	int status;

	if (expect(k, MESSAGE_BUILD, MESSAGE_FETCH, &k->build, f) < 0)
		return -1;
	if (k->build.type == MESSAGE_BUILD)
		return 0; /* nothing to fetch */
	if (hand_over && app_owner(k->ids.keeper_uid, k->ids.keeper_gid, f) < 0)
		return -1;
	if (fetcher_run(k, &status, f) < 0)
		return -1;
	kill_the_rest(); /* its filter lets it start nothing; this does not rest on that */
	if (hand_over && status == 0) {
		int app = open("/app", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (app < 0 || app_owner(k->ids.builder_uid, k->ids.builder_gid, f) < 0)
			return app < 0 ? fail(f, errno, "open /app") : -1;
		if (give_to_builder(k, app, f) < 0)
			return -1;
	}
	if (tell(k, MESSAGE_FETCHED, status, f) < 0)
		return -1;
	return expect(k, MESSAGE_BUILD, 0, &k->build, f);
}

static int cut_network(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return network_cut(k->plan->network_at_clone, f);
}

/* What the kernel says that the budget is, not what we asked for. */
static int prove_disk(struct keeper *k, struct failure *f)
{
	bool shrunk = k->build.build.app_size_bytes != 0;
	uint64_t bytes = shrunk ? k->build.build.app_size_bytes : k->plan->root.bytes;
	uint64_t inodes = shrunk ? k->build.build.app_inodes : k->plan->root.inodes;
	struct statfs fs;
	uint64_t has;

	if (statfs("/app", &fs) < 0)
		return fail(f, errno, "look at /app");
	has = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
	if (has == 0 || has > bytes + (uint64_t)fs.f_bsize || fs.f_files == 0 ||
		fs.f_files > inodes)
		return fail(f, 0, "/app has %llu bytes and %llu inodes, not %llu and %llu",
			(unsigned long long)has, (unsigned long long)fs.f_files,
			(unsigned long long)bytes, (unsigned long long)inodes);
	wall_set(k->walls, WALL_DISK, k->plan->root.allow_userns ? WALL_DEGRADED : WALL_ENFORCED,
		"%llu bytes, %llu inodes%s", (unsigned long long)has,
		(unsigned long long)fs.f_files,
		k->plan->root.allow_userns ? "; what --allow-userns lets be mounted is not counted"
					   : "");
	return 0;
}

static int prove(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	static const enum wall own[] = { WALL_USER, WALL_PID, WALL_IPC, WALL_UTS, WALL_CGROUP_NS };

	if (proof_namespaces(k->plan->host_namespaces, f) < 0 || network_prove(f) < 0 ||
		root_prove(f) < 0 || prove_disk(k, f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		wall_set(k->walls, own[i], WALL_ENFORCED, "a namespace of its own");
	wall_set(k->walls, WALL_NETWORK, WALL_ENFORCED, "loopback alone");
	wall_set(k->walls, WALL_EGRESS, WALL_ENFORCED, "none: no connection leaves");
	if (k->root.bound[0] != '\0')
		wall_set(k->walls, WALL_MOUNT, WALL_DEGRADED,
			"own root, read-only; no overlay over %s: sockets, FIFOs and locks there are "
			"the host's",
			k->root.bound);
	else
		wall_set(k->walls, WALL_MOUNT, WALL_ENFORCED,
			"own root, read-only; the host's is gone");
	wall_set(k->walls, WALL_PROC_MASK, WALL_ENFORCED, "new instance, covers proved");
	return 0;
}

static int shrink(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	uint64_t bytes = k->build.build.app_size_bytes, inodes = k->build.build.app_inodes;

	if (bytes == 0)
		return 0; /* the repository asked for nothing */
	return root_work_shrink(&k->root, bytes, inodes, f);
}

static int start_builder(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	int fd;

	if (child_start(k, "the builder", 0, builder_main, &fd, &k->builder, f) < 0)
		return -1;
	k->child_fd = fd;
	for (int i = 0; i < 3; i++)
		own_fd_end(&k->ends.stdio[i]); /* or the launcher never sees their end */
	own_fd_end(&k->root.work_fd);
	own_fd_end(&k->root.root_fd);
	return 0;
}

/* What PID 1 needs from now on is to wait, to kill and to talk. */
static int drop_power(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	struct filter filter = filter_builtin(FILTER_KEEPER);

	if (caps_drop(k->ids.range ? CAPS_KILL : CAPS_NONE, f) < 0 || caps_no_new_privileges(f) < 0)
		return -1;
	return filter_install(&filter, f);
}

static int let_builder_go(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	char go = 1;

	/* A builder that gave up is gone already; the caller reads why. */
	if (send(k->child_fd, &go, 1, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		return fail(f, errno, "let the builder go");
	return 0;
}

static const struct step steps[] = {
	{ "enter the cgroup", enter_cgroup, "first: whatever follows is limited and counted" },
	{ "close the launcher's descriptors", close_descriptors,
		"nothing else of the host is carried along" },
	{ "hear of ended children", hear_of_children,
		"the keeper's own filter has no call for it later" },
	{ "follow the launcher", follow_launcher, "before anything that could outlive it" },
	{ "get ids", get_ids, "files can be made only by mapped ids" },
	{ "forbid regain", forbid_regain,
		"what is dropped later, here or in a child, is gone for good" },
	{ "own names", own_names,
		"after the launcher put us into the cgroup that is to be the root" },
	{ "create the root", root,
		"attached before it is filled: older kernels cannot fill a detached one" },
	{ "bind the toolchain", toolchain, "the host's paths are still in sight" },
	{ "write /etc", etc, "the host's paths are still in sight" },
	{ "bind the devices", devices, "before /proc, whose covers are clones of null" },
	{ "mount the work space", work, "before the binds, which may lie in it" },
	{ "mount /proc", proc, "covered before anything can look" },
	{ "bind what the user named", binds, "last of the mounts that the builder sees" },
	{ "take in for the fetcher", fetch_inputs, "the last look at the host's paths" },
	{ "enter the root", enter, "host paths end here" },
	{ "open the Docker socket", docker_socket,
		"in the root's own /run, and before nothing more can be made there" },
	{ "seal the root", seal, "nothing more is made on it" },
	{ "open the terminal", terminal, "in the sandbox's own devpts" },
	{ "report ready", ready, "the launcher gets the work space and the terminal" },
	{ "fetch", fetch, "behind walls, and before the network is cut" },
	{ "cut the network", cut_network, "the fetcher was the last to need it" },
	{ "shrink the work space", shrink, "a repository may ask for less" },
	{ "start the builder", start_builder,
		"in the final namespaces; it drops its power while we prove, and drop ours" },
	{ "prove", prove,
		"while the builder drops its power: it runs nothing before the last row" },
	{ "drop power", drop_power, "after the last thing that needs any" },
	{ "let the builder go", let_builder_go, "only now does its command run" },
};

const struct steps keeper_steps = { .role = "keeper", .rows = steps, .n = ARRAY_LEN(steps) };

/* ---- the loop ---- */

/* Whom a signal is for. */
enum audience { THE_COMMAND, ITS_JOB, EVERYBODY };
static const struct {
	int signal;
	enum audience audience;
	const char *reason;
} signal_rows[] = {
	{ SIGINT, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGQUIT, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGHUP, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGTERM, ITS_JOB, "a shell's children would outlive the shell" },
	{ SIGWINCH, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGSTOP, EVERYBODY, "no clock runs while we are suspended: nothing else may either" },
	{ SIGCONT, EVERYBODY, "and all of it goes on" },
	{ SIGUSR1, THE_COMMAND, "its meaning is the command's own; others die of it" },
	{ SIGUSR2, THE_COMMAND, "its meaning is the command's own; others die of it" },
};

static void deliver(const struct keeper *k, int signal)
{
	const pid_t whom[] = {
		[THE_COMMAND] = k->builder,
		[ITS_JOB] = -k->builder,
		[EVERYBODY] = -1,
	};

	for (size_t i = 0; i < ARRAY_LEN(signal_rows); i++)
		if (signal_rows[i].signal == signal) {
			kill(whom[signal_rows[i].audience], signal);
			return;
		}
}

/* Reap what there is. True once the builder itself has ended. */
static bool reap(struct keeper *k, int *ret_status, struct failure *f)
{
	bool ended = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != k->builder)
			continue;
		if (WIFSTOPPED(status)) {
			if (k->plan->tty) {
				deliver(k, SIGSTOP); /* nothing goes on behind the user's back */
				tell(k, MESSAGE_STOPPED, WSTOPSIG(status), f);
			}
			continue;
		}
		*ret_status = status;
		ended = true;
	}
	return ended;
}

/* The launcher's messages while the builder runs. */
static int obey(struct keeper *k, struct failure *f)
{
	struct message message;

	if (expect(k, MESSAGE_SIGNAL, 0, &message, f) < 0)
		return -1;
	deliver(k, message.status);
	if (message.status == SIGCONT && k->terminal_fd >= 0)
		ioctl(k->terminal_fd, TIOCSPGRP, &k->builder);
	return 0;
}

static int watch(struct keeper *k, int *ret_status, struct failure *f)
{
	struct pollfd polls[] = { { .fd = k->signals_fd, .events = POLLIN },
		{ .fd = k->ends.socket, .events = POLLIN } };
	struct signalfd_siginfo info[8];

	for (;;) {
		if (reap(k, ret_status, f))
			return 0;
		if (poll(polls, ARRAY_LEN(polls), -1) < 0 && errno != EINTR)
			return fail(f, errno, "wait for the builder");
		if ((polls[0].revents & POLLIN) != 0 &&
			read(k->signals_fd, info, sizeof(info)) < 0 && errno != EAGAIN)
			return fail(f, errno, "read that a child ended");
		if (polls[1].revents != 0 && obey(k, f) < 0)
			return -1;
	}
}

static void give_up(struct keeper *k, int exit_code, const struct failure *failure)
	__attribute__((noreturn));
static void give_up(struct keeper *k, int exit_code, const struct failure *failure)
{
	struct message message = {
		.type = MESSAGE_FAILED, .status = exit_code, .failure = *failure
	};
	struct failure unsent;

	message_send(k->ends.socket, &message, NULL, &unsent);
	kill_the_rest();
	_exit(1);
}

void keeper_main(const struct plan *plan, const struct keeper_ends *ends,
	const struct cgroup *cgroup, struct wall_report *walls)
{
	struct keeper k = {
		.plan = plan,
		.ends = *ends,
		.cgroup = cgroup,
		.walls = walls,
		.root = ROOT_NONE,
		.exe_fd = plan->fetch.exe_fd,
		.credential_fd = plan->fetch.credential_fd,
		.terminal_fd = -1,
		.master_fd = -1,
		.listener_fd = -1,
		.null_fd = -1,
		.canary_fd = -1,
		.child_fd = -1,
		.signals_fd = -1,
	};
	struct failure f = { 0 };
	int exit_code = 125, status = 0;

	for (size_t i = 0; i < FETCH_INPUTS; i++)
		k.fetch_fds[i] = -1;
	if (steps_run(&keeper_steps, &k, &f) < 0 ||
		child_become(&k, k.child_fd, &exit_code, &f) < 0 ||
		tell(&k, MESSAGE_BUILT, 0, &f) < 0 || watch(&k, &status, &f) < 0)
		give_up(&k, exit_code, &f);
	/* First the word, so that even a stuck descendant cannot hide how it ended. */
	tell(&k, MESSAGE_EXITED, status, &f);
	kill_the_rest();
	_exit(0);
}
