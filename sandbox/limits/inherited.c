#include "sandbox/limits/inherited.h"

#include "sandbox/base/own.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLACK_NS 50000L

static int own_umask(void)
{
	umask(022);
	return 0;
}

/* Nobody needs a privilege to give realtime up. */
static int own_scheduling(void)
{
	const struct sched_param none = { 0 };
	int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;

	if (policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE)
		return 0;
	return sched_setscheduler(0, SCHED_OTHER, &none);
}

static int own_io_class(void)
{
	long io = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

	if (io < 0 || IOPRIO_PRIO_CLASS(io) != IOPRIO_CLASS_RT)
		return 0;
	return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0);
}

static int own_slack(void)
{
	return prctl(PR_SET_TIMERSLACK, SLACK_NS);
}

static int own_personality(void)
{
	return personality(PER_LINUX) < 0 || personality(0xffffffff) != PER_LINUX ? -1 : 0;
}

static int own_huge_pages(void)
{
	return prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

static const struct row {
	const char *name;
	int (*own)(void); /* NULL: made elsewhere, or the caller's */
	const char *value, *reason;
} rows[] = {
	{ "umask", own_umask, "022",
		"the caller's would decide over the modes of all that is made" },
	{ "scheduling policy", own_scheduling, "never realtime",
		"a realtime build starves the host's own; batch and idle stay as the caller has them" },
	{ "io class", own_io_class, "never realtime", "the same of the disks" },
	{ "timer slack", own_slack, "50 us", "the kernel's usual one: tests measure time" },
	{ "personality", own_personality, "that of Linux",
		"setarch of the caller would decide over addresses and uname -m of the build" },
	{ "huge pages", own_huge_pages, "as the host has them",
		"a caller may have forbidden its own" },
	{ "soft limits", NULL, "the sandbox's own", "each of the 16 has a row above" },
	{ "signals", NULL, "default, none blocked", "nohup and shells leave some ignored" },
	{ "environment, locale", NULL, "the sandbox's own, C.UTF-8",
		"a build shall not differ by it" },
	{ "session, terminal, directory, keyring, descriptors", NULL, "the sandbox's own",
		"see the steps" },
	{ "OOM score", NULL, "the caller's and 500", "the OOM killer looks at the run first" },
	{ "hard limits", NULL, "not above the caller's",
		"nobody without a privilege can raise them" },
	{ "nice value", NULL, "the caller's",
		"nobody without a privilege can lower it, and nice cofferdam run is meant so" },
	{ "processors, memory nodes", NULL, "of the caller's, --cpus of them",
		"taskset and numactl around cofferdam are meant so" },
};

int inherited_reset(struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].own != NULL && rows[i].own() < 0)
			return fail(f, errno, "set the sandbox's own %s", rows[i].name);
	return 0;
}

void inherited_each(inherited_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		row(data, rows[i].name, rows[i].value, rows[i].reason);
}
