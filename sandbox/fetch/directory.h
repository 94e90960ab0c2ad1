/* sandbox/fetch/directory.h: a directory of the host as it lies there, git or not.
 *
 * Copies   every file, directory and link, names that begin with a dot too, with their times of
 *          modification, by which make(1) decides; a link keeps its words and is not followed.
 * Leaves   out what is none of these, and counts it. A second name of a file is a second file.
 * Fails    whole: what cannot be read or written ends the run, and nothing is left out for it.
 */
#ifndef SANDBOX_FETCH_DIRECTORY_H
#define SANDBOX_FETCH_DIRECTORY_H

#include "sandbox/fetch/record.h"

/* into: an empty directory. */
int directory_copy(const char *from, const char *into, struct fetch_notice *ret, struct failure *f);

#endif
