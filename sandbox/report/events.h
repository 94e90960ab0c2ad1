/* sandbox/report/events.h: the same facts as they happen, one JSON object a line.
 *
 * Runs in  the launcher. Every line has "time" (RFC 3339, UTC, milliseconds), "id"
 *          and "type". A reader that does not read never blocks a run: the
 *          descriptor is non-blocking where it can be, and a line that does not
 *          fit is dropped whole, counted, and the count stands in the next line
 *          ("dropped"). No partial line is ever left.
 */
#ifndef SANDBOX_REPORT_EVENTS_H
#define SANDBOX_REPORT_EVENTS_H

#include "sandbox/base/failure.h"
#include "sandbox/report/outcome.h"

#include <cjson/cJSON.h>

struct events {
	int fd; /* -1: nobody asked */
	char id[RUN_ID_LENGTH + 1];
	unsigned long dropped;
};

/* target is "FILE" (appended to, 0600), "fd:N", or NULL for none. */
int events_open(struct events *ret, const char *target, const char *run_id, struct failure *f);
void events_release(struct events *events);

/* Write one line; facts (may be NULL) is consumed. Types: "start", "step",
 * "phase", "wall", "progress", "fetched", "built", "signal", "limit", "warning",
 * "docker_refused", "docker_changed", "docker_made", "docker_gone", "docker_left",
 * "teardown", "error", "end". */
void events_emit(struct events *events, const char *type, cJSON *facts);

#endif
