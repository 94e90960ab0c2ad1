/* sandbox/completion/completion_generate.c: completion for shells, from the tables of verbs and options,
 * when cofferdam is built.
 *
 *   completion-generate bash|zsh   writes the part that changes to stdout
 *
 * What a shell does with it stands in cofferdam.bash and cofferdam.zsh, which are put behind
 * it. Runs on the machine that builds. It may print and exit.
 */
#include "sandbox/base/own.h"
#include "sandbox/base/walls.h"
#include "sandbox/config/arguments.h"

#include <err.h>
#include <string.h>

/* What may stand where an option's value does. */
enum value {
	VALUE_NONE, /* there is none */
	VALUE_ANY,  /* nothing that a shell could guess */
	VALUE_WORDS,
	VALUE_WALLS,
	VALUE_FILE,
	VALUE_USER,
	VALUE_VARIABLE,
};

static enum value value_of_text(const struct option *option)
{
	switch (option->form) {
	case FORM_FILE:
	case FORM_ROOTFS:
	case FORM_STREAM:
	case FORM_SOCKET:
		return VALUE_FILE;
	case FORM_USER:
		return VALUE_USER;
	case FORM_NETWORK:
		return VALUE_WORDS;
	case FORM_RUN:
	case FORM_PART:
	case FORM_ANY:
	case FORM_LABEL:
		break;
	}
	return VALUE_ANY;
}

static enum value value_of(const struct option *option)
{
	switch (option->type) {
	case OPTION_CHOICE:
	case OPTION_LEVEL:
	case OPTION_NET:
		return VALUE_WORDS;
	case OPTION_WALLS:
		return VALUE_WALLS;
	case OPTION_PATHS:
	case OPTION_BIND:
	case OPTION_CONFIG:
		return VALUE_FILE;
	case OPTION_ENV:
		return VALUE_VARIABLE;
	case OPTION_TEXT:
		return value_of_text(option);
	case OPTION_QUANTITY:
	case OPTION_PATTERN:
	case OPTION_ARTIFACT:
	case OPTION_CACHE:
	case OPTION_SECRET:
	case OPTION_CREDENTIAL:
		return VALUE_ANY;
	case OPTION_SWITCH:
	case OPTION_TALLY:
	case OPTION_HELP:
		break;
	}
	return VALUE_NONE;
}

static bool is_offered(const struct option *option, enum verb verb)
{
	return (option->verbs & VERB_BIT(verb)) != 0;
}

static void print_words(const struct option *option)
{
	if (option->form == FORM_NETWORK)
		fputs("none", stdout);
	else
		for (size_t i = 0; option->words[i] != NULL; i++)
			printf("%s%s", i > 0 ? " " : "", option->words[i]);
}

static void print_walls(const char *between)
{
	const char *before = "";

	for (int i = 0; i < WALL_COUNT; i++)
		if (wall_may_degrade(i)) {
			printf("%s%s", before, wall_infos[i].name);
			before = between;
		}
}

/* ---- bash: two functions of case lists ---- */

static void bash_options(void)
{
	printf("# The options of a verb.\n_cofferdam_options()\n{\n\tcase $1 in\n");
	for (size_t v = 0; v < VERB_INFOS; v++) {
		printf("\t%s) echo '", verb_infos[v].name);
		for (size_t i = 0; i < option_count; i++)
			if (is_offered(&options[i], verb_infos[v].verb))
				printf("--%s ", options[i].name);
		printf("' ;;\n");
	}
	printf("\tesac\n}\n");
}

static void bash_value(const struct option *option)
{
	printf("\t--%s) ", option->name);
	switch (value_of(option)) {
	case VALUE_WORDS:
		fputs(option_needs_value(option) ? "kind=words" : "kind=perhaps", stdout);
		fputs(" words='", stdout);
		print_words(option);
		fputs("'", stdout);
		break;
	case VALUE_WALLS:
		fputs("kind=list words='", stdout);
		print_walls(" ");
		fputs("'", stdout);
		break;
	case VALUE_FILE:
		fputs("kind=file", stdout);
		break;
	case VALUE_USER:
		fputs("kind=user", stdout);
		break;
	case VALUE_VARIABLE:
		fputs("kind=variable", stdout);
		break;
	case VALUE_ANY:
	case VALUE_NONE:
		fputs("kind=any", stdout);
		break;
	}
	fputs(" ;;\n", stdout);
}

static void bash_print(void)
{
	printf("\n_cofferdam_verbs='");
	for (size_t v = 0; v < VERB_INFOS; v++)
		printf("%s%s", v > 0 ? " " : "", verb_infos[v].name);
	printf("'\n\n# Those that take SOURCE and COMMAND.\n_cofferdam_builders=' ");
	for (size_t v = 0; v < VERB_INFOS; v++)
		if (verb_infos[v].takes == TAKES_SOURCE)
			printf("%s ", verb_infos[v].name);
	printf("'\n\n# Those that take words, each of which may be a file.\n_cofferdam_readers=' ");
	for (size_t v = 0; v < VERB_INFOS; v++)
		if (verb_infos[v].takes == TAKES_WORDS)
			printf("%s ", verb_infos[v].name);
	printf("'\n\n# Those that take a script and its arguments.\n_cofferdam_shells=' ");
	for (size_t v = 0; v < VERB_INFOS; v++)
		if (verb_infos[v].takes == TAKES_SCRIPT)
			printf("%s ", verb_infos[v].name);
	printf("'\n\n");
	bash_options();
	printf("\n# What the value of an option is: sets kind and words, neither if it has none.\n"
	       "_cofferdam_value()\n{\n\tkind='' words=''\n\tcase $1 in\n");
	for (size_t i = 0; i < option_count; i++)
		if (value_of(&options[i]) != VALUE_NONE)
			bash_value(&options[i]);
	printf("\tesac\n}\n\n");
}

/* ---- zsh: one array of _arguments' specifications for each verb ---- */

/* Inside single quotes; the characters that a specification reads itself get a backslash. */
static void zsh_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_action(const struct option *option)
{
	switch (value_of(option)) {
	case VALUE_WORDS:
		putchar('(');
		print_words(option);
		putchar(')');
		break;
	case VALUE_WALLS:
		fputs("_values -s , wall ", stdout);
		print_walls(" ");
		break;
	case VALUE_FILE:
		fputs("_files", stdout);
		break;
	case VALUE_USER:
		fputs("_users", stdout);
		break;
	case VALUE_VARIABLE:
		fputs("_parameters -g \"*export*\"", stdout);
		break;
	case VALUE_ANY:
	case VALUE_NONE:
		putchar(' ');
		break;
	}
}

static void zsh_option(const struct option *option)
{
	bool repeats = option_is_list(option) || option->type == OPTION_TALLY;
	enum value value = value_of(option);

	if (option->letter != 0) {
		printf("\t'%s-%c[", repeats ? "*" : "", option->letter);
		zsh_text(option->help);
		printf("]'\n");
	}
	printf("\t'%s--%s%s[", repeats ? "*" : "", option->name, value != VALUE_NONE ? "=" : "");
	zsh_text(option->help);
	putchar(']');
	if (value != VALUE_NONE) {
		fputs(option_needs_value(option) ? ":" : "::", stdout);
		zsh_text(option->argument);
		putchar(':');
		zsh_action(option);
	}
	printf("'\n");
}

static void zsh_print(void)
{
	printf("\nlocal -a cofferdam_verbs=(\n");
	for (size_t v = 0; v < VERB_INFOS; v++) {
		printf("\t'%s:", verb_infos[v].name);
		zsh_text(verb_infos[v].summary);
		printf("'\n");
	}
	printf(")\n\n");
	for (size_t v = 0; v < VERB_INFOS; v++) {
		printf("local -a cofferdam_");
		for (const char *p = verb_infos[v].name; *p != '\0'; p++)
			putchar(*p == '-' ? '_' : *p);
		printf("=(\n");
		for (size_t i = 0; i < option_count; i++)
			if (is_offered(&options[i], verb_infos[v].verb))
				zsh_option(&options[i]);
		if (verb_infos[v].takes == TAKES_SOURCE)
			printf("\t'1:SOURCE:_cofferdam_source'\n\t'*::COMMAND:_cofferdam_command'\n");
		if (verb_infos[v].takes == TAKES_STAGE)
			printf("\t'1:call:(config prepare run cleanup)'\n\t'*:word:_files'\n");
		if (verb_infos[v].takes == TAKES_SCRIPT)
			printf("\t'1:SCRIPT:_files'\n\t'*:ARG:_files'\n");
		if (verb_infos[v].takes == TAKES_WORDS)
			printf("\t'1:what to do:(merge)'\n\t'*:DIR:_files'\n");
		printf(")\n\n");
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "bash") == 0)
		bash_print();
	else if (argc == 2 && strcmp(argv[1], "zsh") == 0)
		zsh_print();
	else
		errx(2, "for which shell: bash or zsh?");
	return fflush(stdout) == 0 ? 0 : 1;
}
