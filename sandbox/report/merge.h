/* sandbox/report/merge.h: many reports as one list, for who looks at them in the morning.
 *
 * Trusts   no report: each is checked to be JSON of a report's shape, of at most MERGE_BYTES, before
 *          a word of it is used; text is printed without control characters.
 * Retry    whether the same run elsewhere or later may end otherwise: the host, the server or
 *          somebody's signal ended it, and not what the build is. A row a cause, with its reason.
 * Writes   a table for people, JSON (tests/schema/merge.schema.json), and JUnit's XML, where an
 *          end that is worth a retry is an error, and what the build itself came to a failure.
 */
#ifndef SANDBOX_REPORT_MERGE_H
#define SANDBOX_REPORT_MERGE_H

#include "sandbox/base/failure.h"
#include "sandbox/report/outcome.h"

#include <stdio.h>

#define MERGE_BYTES (4 * 1024 * 1024)

struct merge_row {
	char *file;     /* as it was found */
	char *source;   /* "URL#REF", or "none" */
	char *commit;   /* "" if there is none */
	char *degraded; /* names of walls, "a, b" */
	enum cause cause;
	int exit_code;
	double seconds;
	uint64_t memory_peak; /* bytes; 0: not known */
};

struct merge {
	struct merge_row *rows;
	size_t n, room;
};

/* Add the report that this text is. file: its name, copied. -1: it is none, and why. */
int merge_add(struct merge *merge, const char *file, const char *text, size_t n, struct failure *f);
void merge_release(struct merge *merge);

bool merge_is_retry(enum cause cause);

/* unread: how many files were none. */
void merge_print(const struct merge *merge, size_t unread, FILE *out);
int merge_print_json(const struct merge *merge, size_t unread, FILE *out, struct failure *f);
void merge_print_junit(const struct merge *merge, FILE *out);

#endif
