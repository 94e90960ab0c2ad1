/* sandbox/fetch/duplicate.h: one file or link of a source, copied into the clone.
 *
 * Needs    two directories, open, and a name in both: no part of a path is walked here.
 * Leaves   a new file with the permissions that the umask leaves, executable if its owner may
 *          execute it there; a link with the same words in it, wherever they lead.
 * Fails    where the name is something else by now, or exists already.
 */
#ifndef SANDBOX_FETCH_DUPLICATE_H
#define SANDBOX_FETCH_DUPLICATE_H

#include "sandbox/base/failure.h"

#define DUPLICATE_BYTES 65536

struct duplicate {
	int from, to;     /* the directories */
	const char *name; /* in both */
	const char *path; /* of the whole, for failures */
	char *buffer;     /* DUPLICATE_BYTES */
};

int duplicate_file(const struct duplicate *one, struct failure *f);
int duplicate_link(const struct duplicate *one, struct failure *f);

#endif
