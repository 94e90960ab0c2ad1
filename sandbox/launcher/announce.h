/* sandbox/launcher/announce.h: what happens in a run, as events.
 *
 * Runs in  the launcher, where the fact becomes known. Each function is one event type of
 *          tests/schema/events.schema.json, and does nothing when nobody asked for events.
 */
#ifndef SANDBOX_LAUNCHER_ANNOUNCE_H
#define SANDBOX_LAUNCHER_ANNOUNCE_H

#include "sandbox/launcher/launcher.h"

void announce_start(struct launch *l);
void announce_step(struct launch *l, const char *step);
void announce_phase(struct launch *l, const char *phase);
void announce_progress(struct launch *l, const char *stage, const struct fetch_record *record);
void announce_fetched(struct launch *l, const char *ref);
void announce_walls(struct launch *l); /* one event each */
void announce_built(struct launch *l, int wait_status);
void announce_signal(struct launch *l, int number);
void announce_limit(struct launch *l, enum cause cause, const char *detail);
void announce_warning(struct launch *l, const char *message);
void announce_docker_refused(struct launch *l, const struct control *word);
/* MADE, GONE or LEFT. */
void announce_docker_object(struct launch *l, const struct control *word);
void announce_teardown(struct launch *l, const struct teardown_row *row);
void announce_error(struct launch *l, const struct failure *failure);
void announce_end(struct launch *l);

#endif
