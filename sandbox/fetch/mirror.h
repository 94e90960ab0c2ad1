/* sandbox/fetch/mirror.h: what was fetched of a server, kept from one run to the next.
 *
 * Kept     at MIRROR_KEPT, if there is any: a bare repository, which nobody writes to.
 * New      at MIRROR_NEW, empty: a bare repository of this run, into which is fetched. The launcher
 *          keeps it beside the packs of the kept one, or in its stead (struct fetch_mirror).
 * Believes of the kept one no more than of a local source: every object is held against its name
 *          when it is read, and what is missing or broken is as if nothing had been kept.
 * Depth    A server that leaves history out is asked as if nothing were kept: what it sends stands
 *          for itself. Else it hears what is there, and history comes once.
 */
#ifndef SANDBOX_FETCH_MIRROR_H
#define SANDBOX_FETCH_MIRROR_H

#include "sandbox/fetch/job.h"
#include "sandbox/fetch/record.h"
#include "sandbox/fetch/revision.h"

#define MIRROR_KEPT "/run/fetch/kept"
#define MIRROR_NEW  "/run/fetch/mirror"

struct mirror {
	git_repository *repository; /* the new one */
	git_repository *kept;       /* NULL: there is none, or it cannot be read */
	bool all;                   /* history is not left out */
	bool listed;              /* the server has answered: what fails now may be the kept one */
	struct fetch_mirror told; /* what is to be told of it */
};

int mirror_open(const struct job *job, struct mirror *ret, struct failure *f);
void mirror_release(struct mirror *mirror);

/* Is the whole of what the word means kept, whatever the server would say? Only of a commit's full
 * name, and where whoever asks is known to be who it was kept for. */
bool mirror_answers(const struct mirror *mirror, const struct job *job, struct revision *ret);
/* Is that commit kept, or the one that a tag of that name leads to, and as deep? */
bool mirror_has(const struct mirror *mirror, const git_oid *id, uint32_t depth);
/* The new one has from here on what the kept one has, but no tags. */
int mirror_borrow(struct mirror *mirror, struct failure *f);
/* What was fetched is to be found by the next one. */
int mirror_remember(const struct mirror *mirror, const git_oid *commit, struct failure *f);

#endif
