/* sandbox/fetch/copy.h: the objects of a local repository that a clone needs.
 *
 * libgit2's own local transport walks all history to build a pack (7.4 s where git
 * needs 0.1); this walks only the generations asked for, and writes them down as
 * one pack without deltas.
 */
#ifndef SANDBOX_FETCH_COPY_H
#define SANDBOX_FETCH_COPY_H

#include "sandbox/fetch/job.h"

/* Copy revision and what it needs, `depth` generations deep, from origin into the
 * repository at git_dir; write its shallow file, and the tags that lead to copied
 * commits. */
int copy_objects(git_repository *origin, const struct job *job, const struct revision *revision,
	const char *git_dir, struct failure *f);

/* Does origin have the commit and its history, `depth` generations deep? Of commits alone. */
bool copy_reaches(git_repository *origin, const git_oid *commit, uint32_t depth);

#endif
