#include "sandbox/doctor/wall_probe_inside.h"

#include "namespaces/loopback.h"
#include "namespaces/mount.h"
#include "namespaces/network.h"
#include "namespaces/root.h"
#include "namespaces/root_device.h"
#include "namespaces/root_proc.h"
#include "namespaces/root_work.h"
#include "sandbox/base/own.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <termios.h>

#define TRIAL_BYTES  (UINT64_C(1) << 20)
#define TRIAL_INODES 64

/* A user namespace that AppArmor has emptied of capabilities exists, and is no use. */
int try_user(struct trial *trial, struct failure *f)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t admin = CAP_CLEAR;
	int result = caps == NULL ? -1 : cap_get_flag(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE, &admin);

	cap_free(caps);
	if (proof_namespace(PROOF_USER, trial->host[PROOF_USER], f) < 0)
		return -1;
	if (getuid() != trial->ids.keeper_uid || getgid() != trial->ids.keeper_gid)
		return fail(f, 0, "the ids were mapped and are not there");
	if (result < 0 || admin != CAP_SET)
		return fail(f, EPERM, "a new user namespace has no capabilities");
	/* The restriction shows only at the first use of a capability. */
	if (unshare(CLONE_NEWUTS) < 0)
		return fail(f, errno, "use a capability of the new user namespace");
	return trial_say(
		trial, "inside uid %u, outside %s", trial->ids.builder_uid, "only our own id");
}

int try_ids(struct trial *trial, struct failure *f)
{
	if (!trial->ids.range)
		return fail(f, 0, "one id only: %s", trial->map_detail);
	if (setgid(trial->ids.builder_gid) < 0 || setuid(trial->ids.builder_uid) < 0)
		return fail(f, errno, "become the builder's id");
	return trial_say(trial, "keeper %u and builder %u differ on the host",
		trial->ids.keeper_uid, trial->ids.builder_uid);
}

static int statfs_of(const char *path, struct statfs *ret, struct failure *f)
{
	return statfs(path, ret) < 0 ? fail(f, errno, "look at %s", path) : 0;
}

/* The builder of a trial is never started: what keeps it to its places is tried by others. */
static const struct root_plan trial_plan = { .bytes = TRIAL_BYTES, .inodes = TRIAL_INODES };

int try_mount(struct trial *trial, struct failure *f)
{
	struct root root = ROOT_NONE;
	struct statfs top, etc, usr;

	if (proof_namespace(PROOF_MNT, trial->host[PROOF_MNT], f) < 0)
		return -1;
	if (root_create(&root, &trial_plan, &trial->ids, f) < 0 || root_toolchain(&root, f) < 0 ||
		mount_enter(root.root_fd, f) < 0 || root_seal(&root, &trial_plan, f) < 0)
		return -1;
	if (statfs_of("/", &top, f) < 0 || statfs_of("/etc", &etc, f) < 0 ||
		statfs_of("/usr", &usr, f) < 0)
		return -1;
	if (top.f_type != TMPFS_MAGIC || (etc.f_flags & ST_RDONLY) == 0)
		return fail(f, 0, "the new root is not a tmpfs with a read-only /etc");
	if ((usr.f_flags & (ST_RDONLY | ST_NOSUID | ST_NODEV)) !=
		(ST_RDONLY | ST_NOSUID | ST_NODEV))
		return fail(f, 0, "/usr is not read-only, nosuid and nodev");
	if (root.bound[0] != '\0') {
		trial->state = WALL_DEGRADED;
		return trial_say(trial, "own root; no overlay over %s", root.bound);
	}
	return trial_say(trial, "own root by fsopen, open_tree, mount_setattr, move_mount");
}

int try_pid(struct trial *trial, struct failure *f)
{
	if (proof_namespace(PROOF_PID, trial->host[PROOF_PID], f) < 0)
		return -1;
	if (getpid() != 1)
		return fail(f, 0, "the first process of a new PID namespace is not 1");
	return trial_say(trial, "first process is 1");
}

static int loopback_try(struct failure *f)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	own_fd int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	own_fd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || client < 0 || bind(listener, (struct sockaddr *)&at, n) < 0 ||
		listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&at, &n) < 0 ||
		connect(client, (struct sockaddr *)&at, n) < 0)
		return fail(f, errno, "connect over the new loopback");
	return 0;
}

int try_network(struct trial *trial, struct failure *f)
{
	if (network_cut(false, f) < 0 || loopback_furnish(f) < 0 || network_prove(f) < 0 ||
		proof_namespace(PROOF_NET, trial->host[PROOF_NET], f) < 0)
		return -1;
	if (loopback_try(f) < 0)
		return -1;
	return trial_say(trial, "loopback alone, up");
}

int try_ipc(struct trial *trial, struct failure *f)
{
	return proof_namespace(PROOF_IPC, trial->host[PROOF_IPC], f) < 0 ? -1
									 : trial_say(trial, "own");
}

int try_uts(struct trial *trial, struct failure *f)
{
	if (proof_namespace(PROOF_UTS, trial->host[PROOF_UTS], f) < 0)
		return -1;
	if (sethostname("cofferdam", 9) < 0)
		return fail(f, errno, "set the name of a new UTS namespace");
	return trial_say(trial, "own name");
}

int try_cgroup_ns(struct trial *trial, struct failure *f)
{
	return proof_namespace(PROOF_CGROUP, trial->host[PROOF_CGROUP], f) < 0
		       ? -1
		       : trial_say(trial, "own");
}

/* /proc as the builder has it. The covers need the null device, so /dev comes first. */
static int build_proc(struct root *root, const struct trial *trial, struct failure *f)
{
	if (root_create(root, &trial_plan, &trial->ids, f) < 0 || root_toolchain(root, f) < 0)
		return -1;
	return root_device_bind(root, &trial->ids, f) < 0
		       ? -1
		       : root_proc_mount(root, &trial->ids, false, f);
}

int try_nested_userns(struct trial *trial, struct failure *f)
{
	struct root root = ROOT_NONE;

	if (build_proc(&root, trial, f) < 0)
		return -1;
	if (unshare(CLONE_NEWUSER) == 0)
		return fail(f, 0, "a second user namespace could be made inside");
	if (errno != ENOSPC)
		return fail(f, errno, "see max_user_namespaces refuse a second one");
	return trial_say(trial, "max_user_namespaces 0 inside, refused with ENOSPC");
}

int try_proc_mask(struct trial *trial, struct failure *f)
{
	struct root root = ROOT_NONE;

	if (build_proc(&root, trial, f) < 0 || mount_enter(root.root_fd, f) < 0 ||
		root_seal(&root, &trial_plan, f) < 0 || root_prove(&root, f) < 0)
		return -1;
	return trial_say(trial, "own procfs, hidepid, dangerous files covered");
}

/* Write until it stops: ENOSPC at or before limit is what is wanted. */
static int fill_bytes(int dir_fd, struct failure *f)
{
	static const char block[65536];
	own_fd int fd = openat(dir_fd, "app/fill", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t written = 0;

	if (fd < 0)
		return fail(f, errno, "create a file in /app");
	while (written <= TRIAL_BYTES) {
		ssize_t n = write(fd, block, sizeof(block));

		if (n < 0 && errno == ENOSPC)
			return unlinkat(dir_fd, "app/fill", 0) < 0
				       ? fail(f, errno, "remove a file from /app")
				       : 0;
		if (n < 0)
			return fail(f, errno, "write to /app");
		written += (size_t)n;
	}
	return fail(f, 0, "more was written to /app than its size");
}

static int fill_inodes(int dir_fd, struct failure *f)
{
	for (int i = 0; i <= TRIAL_INODES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "app/%d", i);
		if (mkdirat(dir_fd, name, 0700) < 0)
			return errno == ENOSPC ? 0 : fail(f, errno, "make a directory in /app");
	}
	return fail(f, 0, "more was made in /app than its inodes");
}

int try_disk(struct trial *trial, struct failure *f)
{
	struct root root = ROOT_NONE;

	if (root_create(&root, &trial_plan, &trial->ids, f) < 0 ||
		root_work_mount(&root, &trial->ids, f) < 0 ||
		root_work_bound(&root, &trial_plan, f) < 0)
		return -1;
	if (fill_bytes(root.root_fd, f) < 0 || fill_inodes(root.root_fd, f) < 0)
		return -1;
	return trial_say(trial, "tmpfs ends at its size and at its inodes");
}

int try_tty(struct trial *trial, struct failure *f)
{
	struct root root = ROOT_NONE;
	own_fd int master = -1, terminal = -1;
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int locked = 0;

	if (root_create(&root, &trial_plan, &trial->ids, f) < 0 ||
		root_device_bind(&root, &trial->ids, f) < 0)
		return -1;
	master = openat(root.root_fd, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &locked) < 0)
		return fail(f, errno, "make a terminal in a new devpts");
	terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0 || ioctl(terminal, TIOCSWINSZ, &size) < 0)
		return fail(f, errno, "open the terminal of a new devpts");
	return trial_say(trial, "terminal in a devpts of its own");
}
