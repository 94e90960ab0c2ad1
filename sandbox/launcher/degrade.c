#include "sandbox/launcher/degrade.h"

#include <stdarg.h>

int degrade(const struct config *config, struct wall_report walls[WALL_COUNT], enum wall wall,
	struct failure *f, const char *fmt, ...)
{
	bool asked = config->strict || (config->required & WALL_BIT(wall)) != 0;
	char detail[sizeof(walls[0].detail)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	wall_set(walls, wall, WALL_DEGRADED, "%s", detail);
	if (!asked || (config->allow_degraded & WALL_BIT(wall)) != 0)
		return 0;
	fail(f, 0, "the wall \"%s\" was asked for and cannot be enforced: %s",
		wall_infos[wall].name, detail);
	return fail_remedy(f, "`cofferdam doctor` says what helps; --allow-degraded %s accepts it",
		wall_infos[wall].name);
}

void degrade_list(
	const struct wall_report walls[WALL_COUNT], uint64_t which, char ret[DEGRADE_LIST_SIZE])
{
	size_t at = 0;

	ret[0] = '\0';
	for (int i = 0; i < WALL_COUNT && at < DEGRADE_LIST_SIZE; i++)
		if (walls[i].state == WALL_DEGRADED && (which & WALL_BIT(i)) != 0)
			at += (size_t)snprintf(ret + at, DEGRADE_LIST_SIZE - at, "%s%s (%s)",
				at > 0 ? ", " : "", wall_infos[i].name, walls[i].detail);
}
