#include "sandbox/launcher/step_cause.h"

#include "sandbox/base/own.h"
#include "sandbox/host/cause.h"

#include <string.h>

/* Which wall the host refuses when a step of the keeper's fails. Ubuntu's AppArmor and the
 * filters of containers let the clone pass, and the first call that needs a capability not. */
static const struct {
	const char *step;
	enum wall wall;
} rows[] = {
	{ "keeper: get ids", WALL_USER },
	{ "keeper: forbid regain", WALL_USER },
	{ "keeper: own names", WALL_UTS },
	{ "keeper: create the root", WALL_MOUNT },
	{ "keeper: bind the toolchain", WALL_MOUNT },
	{ "keeper: furnish /sys and /var", WALL_MOUNT },
	{ "keeper: bind the devices", WALL_MOUNT },
	{ "keeper: mount the work space", WALL_DISK },
	{ "keeper: mount /proc", WALL_PROC_MASK },
	{ "keeper: write /etc", WALL_MOUNT },
	{ "keeper: enter the root", WALL_MOUNT },
	{ "keeper: open the terminal", WALL_TTY },
	{ "keeper: cut the network", WALL_NETWORK },
};

/* What was being done (NULL: what f says) and what on this host forbids it. False: nothing is
 * known of that. */
static bool explain(enum wall wall, const char *doing, struct failure *f)
{
	const struct failure was = *f;
	struct cause_found cause;

	if (!cause_find(wall, was.errnum, "/", &cause))
		return false;
	fail(f, was.errnum, "%.100s: %s", doing != NULL ? doing : was.what, cause.text);
	fail_remedy(f, "%s", cause.remedy);
	fail_step(f, was.step);
	return true;
}

int step_cause_explain_clone(struct failure *f)
{
	return explain(WALL_USER, "make the namespaces", f)
		       ? -1
		       : fail_remedy(f, "run `cofferdam doctor`");
}

void step_cause_explain(struct failure *f)
{
	if (f->errnum == 0 || f->errnum == ENOSPC || f->remedy[0] != '\0')
		return; /* what is full here is a file system, not a number of namespaces */
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].step, f->step) == 0)
			explain(rows[i].wall, NULL, f);
}

const char *step_cause_step(size_t i)
{
	return i < ARRAY_LEN(rows) ? rows[i].step : NULL;
}
