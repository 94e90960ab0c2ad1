/* sandbox/report/outputlog.h: --log: what the builder wrote, by lines, each with its time and stream.
 *
 * Runs in  the launcher, beside what the terminal shows.
 * plain    "2026-11-30T10:00:00.123Z out TEXT", control characters as '?': who reads it with
 *          cat(1) obeys no stranger.
 * json     {"time":"…","stream":"stdout","text":"…"}, with "cut":true where the line goes on in
 *          the next of its stream. Bytes that are not UTF-8 are U+FFFD.
 * Time     is that of the line's first byte here.
 * Rotated  before it would grow beyond its size: FILE to FILE.1, that to FILE.2, that to FILE.3.
 *          FILE is appended to, 0600, a regular file; so are the others, or nothing begins.
 * Fails    once, and is silent then: the run goes on, and does not end well.
 */
#ifndef SANDBOX_REPORT_OUTPUTLOG_H
#define SANDBOX_REPORT_OUTPUTLOG_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <time.h>

#define OUTPUTLOG_LINE 8192 /* bytes; a longer one is cut */

enum outputlog_stream { OUTPUTLOG_OUT, OUTPUTLOG_ERR, OUTPUTLOG_TERMINAL, OUTPUTLOG_STREAMS };

struct outputlog {
	int dir_fd, fd; /* -1: nobody asked, or it failed */
	const char *name;
	enum log_format format;
	uint64_t bytes, limit;
	bool failed;
	struct failure failure;
	struct outputlog_line {
		char text[OUTPUTLOG_LINE + 1];
		size_t n;
		struct timespec began;
	} * lines; /* [OUTPUTLOG_STREAMS] */
};
#define OUTPUTLOG_NONE                                                                             \
	{                                                                                          \
		.dir_fd = -1, .fd = -1                                                             \
	}

/* path is borrowed. */
int outputlog_open(struct outputlog *ret, const char *path, enum log_format format, uint64_t limit,
	struct failure *f);
void outputlog_take(
	struct outputlog *log, enum outputlog_stream stream, const char *bytes, size_t n);
/* What has no end of a line yet is written, and all of it is on the disk. -1: some of it is not
 * there. */
int outputlog_end(struct outputlog *log, struct failure *f);
void outputlog_release(struct outputlog *log);

#endif
