#include "sandbox/unpack/unpack_confine.h"

#include "sandbox/base/own.h"
#include "seccomp/filter.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define CPU_SECONDS 900 /* a bomb that writes nothing ends as well */

static int confine_files(const struct landlock_place *places, size_t n, struct failure *f)
{
	if (landlock_abi() == 0)
		return 0;
	if (landlock_try_root() != 0)
		return fail(f, 0, "/ cannot be opened before Landlock");
	if (landlock_restrict_to(places, n, LANDLOCK_NO_BIND | LANDLOCK_NO_CONNECT, f) < 0)
		return -1;
	return landlock_try_root() == EACCES
		       ? 0
		       : fail(f, 0, "Landlock does not bite: / can be opened");
}

static int confine_calls(struct failure *f)
{
	struct filter filter = filter_builtin(FILTER_UNPACK);
	own_fd int fd = -1;

	if (!filter_lets_execute())
		return fail(f, 0, "execve(2) cannot be tried before the filter");
	if (filter_install(&filter, f) < 0)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 || filter_lets_execute() ? fail(f, 0, "the filter does not bite") : 0;
}

int unpack_confine(const struct landlock_place *places, size_t n, struct failure *f)
{
	const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS };

	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to be told */
	if (setrlimit(RLIMIT_CPU, &cpu) < 0)
		return fail(f, errno, "limit the processor time");
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		return fail(f, errno, "forbid being looked into");
	return confine_files(places, n, f) < 0 ? -1 : confine_calls(f);
}
