#include "sandbox/config/arguments.h"

#include "sandbox/base/own.h"
#include "sandbox/config/setting.h"

#include <stdio.h>
#include <string.h>

const struct verb_info verb_infos[VERB_INFOS] = {
	{ "run", VERB_RUN, TAKES_SOURCE, "[OPTIONS] SOURCE [-- COMMAND [ARG]...]", "one build" },
	{ "shell", VERB_SHELL, TAKES_SOURCE,
		"[OPTIONS] SOURCE | --attach RUN [-- COMMAND [ARG]...]",
		"a shell in a sandbox of its own, or in that of a run" },
	{ "sh", VERB_SH, TAKES_SCRIPT, "[OPTIONS] [SCRIPT [ARG]... | -c STRING [NAME [ARG]...]]",
		"a shell behind the walls, over a copy of the current directory" },
	{ "gitlab-executor", VERB_GITLAB, TAKES_STAGE,
		"[OPTIONS] config|prepare|run SCRIPT STAGE|cleanup",
		"a custom executor for GitLab Runner" },
	{ "doctor", VERB_DOCTOR, TAKES_NOTHING, "[OPTIONS]",
		"what this host offers, wall by wall, with the cause and the remedy" },
	{ "selftest", VERB_SELFTEST, TAKES_NOTHING, "[OPTIONS]",
		"try inside of a sandbox what each wall forbids, and say what it got" },
	{ "explain", VERB_EXPLAIN, TAKES_SOURCE, "[OPTIONS] SOURCE [-- COMMAND [ARG]...]",
		"the plan that run would carry out" },
	{ "gc", VERB_GC, TAKES_NOTHING, "[OPTIONS]", "remove what killed runs left" },
	{ "ps", VERB_PS, TAKES_NOTHING, "[OPTIONS]", "sandboxes that run now" },
	{ "disk", VERB_DISK, TAKES_NOTHING, "[OPTIONS]",
		"what Docker and cofferdam have on the disk" },
	{ "report", VERB_REPORT, TAKES_WORDS, "merge [OPTIONS] DIR...",
		"what many runs came to, from their reports" },
	{ "version", VERB_VERSION, TAKES_NOTHING, "", "the version of this program" },
	{ "help", VERB_HELP, TAKES_NOTHING, "[VERB]", "how a verb is used" },
};

const struct verb_info *verb_info_find(enum verb verb)
{
	for (size_t i = 0; i < VERB_INFOS; i++)
		if (verb_infos[i].verb == verb)
			return &verb_infos[i];
	return &verb_infos[VERB_INFOS - 1];
}

const char *argument_shell_name(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *name = slash != NULL ? slash + 1 : argv0;
	size_t n = strlen(name);

	return n >= 3 && strcmp(name + n - 3, "-sh") == 0 ? name : NULL;
}

const char *argument_name(const struct option *option, char name[ARGUMENT_NAME_SIZE])
{
	snprintf(name, ARGUMENT_NAME_SIZE, "--%s", option->name);
	return name;
}

/* What is left of argv. */
struct cursor {
	char *const *next;
	char *const *end;
};

static int refuse_verb(const char *word, struct failure *f)
{
	const char *nearest = NULL;
	unsigned distance = 3;

	for (size_t i = 0; i < VERB_INFOS; i++) {
		unsigned d = option_distance(word, strlen(word), verb_infos[i].name);

		if (d < distance) {
			distance = d;
			nearest = verb_infos[i].name;
		}
	}
	fail(f, 0, "there is no verb '%.60s'", word);
	if (nearest != NULL)
		return fail_remedy(f, "did you mean %s?", nearest);
	return fail_remedy(f,
		"the verbs are run, shell, sh, gitlab-executor, doctor, selftest, explain, gc, ps, "
		"disk, report, version and help");
}

static int parse_verb(const char *word, enum verb *ret, struct failure *f)
{
	for (size_t i = 0; i < VERB_INFOS; i++)
		if (strcmp(verb_infos[i].name, word) == 0) {
			*ret = verb_infos[i].verb;
			return 0;
		}
	return refuse_verb(word, f);
}

static void add(struct arguments *a, const struct option *option, const char *value)
{
	if (option->type == OPTION_HELP && a->verb != VERB_HELP) {
		a->topic = a->verb;
		a->verb = VERB_HELP;
	}
	a->given[a->given_count++] = (struct argument){ option, value };
}

/* What other programs call so, and ours does by other words. */
static const struct {
	const char *name, *remedy;
} looked_for[] = {
	{ "chdir", "--workdir DIR says where COMMAND starts" },
	{ "cwd", "--workdir DIR says where COMMAND starts" },
	{ "volume", "--ro-bind SRC:DST shows a directory of the host, read-only" },
	{ "mount", "--ro-bind SRC:DST shows a directory of the host, read-only" },
	{ "network", "--net says what may be reached" },
	{ "user", "--root-inside and --run-as say who it is" },
	{ "privileged", "there is no such thing: `cofferdam explain` says what is permitted" },
	{ "debug", "-v and -vv say more" },
};

static const char *other_words(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(looked_for); i++)
		if (strlen(looked_for[i].name) == length &&
			strncmp(looked_for[i].name, word, length) == 0)
			return looked_for[i].remedy;
	return NULL;
}

static int refuse_option(const char *word, size_t length, unsigned verbs,
	const struct verb_info *verb, struct failure *f)
{
	const char *nearest = option_suggest(word, length, verbs);

	if (option_find(word, length) != NULL) {
		fail(f, 0, "--%.*s is not an option of cofferdam %s", (int)length, word,
			verb->name);
		return fail_remedy(f, "see cofferdam %s --help", verb->name);
	}
	fail(f, 0, "there is no option --%.*s", length > 60 ? 60 : (int)length, word);
	if (verb->takes == TAKES_SOURCE && other_words(word, length) != NULL)
		return fail_remedy(f, "%s", other_words(word, length));
	if (nearest != NULL)
		return fail_remedy(f, "did you mean --%s?", nearest);
	return fail_remedy(f, "see cofferdam %s --help", verb->name);
}

static bool is_word_of(const struct option *option, const char *word)
{
	for (size_t i = 0; option->words != NULL && option->words[i] != NULL; i++)
		if (strcmp(option->words[i], word) == 0)
			return true;
	return false;
}

/* The value that stands in a word of its own, or NULL. */
static int take_value(
	const struct option *option, struct cursor *c, const char **ret, struct failure *f)
{
	/* A value that may be left out is only taken when it cannot be a SOURCE. */
	if (!option_needs_value(option)) {
		if (c->next < c->end && is_word_of(option, *c->next))
			*ret = *c->next++;
		return 0;
	}
	if (c->next == c->end || strcmp(*c->next, "--") == 0) {
		fail(f, 0, "--%s needs a value", option->name);
		return fail_remedy(f, "write --%s %s", option->name, option->argument);
	}
	if ((*c->next)[0] == '-' && (*c->next)[1] != '\0') {
		fail(f, 0, "--%s: the value '%.60s' looks like an option", option->name, *c->next);
		return fail_remedy(f, "write --%s=%.60s if it is meant", option->name, *c->next);
	}
	*ret = *c->next++;
	return 0;
}

/* word follows "--". */
static int parse_long(const char *word, struct cursor *c, struct arguments *a, struct failure *f)
{
	size_t length = strcspn(word, "=");
	const struct verb_info *verb = verb_info_find(a->verb == VERB_HELP ? a->topic : a->verb);
	const struct option *option = option_find(word, length);
	const char *value = word[length] == '=' ? word + length + 1 : NULL;

	if (option == NULL || (option->verbs & VERB_BIT(verb->verb)) == 0)
		return refuse_option(word, length, VERB_BIT(verb->verb), verb, f);
	if (value != NULL && (option->type == OPTION_HELP || option->type == OPTION_TALLY)) {
		fail(f, 0, "--%s takes no value", option->name);
		return fail_remedy(f, "write --%s alone", option->name);
	}
	if (value == NULL && take_value(option, c, &value, f) < 0)
		return -1;
	add(a, option, value);
	return 0;
}

/* letters follows "-"; none of them takes a value. */
static int parse_letters(const char *letters, struct arguments *a, struct failure *f)
{
	const struct verb_info *verb = verb_info_find(a->verb == VERB_HELP ? a->topic : a->verb);

	for (const char *p = letters; *p != '\0'; p++) {
		const struct option *option = option_find_letter(*p);

		if (option == NULL || (option->verbs & VERB_BIT(verb->verb)) == 0) {
			fail(f, 0, "there is no option -%.60s", p);
			return fail_remedy(
				f, "short options are -q, -v and -h; a word after -- is COMMAND's");
		}
		add(a, option, NULL);
	}
	return 0;
}

static int parse_word(const char *word, struct arguments *a, struct failure *f)
{
	const struct verb_info *verb = verb_info_find(a->verb);

	if (a->verb == VERB_HELP)
		return 0; /* only what was asked before --help counts */
	if (verb->takes == TAKES_WORDS || verb->takes == TAKES_STAGE) {
		a->words[a->words_count++] = word;
		return 0;
	}
	if (verb->takes != TAKES_SOURCE) {
		fail(f, 0, "cofferdam %s takes no word '%.60s'", verb->name, word);
		return fail_remedy(f, "see cofferdam %s --help", verb->name);
	}
	if (a->source != NULL) {
		fail(f, 0, "'%.60s' stands behind SOURCE", word);
		return fail_remedy(f, "COMMAND stands after --: cofferdam %s SOURCE -- %.60s",
			verb->name, word);
	}
	if (word[0] == '\0')
		return fail(f, 0, "SOURCE is empty");
	a->source = word;
	return 0;
}

static bool is_given(const struct arguments *a, const char *name)
{
	for (size_t i = 0; i < a->given_count; i++)
		if (strcmp(a->given[i].option->name, name) == 0)
			return true;
	return false;
}

/* After "--". */
static int take_command(struct cursor *c, struct arguments *a, struct failure *f)
{
	const struct verb_info *verb = verb_info_find(a->verb);

	if (a->verb == VERB_HELP)
		return 0;
	if (verb->takes != TAKES_SOURCE) {
		fail(f, 0, "cofferdam %s takes no COMMAND", verb->name);
		return fail_remedy(f, "see cofferdam %s --help", verb->name);
	}
	if (verb->verb == VERB_SHELL && !is_given(a, "attach")) {
		fail(f, 0, "cofferdam shell SOURCE takes no COMMAND: it is a shell");
		return fail_remedy(f, "cofferdam run SOURCE -- COMMAND");
	}
	if (c->next < c->end && (*c->next)[0] == '\0') {
		fail(f, 0, "COMMAND is an empty word");
		return fail_remedy(f, "name a program: a variable of the shell may be unset");
	}
	if (c->next == c->end) {
		fail(f, 0, "no COMMAND stands after --");
		return fail_remedy(
			f, "name one, or leave -- out: then the repository's own is run");
	}
	a->command = c->next;
	a->command_count = (size_t)(c->end - c->next);
	return 0;
}

static int parse_words(struct cursor *c, struct arguments *a, struct failure *f)
{
	while (c->next < c->end) {
		const char *word = *c->next++;
		int result;

		if (strcmp(word, "--") == 0)
			return take_command(c, a, f);
		if (strncmp(word, "--", 2) == 0)
			result = parse_long(word + 2, c, a, f);
		else if (word[0] == '-' && word[1] != '\0')
			result = parse_letters(word + 1, a, f);
		else
			result = parse_word(word, a, f);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* The shell's own, as it has them: what they mean it says itself, but for -c. */
static int take_shell_flag(
	const char *word, struct cursor *c, struct arguments *a, struct failure *f)
{
	a->words[a->words_count++] = word;
	a->string |= word[0] == '-' && strchr(word, 'c') != NULL;
	for (const char *o = strchr(word, 'o'); o != NULL; o = strchr(o + 1, 'o')) {
		if (c->next == c->end)
			return fail(f, 0, "%.60s: no name of an option follows", word);
		a->words[a->words_count++] = *c->next++;
	}
	a->flags_count = a->words_count;
	return 0;
}

/* Behind the first word that is none of ours, nothing is. */
static int parse_script(struct cursor *c, struct arguments *a, struct failure *f)
{
	while (c->next < c->end) {
		const char *word = *c->next;
		bool end = strcmp(word, "--") == 0 || strcmp(word, "-") == 0;

		if (word[0] != '-' && (word[0] != '+' || word[1] == '\0'))
			break;
		c->next++;
		if (end)
			break;
		if ((strncmp(word, "--", 2) == 0 ? parse_long(word + 2, c, a, f)
						 : take_shell_flag(word, c, a, f)) < 0)
			return -1;
		if (a->verb == VERB_HELP)
			return 0;
	}
	if (a->string && c->next == c->end) {
		fail(f, 0, "-c: no STRING follows");
		return fail_remedy(f, "cofferdam sh -c STRING");
	}
	while (c->next < c->end)
		a->words[a->words_count++] = *c->next++;
	return 0;
}

/* `cofferdam --help` and the like, where a verb would stand. */
static bool is_verb_in_disguise(const char *word, struct arguments *a)
{
	if (strcmp(word, "--version") == 0)
		a->verb = VERB_VERSION;
	else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		a->verb = a->topic = VERB_HELP;
	else
		return false;
	return true;
}

static int parse_help(struct cursor *c, struct arguments *a, struct failure *f)
{
	if (c->next == c->end || (*c->next)[0] == '-')
		return 0;
	return parse_verb(*c->next, &a->topic, f);
}

/* What a sandbox is made of was decided when its run began. */
static int check_attach(const struct arguments *a, struct failure *f)
{
	static const char *const meant[] = { "attach", "run-as", "config", "quiet", "verbose",
		"color" };

	if (a->source != NULL) {
		fail(f, 0, "--attach enters a run that has its SOURCE, and '%.60s' is one more",
			a->source);
		return fail_remedy(f, "leave one of them out");
	}
	for (size_t i = 0; i < a->given_count; i++) {
		const char *name = a->given[i].option->name;
		bool known = false;

		for (size_t k = 0; k < ARRAY_LEN(meant); k++)
			known |= strcmp(meant[k], name) == 0;
		if (known)
			continue;
		fail(f, 0, "--%s with --attach: the sandbox is there, and stays as it is", name);
		return fail_remedy(f, "leave --%s out", name);
	}
	return 0;
}

static int parse_all(struct cursor *c, struct arguments *a, struct failure *f)
{
	const struct verb_info *verb;

	if (c->next == c->end) {
		fail(f, 0, "no verb is given");
		return fail_remedy(f, "see cofferdam --help");
	}
	if (!is_verb_in_disguise(*c->next, a)) {
		if ((*c->next)[0] == '-') {
			fail(f, 0, "'%.60s' stands where the verb belongs", *c->next);
			return fail_remedy(
				f, "options follow the verb: cofferdam run [OPTIONS] SOURCE");
		}
		if (parse_verb(*c->next, &a->verb, f) < 0)
			return -1;
	}
	c->next++;
	if (a->verb == VERB_HELP)
		return parse_help(c, a, f);
	verb = verb_info_find(a->verb);
	if (verb->takes == TAKES_SCRIPT)
		return parse_script(c, a, f);
	if (parse_words(c, a, f) < 0)
		return -1;
	verb = verb_info_find(a->verb);
	if (is_given(a, "attach"))
		return check_attach(a, f);
	if (verb->takes == TAKES_SOURCE && a->source == NULL) {
		fail(f, 0, "no SOURCE is given");
		return fail_remedy(
			f, "cofferdam %s SOURCE, where none is an empty directory", verb->name);
	}
	return 0;
}

int arguments_parse(int argc, char *const argv[], struct arguments *ret, struct failure *f)
{
	struct arguments a = { .verb = VERB_HELP, .topic = VERB_HELP };
	struct cursor c = { argv + (argc > 0), argv + argc };
	size_t room = 1;

	for (char *const *word = c.next; word < c.end; word++)
		room += (*word)[0] == '-' && (*word)[1] != '-' ? strlen(*word)
							       : 1; /* "-vvv" is three */
	a.given = calloc(room, sizeof(*a.given));
	a.words = calloc(room, sizeof(*a.words));
	if (a.given == NULL || a.words == NULL) {
		arguments_release(&a);
		return fail(f, ENOMEM, "read the options");
	}
	if (argc > 0 && argument_shell_name(argv[0]) != NULL)
		a.verb = VERB_SH;
	if ((a.verb == VERB_SH ? parse_script : parse_all)(&c, &a, f) < 0) {
		arguments_release(&a);
		return -1;
	}
	*ret = a;
	return 0;
}

void arguments_release(struct arguments *arguments)
{
	free(arguments->given);
	free(arguments->words);
	arguments->given = NULL;
	arguments->words = NULL;
	arguments->words_count = 0;
	arguments->given_count = 0;
}
