#include "sandbox/egress/egress_confine.h"

#include "sandbox/base/own.h"
#include "sandbox/companion/companion_root.h"
#include "sandbox/privilege/landlock.h"
#include "seccomp/filter.h"

#include <sys/socket.h>

/* By these names are resolved; a host that lacks one resolves without it. */
static const char *const files[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf" };

static int prove_filter(struct failure *f)
{
	own_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		return fail(f, 0, "the filter does not bite: a socket of family UNIX can be made");
	return filter_lets_execute() ? fail(f, 0, "the filter does not bite: execve(2) is there")
				     : 0;
}

int egress_confine(int *ret_landlock, struct failure *f)
{
	static const struct landlock_rule rules[] = { { "/etc", LANDLOCK_READ } };
	struct filter filter = filter_builtin(FILTER_EGRESS);

	if (companion_root_files(files, ARRAY_LEN(files), f) < 0 || companion_drop(f) < 0)
		return -1;
	if (!filter_lets_execute())
		return fail(f, 0, "execve(2) cannot be tried before the filter");
	*ret_landlock = landlock_abi();
	if (*ret_landlock > 0) {
		if (landlock_restrict(rules, ARRAY_LEN(rules), LANDLOCK_NO_BIND, f) < 0)
			return -1;
		if (landlock_try_root() != EACCES)
			return fail(f, 0, "Landlock does not bite: / can be opened");
	}
	return filter_install(&filter, f) < 0 ? -1 : prove_filter(f);
}
