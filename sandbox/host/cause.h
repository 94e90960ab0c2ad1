/* sandbox/host/cause.h: why a wall could not be raised, and the one thing that helps.
 *
 * Runs in  the launcher: for `doctor`, and when a run's own clone or mount fails.
 * Needs    the errno of the call that failed (0 if none applies) and the host's /proc,
 *          /sys and /etc, below root ("/" but in tests). Allocates nothing, changes
 *          nothing, and may be called before or after root was given up.
 * Returns  false if no row of the table fits: then only the errno is known, and the
 *          caller says that and guesses nothing.
 */
#ifndef SANDBOX_HOST_CAUSE_H
#define SANDBOX_HOST_CAUSE_H

#include "sandbox/base/walls.h"

#include <stdbool.h>
#include <stddef.h>

struct cause_found {
	const char *name; /* of the row, such as "no-subuid"; static storage */
	char text[240];   /* one line, what is so on this host */
	char remedy[320]; /* one line: a command or a setting */
};

bool cause_find(enum wall wall, int errnum, const char *root, struct cause_found *ret);

/* The name of the i-th row of the table, NULL past the end: so that a test can show
 * that every row has been seen to match. */
const char *cause_row(size_t i);

#endif
