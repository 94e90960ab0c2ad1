/* sandbox/docker/journal_line.h: a line of a run's journal, and nothing else knows its form.
 *
 * Pure. The broker writes the journal (broker/ownership.h) and reads it back, gc reads it
 * (state/journal.h); the file outlives both, and may be of an older version.
 * Lines    "run RUNID OWNER STARTED"   the first
 *          "intent KIND NAME"          before it is forwarded; "-": it has no name
 *          "made KIND ID [NAME]"       once its id is known
 *          "passing KIND ID [NAME]"    the same, of what the engine makes for a build alone:
 *                                      JOURNAL_INTERMEDIATE. The word is older than the name.
 *          "kept KIND ID [NAME]"       the same, of a name that is to stay
 *          "gone KIND ID"
 *          KIND is object_kind_name(). A line has at most JOURNAL_LINE_MAX bytes.
 * Trusts   nothing: a crash may have cut a line, and a journal may be another user's.
 */
#ifndef SANDBOX_DOCKER_JOURNAL_LINE_H
#define SANDBOX_DOCKER_JOURNAL_LINE_H

#include "sandbox/docker/control.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_LINE_MAX  511 /* with its line feed */
#define JOURNAL_ID_LENGTH 32  /* hexadecimal digits, of a run and of its owner's secret */

enum journal_verb {
	JOURNAL_NONE, /* no line of ours */
	JOURNAL_RUN,
	JOURNAL_INTENT,
	JOURNAL_MADE,
	JOURNAL_INTERMEDIATE,
	JOURNAL_KEPT,
	JOURNAL_GONE,
};

struct journal_line {
	enum journal_verb verb;
	const char *run_id, *owner; /* RUN */
	uint64_t started;           /* RUN: seconds of CLOCK_REALTIME */
	enum object_kind kind;      /* the others */
	const char *id;             /* not of INTENT, which has none yet */
	const char *name;           /* "" if there is none; not of GONE */
};

/* Line feed and NUL included; the length without the NUL. 0: it does not fit, or a word in it
 * has a blank or a control character, and would be read back as something else. */
size_t journal_line_format(const struct journal_line *line, char ret[JOURNAL_LINE_MAX + 1]);

/* The line that text is, without its line feed. ret points into text, which is cut into
 * words. False, and JOURNAL_NONE: it is none. */
bool journal_line_parse(char *text, struct journal_line *ret);

/* The lines of a file that comes in pieces. Zero-initialised. */
struct journal_reader {
	char text[JOURNAL_LINE_MAX + 1];
	size_t n;
	bool broken; /* too long, or with a NUL in it: skipped up to its end */
};

/* Take the next line, or as much of it as has come, off the front of piece. True: it is whole,
 * and *ret (JOURNAL_NONE if it is not ours) holds until the next call. False: *piece_n is 0. */
bool journal_reader_next(struct journal_reader *reader, const char **piece, size_t *piece_n,
	struct journal_line *ret);

#endif
