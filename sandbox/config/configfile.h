/* sandbox/config/configfile.h: one configuration file into struct config.
 *
 * Runs in  the launcher, before anything else is opened.
 * Needs    a regular file of at most 1 MiB that root or we own and nobody else may
 *          write. Symbolic links are followed (people keep such files elsewhere and
 *          link them): what counts is the file at the end, looked at by descriptor.
 * Holds    one JSON object. Its keys are the options' names and "command" (an array
 *          of strings, used if none follows "--"). Sizes are strings ("2G") or
 *          bytes; lists are arrays, [] for none; null is an error.
 * Fails    on unknown and duplicate keys and wrong types, as "file:line:column: ...".
 */
#ifndef SANDBOX_CONFIG_CONFIGFILE_H
#define SANDBOX_CONFIG_CONFIGFILE_H

#include "sandbox/config/config.h"

enum configfile_need {
	CONFIGFILE_NAMED,  /* --config: it has to be there */
	CONFIGFILE_SYSTEM, /* may be missing; one that cannot be read is an error */
	CONFIGFILE_USER,   /* the same, but a home that we may not enter is not ours */
};

/* as: whose rights open it, and who besides root may own it; NULL: our own. */
struct identity;
int configfile_read(const char *path, enum configfile_need need, const struct identity *as,
	struct config *config, struct failure *f);

#endif
