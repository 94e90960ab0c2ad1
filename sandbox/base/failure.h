/* sandbox/base/failure.h: what went wrong, small enough to cross a pipe whole.
 *
 * Runs in  every process. Nothing here allocates or prints; only main.c prints.
 * Usage    return fail(f, errno, "open %s", path); the caller returns -1 unchanged.
 */
#ifndef SANDBOX_BASE_FAILURE_H
#define SANDBOX_BASE_FAILURE_H

#include <limits.h>
#include <stddef.h>

struct failure {
	int errnum;       /* errno of the failed call, 0 if none applies */
	char step[48];    /* which step of which role: "keeper: mount the root" */
	char what[360];   /* "mount /proc": no newline, no "failed", no secret */
	char remedy[320]; /* what the user can do about it, "" if nothing is known */
};
_Static_assert(sizeof(struct failure) <= PIPE_BUF, "one write must carry it");

/* Fill *f (what and errnum; step and remedy are cleared) and return -1. Control
 * characters and invalid UTF-8 in the result are replaced by '?', so a stranger's
 * bytes can be named in it. A message that does not fit is cut at a character. */
int fail(struct failure *f, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Set the remedy of a failure that was just filled, and return -1. */
int fail_remedy(struct failure *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Set the step, unless a deeper caller has already named a finer one; return -1. */
int fail_step(struct failure *f, const char *step);

/* "open /x: No such file or directory", as every reader of a failure is told it. Returns ret. */
#define FAILURE_TEXT (sizeof(((struct failure *)NULL)->what) + 64)
const char *failure_text(const struct failure *f, char ret[FAILURE_TEXT]);

/* Blank what may be a password: "user:SECRET@" and "//SECRET@", wherever it stands. fail()
 * does it with every message, because a mistyped URL is quoted in one. */
void failure_redact(char *s);

/* Replace control characters and invalid UTF-8 in s by '?' (in place). */
void failure_sanitize(char *s);

/* What came from a process that reads a stranger's bytes: its texts end, and can be printed. */
void failure_heard(struct failure *f);

#endif
