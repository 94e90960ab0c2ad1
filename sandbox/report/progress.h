/* sandbox/report/progress.h: cofferdam's own words to the person at the terminal.
 *
 * Runs in  the launcher; the only place besides main.c that writes to stderr.
 *          Every line is prefixed "cofferdam: ". Bars only on a terminal, colour as
 *          --color and NO_COLOR say, nothing but errors with -q.
 */
#ifndef SANDBOX_REPORT_PROGRESS_H
#define SANDBOX_REPORT_PROGRESS_H

#include "sandbox/config/config.h"
#include "sandbox/fetch/record.h"

struct progress {
	int fd;
	bool terminal, color, quiet;
	unsigned verbose;
	bool bar_open;          /* a bar stands on the current line */
	uint32_t bar_stage;     /* enum fetch_stage of that bar: each stage has its own line */
	uint64_t last_drawn_ms; /* at most ten frames a second */
};

void progress_open(struct progress *ret, const struct config *config, int fd);
void progress_note(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void progress_warn(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Also with -q: beside the error that main.c prints of a run. */
void progress_error(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Only with -v. */
void progress_detail(struct progress *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A record of the fetcher, as a bar that is drawn over itself. now_ms: monotonic. */
void progress_fetch(struct progress *p, const struct fetch_record *record, uint64_t now_ms);
/* End the bar's line, if one is open. Called by all of the above as well. */
void progress_clear(struct progress *p);

#endif
