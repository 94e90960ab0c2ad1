#include "sandbox/launcher/reporter.h"

#include "sandbox/base/own.h"
#include "sandbox/launcher/announce.h"

void reporter_teardown(
	const struct reporter *reporter, const char *what, bool removed, const char *detail)
{
	struct outcome *o = reporter->outcome;
	struct teardown_row *row;

	if (o->teardown_n == ARRAY_LEN(o->teardown))
		return;
	row = &o->teardown[o->teardown_n++];
	snprintf(row->what, sizeof(row->what), "%s", what);
	snprintf(row->detail, sizeof(row->detail), "%s", detail != NULL ? detail : "");
	row->removed = removed;
	announce_teardown(reporter->events, row);
	if (!removed)
		progress_warn(reporter->progress, "left behind: %s: %s (cofferdam gc)", row->what,
			row->detail);
}
