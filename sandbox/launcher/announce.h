/* sandbox/launcher/announce.h: what happens in a run, as events.
 *
 * Runs in  the launcher, where the fact becomes known. Each function is one event type of
 *          tests/schema/events.schema.json, and does nothing when nobody asked for events.
 */
#ifndef SANDBOX_LAUNCHER_ANNOUNCE_H
#define SANDBOX_LAUNCHER_ANNOUNCE_H

#include "sandbox/docker/control.h"
#include "sandbox/fetch/record.h"
#include "sandbox/report/events.h"
#include "sandbox/report/outcome.h"

void announce_start(struct events *events, const struct outcome *outcome);
void announce_step(struct events *events, const char *step);
void announce_phase(struct events *events, const char *phase);
void announce_progress(struct events *events, const char *stage, const struct fetch_record *record);
void announce_fetched(struct events *events, const char *commit, const char *ref);
/* One event each. */
void announce_walls(struct events *events, const struct wall_report walls[WALL_COUNT]);
void announce_built(struct events *events, int wait_status);
/* Somebody was let in (door.h). */
void announce_entered(struct events *events);
void announce_signal(struct events *events, int number);
void announce_limit(struct events *events, enum cause cause, const char *detail);
void announce_warning(struct events *events, const char *message);
void announce_docker_refused(struct events *events, const struct control *message);
void announce_docker_changed(struct events *events, const struct control *message);
/* MADE, GONE or LEFT. */
void announce_egress(struct events *events, const struct egress_record *record);
void announce_docker_object(struct events *events, const struct control *message);
void announce_teardown(struct events *events, const struct teardown_row *row);
void announce_artifact(struct events *events, const struct artifact_record *artifact);
void announce_error(struct events *events, const struct failure *failure);
/* report: the file, or NULL. */
void announce_end(struct events *events, const struct outcome *outcome, const char *report);

#endif
