#include "sandbox/broker/broker_confine.h"

#include "namespaces/hostpath.h"
#include "namespaces/mount.h"
#include "sandbox/base/own.h"
#include "sandbox/companion/companion_root.h"
#include "sandbox/privilege/landlock.h"
#include "seccomp/filter.h"

#include <sys/socket.h>

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

static int confine_root(const struct policy *policy, struct failure *f)
{
	own_fd int socket_fd = -1;

	if (mount_part(f) < 0 || clone_socket(policy, &socket_fd, f) < 0)
		return -1;
	return companion_root_one(socket_fd, "engine", f);
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

	if (confine_root(policy, f) < 0 || companion_drop(f) < 0)
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
