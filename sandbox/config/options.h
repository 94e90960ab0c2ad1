/* sandbox/config/options.h: every option, one row each.
 *
 * The row is the only place that knows an option's flag (and so its key in a
 * configuration file, which is the same word), its default, its form, the verbs
 * that take it and the wall that it asks for.
 */
#ifndef SANDBOX_CONFIG_OPTIONS_H
#define SANDBOX_CONFIG_OPTIONS_H

#include "sandbox/base/number.h"
#include "sandbox/config/config.h"

enum option_type {
	OPTION_SWITCH,     /* --name, --name=true|false; JSON true, false */
	OPTION_TALLY,      /* -vv; JSON number */
	OPTION_QUANTITY,   /* a number in row->range; JSON number, or string where it has a unit */
	OPTION_TEXT,       /* a string that has the form row->form */
	OPTION_CHOICE,     /* one of row->words, stored as its index */
	OPTION_LEVEL,      /* the same; the flag alone stands for row->words[1] */
	OPTION_PATTERN,    /* list of patterns over names of images */
	OPTION_PATHS,      /* list of paths; absolute in a configuration file */
	OPTION_BIND,       /* list of SRC:DST */
	OPTION_ENV,        /* list of K[=V] */
	OPTION_NET,        /* list of allow:RULES; none and full take back what stood before */
	OPTION_ARTIFACT,   /* list of PATH[:DEST] */
	OPTION_CACHE,      /* list of NAME:DST[:ro|:rw] */
	OPTION_SECRET,     /* list of NAME=FILE, NAME=fd:N, NAME=env:VAR */
	OPTION_CREDENTIAL, /* list of HOST[:PORT]=FILE, HOST[:PORT]=fd:N */
	OPTION_WALLS,      /* list of walls, commas on the command line */
	OPTION_CONFIG,     /* --config: a file to read, on the command line only */
	OPTION_HELP,       /* --help: on the command line only */
};

enum option_form {
	FORM_ANY,     /* any word that is not empty */
	FORM_FILE,    /* a path; absolute in a configuration file */
	FORM_STREAM,  /* a path or fd:N; in a configuration file an absolute path */
	FORM_USER,    /* a name or UID:GID, not root */
	FORM_PART,    /* one part of a path: letters, digits, '.', '_', '-' and '+' */
	FORM_LABEL,   /* printable, no space in front */
	FORM_SOCKET,  /* unix:///PATH or /PATH, of which the path is kept */
	FORM_ROOTFS,  /* a path, or oci:PATH with what may follow (rootfs_word.h) */
	FORM_RUN,     /* a run's id, or its beginning; in no file */
	FORM_NETWORK, /* "none", or a network of the engine by its name */
};

enum option_group {
	GROUP_CLONE,
	GROUP_LIMITS,
	GROUP_BUILDER,
	GROUP_DOCKER,
	GROUP_RESULTS,
	GROUP_WALLS,
	GROUP_OUTPUT,
	GROUP_HOUSE,
	GROUP_COUNT,
};

struct option {
	const char *name; /* without "--" */
	char letter;      /* of the short flag, or 0 */
	enum option_type type;
	const char *argument; /* as the help names it, NULL if there is none */
	const char *initial;  /* the default, as a user would write it; NULL: unset */
	const char *help;     /* one line: what it does, and why */
	enum option_group group;
	unsigned verbs;       /* VERB_BIT()s */
	size_t offset, width; /* in struct config */
	struct range range;
	enum option_form form;
	const char *const *words; /* NULL-terminated */
	uint64_t wall;            /* WALL_BIT() that becomes required, or 0 */
};

#define VERB_BIT(v) (1u << (v))

extern const struct option options[];
extern const size_t option_count;
extern const char *const option_group_titles[GROUP_COUNT];

const struct option *option_find(const char *name, size_t length);
const struct option *option_find_letter(char letter);

/* Whether a later value is added to an earlier one instead of taking its place. */
bool option_is_list(const struct option *option);

/* Whether the command line has to give a value. */
bool option_needs_value(const struct option *option);

/* Whether a repository's .cofferdam.json may tighten it. */
bool option_is_tightenable(const struct option *option);

/* The option of that verb, or the verb, whose name is nearest to a mistyped word;
 * NULL if none is near. */
const char *option_suggest(const char *word, size_t length, unsigned verbs);

/* The distance that suggestions go by: letters to insert, delete, change or swap. */
unsigned option_distance(const char *a, size_t a_length, const char *b);

#endif
