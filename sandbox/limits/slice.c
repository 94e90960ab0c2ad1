#include "sandbox/limits/slice.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLICE_NS 100000 /* the least that the kernel gives */

static int slice_set(uint64_t ns, struct failure *f)
{
	struct sched_attr attr = { .size = sizeof(attr) };

	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) < 0)
		return fail(f, errno, "read how we are scheduled");
	if (attr.sched_policy != SCHED_NORMAL && attr.sched_policy != SCHED_BATCH)
		return 0;
	attr.sched_runtime = ns;
	return syscall(SYS_sched_setattr, 0, &attr, 0) < 0 ? fail(f, errno, "ask for short turns")
							   : 0;
}

int slice_short(struct failure *f)
{
	return slice_set(SLICE_NS, f);
}

int slice_usual(struct failure *f)
{
	return slice_set(0, f);
}
