/* sandbox/config/arguments.h: argv taken apart, before the values are looked at.
 *
 * Options may stand before and after SOURCE; COMMAND stands after "--" alone, so
 * that no word of it can be taken for an option. Nothing is copied: the pointers
 * lead into argv.
 */
#ifndef SANDBOX_CONFIG_ARGUMENTS_H
#define SANDBOX_CONFIG_ARGUMENTS_H

#include "sandbox/config/options.h"

struct argument {
	const struct option *option;
	const char *value; /* NULL: the flag stood alone */
};

struct arguments {
	enum verb verb;
	enum verb topic; /* of VERB_HELP */
	struct argument *given;
	size_t given_count;
	const char *source;
	char *const *command; /* NULL if there was no "--" */
	size_t command_count;
	const char **words; /* of a verb that takes some */
	size_t words_count;
	size_t flags_count; /* sh: how many of them are the shell's flags, which come first */
	bool string;        /* sh: -c is among these */
};

/* What stands behind a verb that is no option. */
enum verb_words {
	TAKES_NOTHING,
	TAKES_SOURCE, /* and COMMAND */
	TAKES_WORDS,  /* as many as there are */
	TAKES_STAGE,  /* as many, of which none is a file of the caller's */
	TAKES_SCRIPT, /* as a shell does: its flags, a file or a string, and what follows is its */
};

/* The verbs, with the words that usage shows. */
struct verb_info {
	const char *name;
	enum verb verb;
	enum verb_words takes;
	const char *synopsis;
	const char *summary;
};

#define VERB_INFOS 13
extern const struct verb_info verb_infos[VERB_INFOS];
const struct verb_info *verb_info_find(enum verb verb);

/* The name that argv[0] has if it is a shell's, as all are that end in "-sh"; else NULL. */
const char *argument_shell_name(const char *argv0);

/* given and words are heap memory; arguments_release() frees them. */
int arguments_parse(int argc, char *const argv[], struct arguments *ret, struct failure *f);
void arguments_release(struct arguments *arguments);

/* "--memory", for failures. */
#define ARGUMENT_NAME_SIZE 48
const char *argument_name(const struct option *option, char name[ARGUMENT_NAME_SIZE]);

#endif
