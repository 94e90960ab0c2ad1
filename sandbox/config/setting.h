/* sandbox/config/setting.h: one word into one field of struct config.
 *
 * The same parsers serve defaults, files and flags: a file's values are turned
 * into words first.
 */
#ifndef SANDBOX_CONFIG_SETTING_H
#define SANDBOX_CONFIG_SETTING_H

#include "sandbox/config/options.h"

struct origin {
	const char *name; /* what f->what begins with: "--memory", "FILE:3:5: memory" */
	bool in_file;     /* then paths are absolute and descriptors cannot be named */
};

/* word is NULL for a switch or tally that stands alone. Lists grow; everything
 * else is replaced. */
int setting_set(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f);

/* The same for what a user gave: it also makes the option's wall required, unless
 * what was given is "no limit", for which no wall is needed. */
int setting_give(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f);

/* Empty a list, so that another takes its place. */
void setting_clear(const struct option *option, struct config *config);

/* Other programs mean a stream by it ("-", "fd:1"), and would not make a file of that name. */
bool setting_names_stream(const char *word);

/* Append a copy. */
int strings_add(struct strings *strings, const char *text, struct failure *f);
void strings_release(struct strings *strings);

#endif
