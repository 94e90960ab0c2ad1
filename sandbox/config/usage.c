#include "sandbox/config/usage.h"

#include "sandbox/base/own.h"
#include "sandbox/config/arguments.h"

#include <string.h>

#define HELP_COLUMN 32
#define WIDTH       96

/* Break text at spaces; column is where the cursor stands. */
static void print_wrapped(FILE *out, const char *text, size_t column)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		if (column > HELP_COLUMN) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)n, text);
		column += n;
		text += n + (text[n] == ' ');
	}
	fputc('\n', out);
}

static void print_option(FILE *out, const struct option *option)
{
	char left[64], help[240];
	const char *repeated = option_is_list(option) ? "; may be repeated" : "";

	snprintf(left, sizeof(left), option->letter != 0 ? "  -%c, --%s%s%s" : "  %c   --%s%s%s",
		option->letter != 0 ? option->letter : ' ', option->name,
		option->argument != NULL ? " " : "",
		option->argument != NULL ? option->argument : "");
	if (option->initial != NULL)
		snprintf(help, sizeof(help), "%s%s [%s]", option->help, repeated, option->initial);
	else
		snprintf(help, sizeof(help), "%s%s", option->help, repeated);
	fprintf(out, "%-*s", HELP_COLUMN, left);
	if (strlen(left) >= HELP_COLUMN)
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	print_wrapped(out, help, HELP_COLUMN);
}

static bool group_has_options(enum option_group group, enum verb verb)
{
	for (size_t i = 0; i < option_count; i++)
		if (options[i].group == group && (options[i].verbs & VERB_BIT(verb)) != 0)
			return true;
	return false;
}

static void print_groups(FILE *out, enum verb verb)
{
	for (enum option_group group = 0; group < GROUP_COUNT; group++) {
		if (!group_has_options(group, verb))
			continue;
		fprintf(out, "\n%s:\n", option_group_titles[group]);
		for (size_t i = 0; i < option_count; i++)
			if (options[i].group == group && (options[i].verbs & VERB_BIT(verb)) != 0)
				print_option(out, &options[i]);
	}
}

static void print_tightenable(FILE *out)
{
	bool first = true;

	for (size_t i = 0; i < option_count; i++)
		if (option_is_tightenable(&options[i])) {
			fprintf(out, "%s%s", first ? "" : ", ", options[i].name);
			first = false;
		}
}

static void print_run_notes(FILE *out)
{
	fputs("\nSOURCE is https://, http://, ssh://, git://, file://, user@host:path or a local path,\n"
	      "with #REF (branch, tag or commit, or older: main~2) behind it if wanted; none is an empty /app.\n"
	      "A local path that has a '#' in it is written PATH#HEAD; one with a ':' is written ./PATH.\n"
	      "\nOptions are --NAME VALUE or --NAME=VALUE, before or after SOURCE; given twice, the last\n"
	      "counts, and lists grow. SIZE takes K, M, G or T (powers of 1024). COMMAND stands after --;\n"
	      "without it the key \"command\" of the configuration or of the repository is run.\n"
	      "\nConfiguration is JSON with the options' names as keys, read from\n"
	      "/etc/cofferdam/config.json, $XDG_CONFIG_HOME/cofferdam/config.json and --config FILE; later\n"
	      "wins, options last. The repository's .cofferdam.json may only name command and tighten\n",
		out);
	print_tightenable(out);
	fputs(".\n"
	      "\nLimits and labels depend on the host: asked for by an option or key they are required, and\n"
	      "a host that cannot set them fails the run; --allow-degraded accepts the next best thing.\n"
	      "\nExit code: COMMAND's own, and\n"
	      "  128+N  it died of signal N\n"
	      "  124    the time limit\n"
	      "  125    cofferdam could not do what was asked: usage, fetch, a wall, a limit;\n"
	      "         or output of COMMAND could not be delivered\n"
	      "  126    COMMAND was found but could not be run\n"
	      "  127    COMMAND was not found\n"
	      "The report tells them apart from the same codes of COMMAND's own.\n"
	      "\nStreams: stdout and stderr are COMMAND's, byte for byte. Words of cofferdam's own go to\n"
	      "stderr with a prefix; --quiet silences them. With a terminal on stdin COMMAND gets a\n"
	      "terminal of its own.\n",
		out);
}

static const struct {
	enum verb verb;
	const char *line, *purpose;
} examples[] = {
	{ VERB_RUN, "run https://example.org/project.git#v1.2 -- make", "a tag" },
	{ VERB_RUN, "run --memory 4G --report r.json ~/src/project -- ./build.sh", "a local one" },
	{ VERB_RUN, "run --net allow:npm . -- npm ci", "with hosts to fetch from" },
	{ VERB_RUN, "run none -- bash", "a shell in a sandbox" },
	{ VERB_SHELL, "shell ~/src/project", "to look around in it" },
	{ VERB_SHELL, "shell --env SHELL=/bin/bash none", "another shell" },
	{ VERB_SH, "sh --net allow:npm build.sh", "a script" },
	{ VERB_SH, "sh -e -c 'make && make check'", "a string" },
	{ VERB_GITLAB, "gitlab-executor --state /srv/jobs config", "at config_args" },
	{ VERB_DOCTOR, "doctor --json", "for programs" },
	{ VERB_SELFTEST, "selftest --strict", "with every wall required" },
	{ VERB_EXPLAIN, "explain --full --docker none -- true", "all of it" },
	{ VERB_GC, "gc --dry-run", "what would go" },
	{ VERB_PS, "ps --json", "for programs" },
	{ VERB_REPORT, "report merge --junit reports/", "for a CI system" },
	{ VERB_DISK, "disk --warn 80% --crit 95%", "as a monitoring plugin" },
};

static void print_examples(FILE *out, enum verb topic)
{
	const char *title = "\nExamples:\n";

	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		if (examples[i].verb == topic) {
			fprintf(out, "%s  cofferdam %-60s # %s\n", title, examples[i].line,
				examples[i].purpose);
			title = "";
		}
}

static void print_overview(FILE *out)
{
	fputs("cofferdam builds a stranger's repository behind every wall that Linux gives a user.\n\n"
	      "Usage:\n",
		out);
	for (size_t i = 0; i < VERB_INFOS; i++)
		fprintf(out, "  cofferdam %s%s%s\n        %s\n", verb_infos[i].name,
			verb_infos[i].synopsis[0] != '\0' ? " " : "", verb_infos[i].synopsis,
			verb_infos[i].summary);
	fputs("\nFor the options of a verb: cofferdam VERB --help\n", out);
}

void config_usage(enum verb topic, FILE *out)
{
	const struct verb_info *verb = verb_info_find(topic);

	if (verb->verb == VERB_HELP) {
		print_overview(out);
		return;
	}
	fprintf(out, "Usage: cofferdam %s%s%s\n%s\n", verb->name,
		verb->synopsis[0] != '\0' ? " " : "", verb->synopsis, verb->summary);
	print_groups(out, topic);
	if (verb->takes == TAKES_SOURCE)
		print_run_notes(out);
	print_examples(out, topic);
}
