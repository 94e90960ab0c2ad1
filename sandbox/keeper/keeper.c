/* The keeper: PID 1 of the sandbox.
 *
 * One table of steps from the first instruction to the moment when the builder runs
 * and the keeper has no power left; then one loop. */
#include "sandbox/keeper/keeper.h"

#include "namespaces/loopback.h"
#include "namespaces/mount.h"
#include "namespaces/network.h"
#include "namespaces/root_bind.h"
#include "namespaces/root_device.h"
#include "namespaces/root_etc.h"
#include "namespaces/root_figures.h"
#include "namespaces/root_group.h"
#include "namespaces/root_image.h"
#include "namespaces/root_proc.h"
#include "namespaces/root_script.h"
#include "namespaces/root_secret.h"
#include "namespaces/root_sys.h"
#include "namespaces/root_var.h"
#include "namespaces/root_work.h"
#include "sandbox/base/own.h"
#include "sandbox/keeper/builder.h"
#include "sandbox/keeper/caches.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/fetch_stage.h"
#include "sandbox/keeper/keeper_prove.h"
#include "sandbox/keeper/keeper_watch.h"
#include "sandbox/keeper/offspring.h"
#include "sandbox/keeper/orders.h"
#include "sandbox/keeper/outlets.h"
#include "sandbox/keeper/unpack_stage.h"
#include "sandbox/limits/inherited.h"
#include "sandbox/limits/oom_score.h"
#include "sandbox/limits/processors.h"
#include "sandbox/limits/slice.h"
#include "sandbox/privilege/caps.h"
#include "sandbox/privilege/descriptors.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define DOCKER_SOCKET "/run/docker.sock"

/* Born in the group with v2; with v1 a process moves itself, for which the kernel does
 * not wait as long as for a move by another. Nothing has been made or started yet. */
static int enter_cgroup(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return cgroup_enter_self(k->cgroup, f);
}

static int own_attributes(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (inherited_reset(f) < 0)
		return -1;
	return processors_take(k->plan->cpus_milli, k->plan->processor_first, f);
}

static int close_descriptors(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	const struct root_plan *root = &k->plan->root;
	int keep[11 + ROOT_SECRETS_MOST] = { k->ends.socket, k->ends.records, k->ends.stdio[0],
		k->ends.stdio[1], k->ends.stdio[2], k->exe_fd, k->credential_fd, k->unpack_exe_fd,
		k->unpack_input_fd, root->script_fd, k->ends.door };
	size_t n = 11;

	for (size_t i = 0; i < root->secrets_n && i < ROOT_SECRETS_MOST; i++) {
		k->secrets[i] = root->secrets[i];
		keep[n++] = k->secrets[i].fd;
	}
	if (descriptors_close_but(keep, n, f) < 0)
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
		orders_gone();
	/* Out of the caller's session: /dev/tty leads nowhere from here on. */
	if (setsid() < 0)
		return fail(f, errno, "start a session");
	/* Only messages are obeyed: a signal may come from inside as well. */
	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return fail(f, errno, "block the signals");
	return 0;
}

static int go_first(void *keeper, struct failure *f)
{
	bool hidden = user_is_hidden();

	(void)keeper;
	if (hidden && user_show(f) < 0)
		return -1;
	if (oom_score_raise(f) < 0)
		return -1;
	return hidden ? user_hide(f) : 0;
}

static int get_ids(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	struct message message;

	if (!k->plan->user.range) {
		if (user_map_self(&k->plan->user, &k->ids, f) < 0)
			return -1;
	} else {
		if (user_is_hidden() &&
			(user_show(f) < 0 || orders_tell(k, MESSAGE_BORN, 0, f) < 0))
			return -1;
		if (orders_expect(k, MESSAGE_MAPPED, 0, &message, f) < 0)
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

	/* The ambient set can only shrink from here on: an unpacker needs more than a builder. */
	return caps_forbid_regain(k->unpack_input_fd >= 0 ? CAPS_FILES : child_builder_keeps(k), f);
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

	if (root_create(&k->root, &k->plan->root, &k->ids, f) < 0 ||
		root_script_place(&k->root, &k->plan->root, f) < 0)
		return -1;
	return root_secret_place(&k->root, &k->plan->root, f);
}

static int toolchain(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_toolchain(&k->root, f);
}

static int sys_and_var(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (root_sys_write(&k->root, f) < 0 || root_group_mount(&k->root, &k->plan->root, f) < 0)
		return -1;
	return root_var_mount(&k->root, f);
}

static int etc(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	struct message message;

	if (orders_expect(k, MESSAGE_PUBLIC, 0, &message, f) < 0)
		return -1;
	return root_etc_write(&k->root, &k->plan->root, &message.public, f);
}

static int devices(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_device_bind(&k->root, &k->ids, f);
}

static int work(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_work_mount(&k->root, &k->ids, f);
}

static int proc(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	struct root_figures figures = { .memory_bytes = k->plan->root.memory_bytes,
		.swap_bytes = k->plan->root.swap_bytes };

	if (root_proc_mount(&k->root, &k->ids, k->plan->root.allow_userns, f) < 0)
		return -1;
	root_figures_processors(&figures.processors);
	return root_figures_show(&k->root, &figures, f);
}

static int bound_namespaces(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return sysctl_apply(k->root.sys_fd, &k->plan->sysctl, SYSCTL_WITH_PROC, k->unbounded,
		sizeof(k->unbounded), f);
}

static int binds(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_bind_mount(&k->root, &k->plan->root, f);
}

static int lay_caches(void *keeper, struct failure *f)
{
	return caches_lay(keeper, f);
}

static int unpack_image(void *keeper, struct failure *f)
{
	return unpack_stage_run(keeper, f);
}

static int lay_image(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_image_lay(&k->root, &k->plan->root, &k->ids, f);
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

	return root_seal(&k->root, &k->plan->root, f);
}

static int terminal(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	int unlock = 0;

	if (!k->plan->tty)
		return 0;
	k->master_fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (k->master_fd < 0 || ioctl(k->master_fd, TIOCSPTLCK, &unlock) < 0 ||
		ioctl(k->master_fd, TIOCGPTN, &k->terminal_number) < 0)
		return fail(f, errno, "open a terminal inside");
	k->terminal_fd = ioctl(k->master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (k->terminal_fd < 0)
		return fail(f, errno, "open the builder's side of the terminal");
	if (fchown(k->terminal_fd, k->ids.builder_uid, (gid_t)-1) < 0)
		return fail(f, errno, "give the terminal to the builder");
	/* The command may look at them with its first instruction, before the launcher has
	 * heard that it runs. */
	if (tcsetattr(k->terminal_fd, TCSANOW, &k->plan->tty_modes) < 0 ||
		ioctl(k->terminal_fd, TIOCSWINSZ, &k->plan->tty_size) < 0)
		return fail(f, errno, "give the terminal its modes and its size");
	if (ioctl(k->terminal_fd, TIOCSCTTY, 0) < 0)
		return fail(f, errno, "lead the terminal's session");
	return 0;
}

static int hand_over_caches(void *keeper, struct failure *f)
{
	return caches_hand_over(keeper, f);
}

static int ready(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	own_fd int user_fd = -1;
	struct message message = { .type = MESSAGE_READY };
	struct packet_fds fds = { { k->root.root_fd }, 1 };

	if (k->plan->tty)
		fds.at[fds.n++] = k->master_fd;
	if (k->plan->docker)
		fds.at[fds.n++] = k->listener_fd;
	if (k->plan->artifacts) {
		user_fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
		if (user_fd < 0)
			return fail(f, errno, "open our user namespace");
		fds.at[fds.n++] = user_fd;
	}
	if (message_send(k->ends.socket, &message, &fds, f) < 0)
		return -1;
	own_fd_end(&k->master_fd);
	own_fd_end(&k->listener_fd);
	own_fd_end(&k->root.null_fd);
	return 0;
}

static int fetch(void *keeper, struct failure *f)
{
	return fetch_stage_run(keeper, f);
}

static int cut_network(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (network_cut(k->plan->network_at_clone, f) < 0)
		return -1;
	return k->plan->net.full ? 0 : loopback_furnish(f);
}

static int outlets(void *keeper, struct failure *f)
{
	return outlets_open(keeper, f);
}

static int bound_network(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	int result = sysctl_apply(k->root.sys_fd, &k->plan->sysctl, SYSCTL_WITH_NETWORK,
		k->unbounded, sizeof(k->unbounded), f);

	own_fd_end(&k->root.sys_fd);
	return result;
}

static int short_turns(void *keeper, struct failure *f)
{
	(void)keeper;
	return slice_short(f);
}

static int prove(void *keeper, struct failure *f)
{
	return keeper_prove(keeper, f);
}

/* What was opened in the root before has no path in the image's, and programs ask for that. */
static int name_terminal(struct keeper *k, struct failure *f)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/pts/%u", k->terminal_number);
	fd = open(path, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(f, errno, "open the terminal in the image");
	own_fd_end(&k->terminal_fd);
	k->terminal_fd = fd;
	return 0;
}

static int enter_image(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (root_image_enter(&k->root, &k->plan->root, f) < 0)
		return -1;
	return k->plan->root.image.path != NULL && k->terminal_fd >= 0 ? name_terminal(k, f) : 0;
}

/* What the repository asked for is less than /proc has said. */
static int lower_figures(struct keeper *k, struct failure *f)
{
	const struct limits *limits = &k->build.build.limits;
	struct root_figures figures = { .memory_bytes = limit_or(
						limits->memory_bytes, k->plan->root.memory_bytes),
		.swap_bytes = k->plan->root.swap_bytes };

	if (limits->memory_bytes == LIMIT_NONE && limits->cpus_milli == LIMIT_NONE)
		return 0;
	if (!processors_set(limits->cpus_milli, k->plan->processor_first, &figures.processors))
		root_figures_processors(&figures.processors);
	return root_figures_lower(&k->root, &figures, f);
}

static int shrink(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	uint64_t bytes = k->build.build.limits.app_size_bytes,
		 inodes = k->build.build.limits.app_inodes;

	if (lower_figures(k, f) < 0)
		return -1;
	if (bytes == LIMIT_NONE)
		return 0; /* the repository asked for nothing */
	return root_work_shrink(&k->root, bytes, inodes, f);
}

static int secrets(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return root_secret_give(k->secrets, k->plan->root.secrets_n, &k->ids, f);
}

static int start_builder(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	int fd;

	if (offspring_start(k, "the builder", 0, builder_main, &fd, &k->builder, f) < 0)
		return -1;
	k->child_fd = fd;
	for (int i = 0; i < 3; i++)
		own_fd_end(&k->ends.stdio[i]); /* or the launcher never sees their end */
	own_fd_end(&k->ends.door);
	own_fd_end(&k->root.hidden_fd);
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
	{ "own attributes", own_attributes,
		"first: who is realtime may enter no group of v1, and the caller's are the build's" },
	{ "enter the cgroup", enter_cgroup, "whatever follows is limited and counted" },
	{ "close the launcher's descriptors", close_descriptors,
		"nothing else of the host is carried along" },
	{ "hear of ended children", hear_of_children,
		"the keeper's own filter has no call for it later" },
	{ "follow the launcher", follow_launcher, "before anything that could outlive it" },
	{ "raise the OOM score", go_first,
		"for the children too, and while our own /proc entry is ours to write" },
	{ "get ids", get_ids, "files can be made only by mapped ids" },
	{ "forbid regain", forbid_regain,
		"what is dropped later, here or in a child, is gone for good" },
	{ "own names", own_names,
		"after the launcher put us into the cgroup that is to be the root" },
	{ "create the root", root,
		"attached before it is filled: older kernels cannot fill a detached one" },
	{ "bind the toolchain", toolchain, "the host's paths are still in sight" },
	{ "furnish /sys and /var", sys_and_var, "the host's paths are still in sight" },
	{ "bind the devices", devices, "before /proc, whose covers are clones of null" },
	{ "mount the work space", work, "before the binds, which may lie in it" },
	{ "mount /proc", proc, "covered before anything can look" },
	{ "bound the namespaces", bound_namespaces,
		"while /proc/sys can still be written, and before anything can count on more" },
	{ "write /etc", etc,
		"no sooner: the launcher looks meanwhile for what is public; before the binds" },
	{ "bind what the user named", binds, "last of the mounts that the builder sees" },
	{ "lay the caches", lay_caches,
		"the host's paths are still in sight; no bind lies in one" },
	{ "unpack the image", unpack_image,
		"into the work space; while the host's libraries are in the root that is made" },
	{ "lay the image", lay_image,
		"the host's paths are still in sight; over the work space, to be counted in it" },
	{ "take in for the fetcher", fetch_inputs, "the last look at the host's paths" },
	{ "enter the root", enter, "host paths end here" },
	{ "open the Docker socket", docker_socket,
		"in the root's own /run, and before nothing more can be made there" },
	{ "seal the root", seal, "nothing more is made on it" },
	{ "open the terminal", terminal, "in the sandbox's own devpts" },
	{ "hand over the caches", hand_over_caches,
		"before the launcher is told that all is there" },
	{ "report ready", ready, "the launcher gets the work space and the terminal" },
	{ "fetch", fetch, "behind walls, and before the network is cut" },
	{ "cut the network", cut_network, "the fetcher was the last to need it" },
	{ "open the outlets", outlets,
		"in the builder's own network, and before anybody else can take their ports" },
	{ "bound the network", bound_network, "in the namespace that the builder will have" },
	{ "shrink the work space", shrink, "a repository may ask for less" },
	{ "give the secrets", secrets, "the fetcher is gone; nobody else is there yet" },
	{ "enter the image", enter_image,
		"after the fetcher, which needs the host's libraries; nothing is mounted after it" },
	{ "start the builder", start_builder,
		"in the final namespaces; it drops its power while we prove, and drop ours" },
	{ "ask for short turns", short_turns,
		"when the builder has been cloned, which keeps the usual ones" },
	{ "prove", prove,
		"while the builder drops its power: it runs nothing before the last row" },
	{ "drop power", drop_power, "after the last thing that needs any" },
	{ "let the builder go", let_builder_go, "only now does its command run" },
};

const struct steps keeper_steps = { .role = "keeper", .rows = steps, .n = ARRAY_LEN(steps) };

static void give_up(struct keeper *k, int exit_code, const struct failure *failure)
	__attribute__((noreturn));
static void give_up(struct keeper *k, int exit_code, const struct failure *failure)
{
	struct message message = {
		.type = MESSAGE_FAILED, .status = exit_code, .failure = *failure
	};
	struct failure unsent;

	message_send(k->ends.socket, &message, NULL, &unsent);
	offspring_kill();
	_exit(1);
}

void keeper_main(const struct plan *plan, const struct keeper_ends *ends,
	const struct cgroup *cgroup, struct keeper_page *page)
{
	struct keeper k = {
		.plan = plan,
		.ends = *ends,
		.cgroup = cgroup,
		.walls = page->walls,
		.refused = &page->refused,
		.unheard = &page->unheard,
		.image = &page->image,
		.caches_news = page->caches,
		.root = ROOT_NONE,
		.mirror_fd = -1,
		.mirror_root_fd = -1,
		.exe_fd = plan->fetch.exe_fd,
		.credential_fd = plan->fetch.credential_fd,
		.unpack_exe_fd = plan->unpack.exe_fd,
		.unpack_input_fd = plan->unpack.input_fd,
		.unpack_tree_fd = -1,
		.unpack_report_fd = -1,
		.terminal_fd = -1,
		.master_fd = -1,
		.listener_fd = -1,
		.null_fd = -1,
		.child_fd = -1,
		.signals_fd = -1,
		.refusals_fd = -1,
	};
	struct failure f = { 0 };
	int exit_code = 125;

	for (size_t i = 0; i < FETCH_INPUTS; i++)
		k.fetch_fds[i] = -1;
	for (size_t i = 0; i < ROOT_CACHES_MOST; i++)
		k.caches[i] = (struct root_cache_mount)ROOT_CACHE_MOUNT_NONE;
	if (steps_run(&keeper_steps, &k, &f) < 0 ||
		offspring_become(&k, k.child_fd, &exit_code, &f) < 0 ||
		orders_tell(&k, MESSAGE_BUILT, 0, &f) < 0 || keeper_watch(&k, &exit_code, &f) < 0)
		give_up(&k, exit_code, &f);
	offspring_kill();
	_exit(0);
}
