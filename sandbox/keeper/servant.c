#include "sandbox/keeper/servant.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <signal.h>

#define FIRST_FD  3
#define GIVEN_MAX 4

int servant_stdio(void *keeper, struct failure *f)
{
	/* Not the keeper's, which is of the host's /dev: what is opened here, on a read-only
	 * mount, gives no power over the times of the host's inode. */
	own_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	(void)keeper;
	for (int i = 0; i < 3; i++)
		if (null < 0 || dup2(null, i) < 0)
			return fail(f, errno, "set up descriptor %d", i);
	return 0;
}

int servant_limits(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return rlimits_apply(&k->plan->fetch_rlimits, f);
}

int servant_drop_capabilities(enum caps_kept kept, struct failure *f)
{
	return caps_drop(kept, f) < 0 || caps_prove(kept, f) < 0 ? -1 : 0;
}

int servant_no_new_privileges(void *keeper, struct failure *f)
{
	(void)keeper;
	return caps_no_new_privileges(f);
}

/* Out of the way of the low numbers, where there is one. */
static int lift(int *fd, int above, struct failure *f)
{
	if (*fd < 0)
		return 0;
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, above);
	return *fd < 0 ? fail(f, errno, "arrange the descriptors") : 0;
}

static int lower(int fd, int number, int flags, struct failure *f)
{
	if (fd < 0)
		return close(number) < 0 && errno != EBADF
			       ? fail(f, errno, "close descriptor %d", number)
			       : 0;
	return dup3(fd, number, flags) < 0 ? fail(f, errno, "arrange descriptor %d", number) : 0;
}

int servant_descriptors(
	struct keeper *k, const int *given, size_t n, int *exe_fd, struct failure *f)
{
	const int low = FIRST_FD + (int)n;
	int fds[GIVEN_MAX];

	for (size_t i = 0; i < n; i++) {
		fds[i] = given[i];
		if (lift(&fds[i], low + 2, f) < 0)
			return -1;
	}
	if (lift(exe_fd, low + 2, f) < 0 || lift(&k->child_fd, low + 2, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (lower(fds[i], FIRST_FD + (int)i, 0, f) < 0)
			return -1;
	if (lower(*exe_fd, low, O_CLOEXEC, f) < 0 || lower(k->child_fd, low + 1, O_CLOEXEC, f) < 0)
		return -1;
	*exe_fd = low;
	k->child_fd = low + 1;
	return close_range((unsigned)low + 2, ~0U, 0) < 0
		       ? fail(f, errno, "close every other descriptor")
		       : 0;
}

int servant_default_signals(void *keeper, struct failure *f)
{
	sigset_t none;

	(void)keeper;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? fail(f, errno, "unblock the signals")
							 : 0;
}
