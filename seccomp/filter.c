#include "seccomp/filter.h"

#include "seccomp/filter_table.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *filter_role_name(enum filter_role role)
{
	static const char *const names[FILTER_COUNT] = {
		[FILTER_BUILDER] = "builder",
		[FILTER_BUILDER_32BIT] = "builder-32bit",
		[FILTER_BUILDER_USERNS] = "builder-userns",
		[FILTER_BUILDER_32BIT_USERNS] = "builder-32bit-userns",
		[FILTER_KEEPER] = "keeper",
		[FILTER_FETCHER] = "fetcher",
		[FILTER_FETCHER_LOCAL] = "fetcher-local",
		[FILTER_FETCHER_AGENT] = "fetcher-agent",
		[FILTER_BROKER] = "broker",
		[FILTER_EGRESS] = "egress",
		[FILTER_UNPACK] = "unpack",
	};

	return names[role];
}

struct filter filter_builtin(enum filter_role role)
{
	return filter_table[role];
}

/* The kernel has it for itself, and yet programs get it; no strerror(3) knows it. */
#define KERNEL_ENOTSUPP 524

static int install_failure(int errnum, struct failure *f)
{
	fail(f, errnum, "install the seccomp filter");
	if (errnum == EACCES)
		fail_remedy(f, "no_new_privs has to be set first: this is a bug of cofferdam");
	else if (errnum == EPERM || errnum == ENOSYS)
		fail_remedy(f,
			"an outer container refuses seccomp(2): allow it in the profile there "
			"(Docker's default profile does)");
	else if (errnum == EINVAL)
		fail_remedy(f, "the kernel needs CONFIG_SECCOMP_FILTER, and a profile of your own "
			       "at most 4096 instructions");
	else if (errnum == KERNEL_ENOTSUPP)
		fail_remedy(f, "the kernel has no room left for compiled filters: run fewer "
			       "sandboxes at once, or as root raise net.core.bpf_jit_limit");
	else if (errnum == ENOMEM)
		fail_remedy(
			f, "too many filters are stacked: run fewer sandboxes inside one another");
	return -1;
}

static int install(const struct filter *filter, unsigned int flags, int *ret, struct failure *f)
{
	/* The kernel only reads the program; struct sock_fprog lacks the const. */
	const struct sock_fprog program = {
		.len = filter->length,
		.filter = (struct sock_filter *)filter->instructions,
	};

	*ret = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (*ret < 0)
		return install_failure(errno, f);
	/* A profile of the user may refuse prctl, and then its errno is the proof: without
	 * a filter the answer is 0. */
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_DISABLED)
		return fail(f, 0, "install the seccomp filter: the kernel says that there is none");
	return 0;
}

int filter_install(const struct filter *filter, struct failure *f)
{
	int zero;

	return install(filter, 0, &zero, f);
}

int filter_install_told(const struct filter *filter, int *ret_listener_fd, struct failure *f)
{
	return install(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER, ret_listener_fd, f);
}

int filter_tell(const struct filter *filter, struct filter *ret, struct failure *f)
{
	struct sock_filter *copy = calloc(filter->length, sizeof(*copy));

	if (copy == NULL)
		return fail(f, errno, "copy a filter");
	memcpy(copy, filter->instructions, filter->length * sizeof(*copy));
	for (unsigned short i = 0; i < filter->length; i++)
		if (copy[i].code == (BPF_RET | BPF_K) &&
			copy[i].k == (SECCOMP_RET_ERRNO | (uint32_t)EPERM))
			copy[i].k = SECCOMP_RET_USER_NOTIF;
	*ret = (struct filter){ .instructions = copy, .length = filter->length };
	return 0;
}

/* A path that cannot exist: the kernel itself says so, a filter something else. */
bool filter_lets_execute(void)
{
	char *const argv[] = { NULL };

	execve("/proc/cofferdam/no/such/file", argv, argv);
	return errno == ENOENT || errno == EACCES;
}
