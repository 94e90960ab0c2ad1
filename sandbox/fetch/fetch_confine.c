#include "sandbox/fetch/fetch_confine.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/fetch_landlock.h"
#include "sandbox/privilege/landlock.h"
#include "seccomp/filter.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int probe_landlock(struct failure *f)
{
	int errnum = landlock_try_root();

	if (errnum == 0)
		return fail(f, 0, "landlock: / can still be opened");
	if (errnum != EACCES)
		return fail(f, errnum, "landlock: unexpected answer to opening /");
	return 0;
}

static int probe_socket(int family, const char *name, struct failure *f)
{
	own_fd int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		return fail(f, 0, "seccomp: a socket of family %s can still be made", name);
	return 0;
}

static int probe_seccomp(const struct fetch_arguments *arguments, struct failure *f)
{
	if (filter_lets_execute())
		return fail(f, 0, "seccomp: execve still reaches the kernel");
	if (!arguments->agent && probe_socket(AF_UNIX, "UNIX", f) < 0)
		return -1;
	if (arguments->kind == SOURCE_LOCAL && probe_socket(AF_INET, "INET", f) < 0)
		return -1;
	return 0;
}

/* A probe that fails anyway proves nothing: both canaries must live beforehand. */
static int probe_bare(struct failure *f)
{
	int errnum = landlock_try_root();

	if (errnum != 0)
		return fail(f, errnum, "open / before confinement");
	if (!filter_lets_execute())
		return fail(f, errno, "exec probe before confinement");
	return 0;
}

static enum filter_role role_of(const struct fetch_arguments *arguments)
{
	if (arguments->kind == SOURCE_LOCAL)
		return FILTER_FETCHER_LOCAL;
	return arguments->agent ? FILTER_FETCHER_AGENT : FILTER_FETCHER;
}

static int confine_files(const struct fetch_arguments *arguments, int *ret_abi, struct failure *f)
{
	if (fetch_landlock(arguments, ret_abi, f) < 0)
		return fail_remedy(f, "an outer sandbox may forbid Landlock; see cofferdam doctor");
	return *ret_abi > 0 ? probe_landlock(f) : 0;
}

static int confine_calls(const struct fetch_arguments *arguments, struct failure *f)
{
	struct filter filter = filter_builtin(role_of(arguments));

	if (filter_install(&filter, f) < 0)
		return -1;
	return probe_seccomp(arguments, f);
}

int fetch_confine(
	const struct fetch_arguments *arguments, char *ret_text, size_t size, struct failure *f)
{
	int abi = 0;

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		return fail(f, errno, "make the fetcher undumpable");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(f, errno, "forbid new privileges");
	if (probe_bare(f) < 0 || confine_files(arguments, &abi, f) < 0 ||
		confine_calls(arguments, f) < 0)
		return -1;
	const char *role = filter_role_name(role_of(arguments));

	if (abi == 0)
		snprintf(ret_text, size, "landlock absent from this kernel, seccomp %s", role);
	else
		snprintf(ret_text, size, "landlock abi %d, seccomp %s", abi, role);
	return 0;
}
