/* sandbox/fetch/uncommitted.h: what lies in a local source and is in no commit.
 *
 * As git status has it: tracked files that differ from HEAD, and files that are neither tracked
 * nor ignored by the repository's own rules. Without a work tree there is nothing. The source is
 * read only, its index is not refreshed, and nothing of its configuration is run.
 */
#ifndef SANDBOX_FETCH_UNCOMMITTED_H
#define SANDBOX_FETCH_UNCOMMITTED_H

#include "sandbox/fetch/attribute.h"
#include "sandbox/fetch/job.h"
#include "sandbox/fetch/record.h"

/* How many there are of each, into ret. */
int uncommitted_count(const struct job *job, struct fetch_notice *ret, struct failure *f);

/* Make the files of the clone at job->into those of the source: what was changed, what is new,
 * what was deleted, and what a filter of the user's wrote otherwise than it is committed. What is
 * neither file nor link, and a repository within the repository, is left out and counted. */
int uncommitted_take(const struct job *job, const struct attribute_filter *attributes,
	struct fetch_notice *ret, struct failure *f);

#endif
