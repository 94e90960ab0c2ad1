/* sandbox/launcher/records.h: what the fetcher tells us (fetch/record.h), believed in nothing.
 *
 * A record comes from a process that parsed a stranger's bytes: of another size or type it is
 * no fetcher's of ours any more, every text is ended and made printable here, and what floods
 * fills nobody's disk.
 */
#ifndef SANDBOX_LAUNCHER_RECORDS_H
#define SANDBOX_LAUNCHER_RECORDS_H

#include "sandbox/launcher/reporter.h"

#include <stdbool.h>

struct records {
	const struct reporter *reporter;
	bool plain;   /* a directory is copied: there is no commit */
	bool done;    /* and the commit is in the outcome, if there is one */
	bool noticed; /* what there is to say of the clone has been said */
	bool refused; /* failure says why the fetch failed */
	struct failure failure;
	bool mirrored;                /* mirror is filled */
	struct fetch_mirror mirror;   /* what the kept source was good for */
	struct repo_request *request; /* of .cofferdam.json, NULL if none came */
	uint64_t second;              /* and how many records of progress came in it */
	unsigned count;
};

/* At most so many at once: a fetcher that sends without end must not keep the loop from its
 * clock and its signals. *socket is closed at its end. */
void records_take(struct records *records, int *socket, unsigned most);

/* The fetcher has ended: is there a work tree? */
int records_judge(const struct records *records, int wait_status, struct failure *f);

void records_release(struct records *records);

#endif
