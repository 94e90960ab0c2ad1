/* sandbox/state/ledger.h: what is remembered from run to run.
 *
 * Where    $XDG_STATE_HOME/cofferdam, else ~/.local/state/cofferdam: 0700 and ours.
 *            counters   sums over all runs, one JSON object. They are kept once the file is
 *                       there: `cofferdam disk --metrics` makes it.
 *            images     a line for each name that a run has left in an engine:
 *                       "TIME RUN IMAGE TAG SOCKET". The authority for `gc --images`: a label is
 *                       inherited by whatever is built upon an image, a line is not.
 * Writing  under a lock (OFD, on the file "lock"), into a new file that takes the place of the
 *          old one. A file that cannot be read is put aside as "NAME.bad", once, and begun anew.
 */
#ifndef SANDBOX_STATE_LEDGER_H
#define SANDBOX_STATE_LEDGER_H

#include "sandbox/base/failure.h"
#include "sandbox/report/outcome.h"

#include <cjson/cJSON.h>
#include <stddef.h>

#define LEDGER_IMAGES 4096 /* lines; the oldest go first */

/* The directory, made if make is true. -1, ENOENT: there is none, or nowhere to put it. */
int ledger_open(bool make, struct failure *f);

/* Add a run that has ended. Nothing happens where no counters are kept. */
int ledger_count(int dir_fd, const struct outcome *outcome, struct failure *f);
/* Begin to count, if it is not done yet. */
int ledger_count_from_now(int dir_fd, struct failure *f);
/* The sums: {"builds": {CAUSE: N}, "seconds", "refused", "bytes"}; the caller's. */
int ledger_counters(int dir_fd, cJSON **ret, struct failure *f);

struct kept_image {
	uint64_t time; /* seconds, when its run ended */
	char run[33];
	char image[80]; /* sha256:… */
	char tag[512];
	char socket[108];
};
/* A name that a run has left. */
int ledger_keep(int dir_fd, const struct kept_image *kept, struct failure *f);
/* All of them, the oldest first; the caller's. What is not a line of ours is skipped. */
int ledger_kept(int dir_fd, struct kept_image **ret, size_t *ret_n, struct failure *f);
/* Forget those of whom gone(data, i) says so; i as ledger_kept() has them. */
int ledger_forget(int dir_fd, bool (*gone)(void *data, size_t i), void *data, struct failure *f);

#endif
