/* sandbox/launcher/degrade.h: a wall does not stand as it should. Is the run begun?
 *
 * Only if nobody asked for that wall: by --strict, by an option that names it (config.h,
 * required), or if --allow-degraded accepts that it is weaker. Never silently: the report has
 * it, and a line on stderr.
 */
#ifndef SANDBOX_LAUNCHER_DEGRADE_H
#define SANDBOX_LAUNCHER_DEGRADE_H

#include "sandbox/base/failure.h"
#include "sandbox/base/walls.h"
#include "sandbox/config/config.h"

/* Note it in walls, or fail if it was asked for. */
int degrade(const struct config *config, struct wall_report walls[WALL_COUNT], enum wall wall,
	struct failure *f, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* "name (detail), name (detail)" of those of `which` that are degraded; "" if none is. */
#define DEGRADE_LIST_SIZE 4096
void degrade_list(
	const struct wall_report walls[WALL_COUNT], uint64_t which, char ret[DEGRADE_LIST_SIZE]);

#endif
