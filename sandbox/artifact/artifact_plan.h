/* sandbox/artifact/artifact_plan.h: what is to be taken out, and where to, before the clone.
 *
 * Runs in  the launcher, as the user that the sandbox runs as.
 * Leaves   every destination as an open directory: what its name means later is of no matter.
 * Fails    where DEST is one of the host's roots, cannot be written to, or is there already, so
 *          that nobody waits for a build whose result has no place.
 *
 *   DEST, PATH names one file or directory    the directory to put it in, if DEST is one or ends in
 *                                             '/'; else its new name, in a directory that exists
 *   DEST, PATH is a pattern                   a directory that exists; beneath it the names are
 *                                             those behind the part of PATH that is no pattern
 *   no DEST                                   as with ".", or in the tar if there is a "-"
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_PLAN_H
#define SANDBOX_ARTIFACT_ARTIFACT_PLAN_H

#include "sandbox/artifact/artifact_glob.h"
#include "sandbox/artifact/artifact_list.h"
#include "sandbox/config/config.h"

#define ARTIFACT_ROWS       64
#define ARTIFACT_PLACE_PATH 500 /* bytes, so that the state file can name it */

/* A directory of the host that is written to. */
struct artifact_place {
	int fd;
	char path[ARTIFACT_PLACE_PATH]; /* resolved, for the report and for gc */
};

struct artifact_row {
	const char *word; /* PATH as the user wrote it, borrowed */
	struct artifact_glob glob;
	bool optional;
	bool to_stdout;
	size_t place;   /* among the plan's, if not to_stdout */
	char name[256]; /* instead of its own; "": it keeps its own */
};

struct artifact_plan {
	struct artifact_row *rows;
	size_t rows_n;
	struct artifact_place *places; /* room for one of each row; NULL: no rows */
	size_t places_n;
	struct artifact_bounds bounds;
	enum keep on;
	bool replace;
	bool tar; /* some row goes to stdout */
};
#define ARTIFACT_PLAN_NONE                                                                         \
	{                                                                                          \
		.rows = NULL                                                                       \
	}

/* home: of the user that we are, or NULL. */
int artifact_plan_make(const struct config *config, const char *clone, const char *home,
	struct artifact_plan *ret, struct failure *f);
void artifact_plan_release(struct artifact_plan *plan);

#endif
