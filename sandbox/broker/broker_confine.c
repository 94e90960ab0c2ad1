#include "sandbox/broker/broker_confine.h"

#include "namespaces/hostpath.h"
#include "namespaces/mount.h"
#include "sandbox/base/own.h"
#include "sandbox/privilege/caps.h"
#include "sandbox/privilege/landlock.h"
#include "seccomp/filter.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Any directory that every host has: it is covered for a moment. */
#define FOOTHOLD "/proc"

static int new_root(int *ret_fd, struct failure *f)
{
	*ret_fd = mount_new_tmpfs(
		16 * 1024, 8, "0555", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, f);
	if (*ret_fd < 0)
		return -1;
	if (mount_attach(*ret_fd, AT_FDCWD, FOOTHOLD) < 0)
		return fail(f, errno, "attach the broker's root");
	return 0;
}

/* Walked again in this namespace's mounts, without following a symlink; the same inode as
 * the launcher has seen, or none. */
static int clone_socket(const struct policy *policy, int *ret_fd, struct failure *f)
{
	const struct host_path path = {
		.path = policy->socket,
		.fd = -1,
		.device = (dev_t)policy->socket_device,
		.inode = (ino_t)policy->socket_inode,
	};
	own_fd int fd = host_path_reopen(&path, f);

	if (fd < 0)
		return -1;
	*ret_fd = mount_clone(fd, "", 0, 0);
	return *ret_fd < 0 ? fail(f, errno, "bind the engine's socket") : 0;
}

static int place_socket(int root_fd, int socket_fd, struct failure *f)
{
	const uint64_t attributes =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	/* No descriptor of it: one that may write would keep the mount from being read-only. */
	if (mknodat(root_fd, "engine", S_IFREG | 0444, 0) < 0 ||
		mount_attach(socket_fd, root_fd, "engine") < 0)
		return fail(f, errno, "bind the engine's socket");
	if (mount_restrict(root_fd, AT_RECURSIVE, attributes) < 0)
		return fail(f, errno, "make the broker's root read-only");
	return 0;
}

/* Nothing but the socket may be in sight. */
static int prove_root(struct failure *f)
{
	own_dir DIR *dir = opendir("/");
	const struct dirent *entry;
	bool found = false;

	if (dir == NULL)
		return fail(f, errno, "look at the broker's root");
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (strcmp(entry->d_name, "engine") != 0)
			return fail(f, 0, "the broker's root holds %s", entry->d_name);
		found = true;
	}
	return found ? 0 : fail(f, 0, "the engine's socket is not in the broker's root");
}

static int confine_root(const struct policy *policy, struct failure *f)
{
	own_fd int root_fd = -1, socket_fd = -1;

	if (mount_part(f) < 0 || clone_socket(policy, &socket_fd, f) < 0 ||
		new_root(&root_fd, f) < 0 || place_socket(root_fd, socket_fd, f) < 0 ||
		mount_enter(root_fd, f) < 0)
		return -1;
	return prove_root(f);
}

static int drop_power(struct failure *f)
{
	if (caps_forbid_regain(CAPS_NONE, f) < 0 || caps_drop(CAPS_NONE, f) < 0 ||
		caps_prove(CAPS_NONE, f) < 0)
		return -1;
	return caps_no_new_privileges(f);
}

static int prove_landlock(struct failure *f)
{
	return landlock_try_root() == EACCES
		       ? 0
		       : fail(f, 0, "Landlock does not bite: / can be opened");
}

static int prove_filter(struct failure *f)
{
	own_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		return fail(f, 0, "the filter does not bite: a socket of family INET can be made");
	return filter_lets_execute() ? fail(f, 0, "the filter does not bite: execve(2) is there")
				     : 0;
}

int broker_confine(const struct policy *policy, int *ret_landlock, struct failure *f)
{
	struct filter filter = filter_builtin(FILTER_BROKER);

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(f, errno, "forbid being looked into");
	if (confine_root(policy, f) < 0 || drop_power(f) < 0)
		return -1;
	if (!filter_lets_execute())
		return fail(f, 0, "execve(2) cannot be tried before the filter");
	*ret_landlock = landlock_abi();
	if (*ret_landlock > 0 &&
		(landlock_restrict(NULL, 0, LANDLOCK_NO_BIND | LANDLOCK_NO_CONNECT, f) < 0 ||
			prove_landlock(f) < 0))
		return -1;
	return filter_install(&filter, f) < 0 ? -1 : prove_filter(f);
}
