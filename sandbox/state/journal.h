/* sandbox/state/journal.h: what a run made in the engine, as lines that outlive it.
 *
 * Made     by the launcher ("<id>.docker" beside the state file, 0600, append only), filled
 *          by the broker, read again by gc.
 * Lines    as in docker/journal_line.h. Anything else is counted and ignored: a line may be
 *          cut where the machine stopped.
 */
#ifndef SANDBOX_STATE_JOURNAL_H
#define SANDBOX_STATE_JOURNAL_H

#include "sandbox/docker/journal_line.h"

#include <stddef.h>
#include <stdint.h>

#define JOURNAL_SHOWN 160

struct journal {
	char run_id[JOURNAL_ID_LENGTH + 1], owner[JOURNAL_ID_LENGTH + 1];
	uint64_t started;
	struct journal_object {
		enum object_kind kind;
		char id[JOURNAL_SHOWN]; /* printable; of an intent the name */
	} * there; /* made and not gone, or intended and never heard of again; owned */
	size_t there_n;
	unsigned ignored; /* lines */
};

/* "<id>.docker" of a run. */
#define JOURNAL_NAME_SIZE (JOURNAL_ID_LENGTH + sizeof(".docker"))
void journal_name(const char *run_id, char ret[JOURNAL_NAME_SIZE]);

/* A new one in dir_fd, open for appending. -1 on failure. */
int journal_create(int dir_fd, const char *run_id, struct failure *f);
/* For a broker that reaps: read and append. -1 with ENOENT in f if there is none. */
int journal_open(int dir_fd, const char *run_id, struct failure *f);

/* Read all of it. A journal without its first line has nothing that could be reaped: that
 * is a failure with errnum 0. */
int journal_read(int fd, struct journal *ret, struct failure *f);
/* Of which run is it? Nothing else is read: a journal may be long. */
int journal_read_head(int fd, struct journal *ret, struct failure *f);
void journal_release(struct journal *journal);

#endif
