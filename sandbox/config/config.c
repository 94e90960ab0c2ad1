/* The layers, each over the one before: defaults, /etc, the user's file, --config,
 * the command line. Values become settings in setting.c alone.
 */
#include "sandbox/config/config.h"

#include "sandbox/base/own.h"
#include "sandbox/config/arguments.h"
#include "sandbox/config/configfile.h"
#include "sandbox/config/request.h"
#include "sandbox/config/setting.h"
#include "sandbox/docker/policy.h"
#include "sandbox/privilege/identity.h"

#include <string.h>

#define SYSTEM_FILE "/etc/cofferdam/%s.json"
#define USER_FILE   "cofferdam/%s.json"
#define SHELL_NAME  "cofferdam-sh"

static int set_defaults(struct config *config, struct failure *f)
{
	char name[ARGUMENT_NAME_SIZE];

	config->limits = limits_none;
	for (size_t i = 0; i < option_count; i++) {
		const struct origin origin = { argument_name(&options[i], name), false };

		if (options[i].initial != NULL &&
			setting_set(&options[i], &origin, options[i].initial, config, f) < 0)
			return -1;
	}
	return 0;
}

static int read_system_file(
	const char *root, const char *name, struct config *config, struct failure *f)
{
	own_mem char *path = NULL;

	if (asprintf(&path, "%s" SYSTEM_FILE, root, name) < 0) {
		path = NULL;
		return fail(f, ENOMEM, "name the configuration");
	}
	return configfile_read(path, CONFIGFILE_SYSTEM, NULL, config, f);
}

/* A relative directory in either variable is ignored, as the XDG specification has
 * it. The user database is not asked: that would load its plug-ins in every run. */
static int read_user_file(const char *name, struct config *config, struct failure *f)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	own_mem char *path = NULL;
	int length = 0;

	if (xdg != NULL && xdg[0] == '/')
		length = asprintf(&path, "%s/" USER_FILE, xdg, name);
	else if (home != NULL && home[0] == '/')
		length = asprintf(&path, "%s/.config/" USER_FILE, home, name);
	if (length < 0) {
		path = NULL;
		return fail(f, ENOMEM, "name the configuration");
	}
	return path == NULL ? 0 : configfile_read(path, CONFIGFILE_USER, NULL, config, f);
}

/* Root may name any file, which is not to say that the builder may have it: it is opened
 * with the rights of whom the sandbox runs as, by what is said of that so far. */
static int read_named_file(const struct arguments *a, struct config *config, struct failure *f)
{
	const char *path = NULL, *run_as = config->run_as;
	struct identity who;

	for (size_t i = 0; i < a->given_count; i++) {
		if (a->given[i].option->type == OPTION_CONFIG)
			path = a->given[i].value;
		if (strcmp(a->given[i].option->name, "run-as") == 0)
			run_as = a->given[i].value;
	}
	if (path == NULL)
		return 0;
	if (path[0] == '\0')
		return fail(f, 0, "--config: it is empty");
	if (identity_find(run_as, &who, f) < 0)
		return -1;
	return configfile_read(path, CONFIGFILE_NAMED, &who, config, f);
}

static int apply_flags(const struct arguments *a, struct config *config, struct failure *f)
{
	char name[ARGUMENT_NAME_SIZE];

	for (size_t i = 0; i < a->given_count; i++) {
		const struct option *option = a->given[i].option;
		const struct origin origin = { argument_name(option, name), false };

		if (option->type == OPTION_CONFIG || option->type == OPTION_HELP)
			continue;
		if (setting_give(option, &origin, a->given[i].value, config, f) < 0)
			return -1;
	}
	return 0;
}

/* Not of files: a host's configuration may name its engine for the runs that want one. */
static int check_docker(const struct arguments *a, const struct config *config, struct failure *f)
{
	if (config->docker == DOCKER_RAW && !config->raw_docker_is_root) {
		fail(f, 0, "--docker raw is root on the host: whatever the build asks is done");
		return fail_remedy(f, "give --docker build or --docker run; or, if you mean it, "
				      "--i-know-raw-docker-is-root as well");
	}
	if (config->docker != DOCKER_OFF || a->verb == VERB_GC || a->verb == VERB_DISK)
		return 0;
	for (size_t i = 0; i < a->given_count; i++) {
		const struct option *option = a->given[i].option;

		if (option->group != GROUP_DOCKER || option->type == OPTION_LEVEL)
			continue;
		fail(f, 0, "--%s without --docker: there is no Docker socket in this run",
			option->name);
		return fail_remedy(
			f, "give --docker build as well, or leave --%s out", option->name);
	}
	return 0;
}

/* Nor is this of files: they may say by what rules, for whenever it is asked for. */
static int check_images(const struct arguments *a, const struct config *config, struct failure *f)
{
	if (a->verb != VERB_GC || config->images)
		return 0;
	for (size_t i = 0; i < a->given_count; i++) {
		const struct option *option = a->given[i].option;

		/* What a run takes too is of our own store. */
		if (option->group != GROUP_HOUSE || strcmp(option->name, "images") == 0 ||
			(option->verbs & VERB_BIT(VERB_RUN)) != 0)
			continue;
		fail(f, 0, "--%s without --images: no image is removed", option->name);
		return fail_remedy(f, "give --images as well, or leave --%s out", option->name);
	}
	return 0;
}

/* What SHELL names inside, where that is there: /bin/sh is in any root that has a shell. */
static int take_shell(struct config *config, struct failure *f)
{
	static const char *const words[] = { "/bin/sh", "-c",
		"command -v \"$SHELL\" >/dev/null 2>&1 && exec \"$SHELL\"; exec /bin/sh" };

	config->shell = true;
	strings_release(&config->command);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strings_add(&config->command, words[i], f) < 0)
			return -1;
	return 0;
}

static int apply_words(const struct arguments *a, struct config *config, struct failure *f)
{
	if (a->source != NULL) {
		config->source = strdup(a->source);
		if (config->source == NULL)
			return fail(f, ENOMEM, "copy a word");
	}
	config->string = a->string;
	for (size_t i = 0; i < a->words_count; i++)
		if (strings_add(i < a->flags_count ? &config->flags : &config->words, a->words[i],
			    f) < 0)
			return -1;
	if (a->verb == VERB_SHELL && a->command == NULL)
		return take_shell(config, f);
	if (a->command == NULL)
		return 0;
	strings_release(&config->command);
	for (size_t i = 0; i < a->command_count; i++)
		if (strings_add(&config->command, a->command[i], f) < 0)
			return -1;
	return 0;
}

/* By what name a shell is called is said where its other settings could not be. */
static const char *shell_file(const struct arguments *a, const char *argv0)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";
	const char *name = argv0 != NULL ? argument_shell_name(argv0) : NULL;

	if (a->verb != VERB_SH)
		return NULL;
	if (name == NULL || name[0] == '-' || name[0] == '.' || name[strspn(name, plain)] != '\0')
		return SHELL_NAME;
	return name;
}

/* What a stage of a runner's job is for decides what it may reach; one that has no row is the
 * job's own script, which may reach least. */
static const char *stage_file(const struct arguments *a)
{
	static const struct {
		const char *stage, *file;
	} rows[] = {
		{ "get_sources", "gitlab-git" },
		{ "restore_cache", "gitlab-artifacts" },
		{ "download_artifacts", "gitlab-artifacts" },
		{ "archive_cache", "gitlab-artifacts" },
		{ "archive_cache_on_failure", "gitlab-artifacts" },
		{ "upload_artifacts_on_success", "gitlab-artifacts" },
		{ "upload_artifacts_on_failure", "gitlab-artifacts" },
	};

	if (a->words_count < 3)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].stage, a->words[2]) == 0)
			return rows[i].file;
	return "gitlab-script";
}

static const char *further_file(const struct arguments *a, const char *argv0)
{
	return a->verb == VERB_GITLAB ? stage_file(a) : shell_file(a, argv0);
}

/* own: the name of the file that `sh` and the like read as well, or NULL. */
static int read_layers(const char *root, const char *own, const struct arguments *a,
	struct config *config, struct failure *f)
{
	if (set_defaults(config, f) < 0)
		return -1;
	if (a->verb == VERB_HELP || a->verb == VERB_VERSION)
		return 0;
	if (read_system_file(root, "config", config, f) < 0 ||
		(own != NULL && read_system_file(root, own, config, f) < 0) ||
		read_user_file("config", config, f) < 0 ||
		(own != NULL && read_user_file(own, config, f) < 0) ||
		read_named_file(a, config, f) < 0)
		return -1;
	if (apply_flags(a, config, f) < 0 || check_docker(a, config, f) < 0 ||
		check_images(a, config, f) < 0)
		return -1;
	return apply_words(a, config, f);
}

int config_read_below(const char *root, int argc, char *const argv[], enum verb *ret_verb,
	enum verb *ret_topic, struct config *ret, struct failure *f)
{
	struct config config = { .source = NULL };
	struct arguments arguments;
	int result;

	*ret = config;
	if (arguments_parse(argc, argv, &arguments, f) < 0)
		return fail_step(f, "launcher: read the options");
	result = read_layers(root, further_file(&arguments, argv[0]), &arguments, &config, f);
	arguments_release(&arguments);
	if (result < 0) {
		config_release(&config);
		return fail_step(f, "launcher: read the options");
	}
	*ret_verb = arguments.verb;
	*ret_topic = arguments.topic;
	*ret = config;
	return 0;
}

int config_read(int argc, char *const argv[], enum verb *ret_verb, enum verb *ret_topic,
	struct config *ret, struct failure *f)
{
	return config_read_below("", argc, argv, ret_verb, ret_topic, ret, f);
}

void config_hide_secrets(int argc, char *argv[])
{
	static const char *const schemes[] = { "http://", "https://" };

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		for (size_t k = 0; k < ARRAY_LEN(schemes); k++) {
			size_t n = strlen(schemes[k]);
			char *authority = argv[i] + n, *at;

			if (strncasecmp(argv[i], schemes[k], n) != 0)
				continue;
			/* As source_parse() has it: the last '@' before the path. */
			at = memrchr(authority, '@', strcspn(authority, "/"));
			if (at != NULL)
				memset(authority, '*', (size_t)(at - authority));
		}
}

const char *config_report_path(int argc, char *const argv[])
{
	static const char flag[] = "--report";
	const size_t length = sizeof(flag) - 1;
	const char *path = NULL;

	if (argc < 2 || (strcmp(argv[1], "run") != 0 && strcmp(argv[1], "shell") != 0))
		return NULL;
	for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], flag, length) != 0)
			continue;
		if (argv[i][length] == '=')
			path = argv[i] + length + 1;
		else if (argv[i][length] == '\0' && i + 1 < argc && argv[i + 1][0] != '-')
			path = argv[++i];
	}
	return path != NULL && path[0] != '\0' && !setting_names_stream(path) ? path : NULL;
}

void config_release(struct config *config)
{
	for (size_t i = 0; i < option_count; i++) {
		if (options[i].type == OPTION_TEXT)
			free(*(char **)((char *)config + options[i].offset));
		else if (option_is_list(&options[i]))
			setting_clear(&options[i], config);
	}
	strings_release(&config->command);
	strings_release(&config->words);
	strings_release(&config->flags);
	strings_release(&config->artifacts_offered);
	own_secret_end(&config->source); /* may hold a password */
	*config = (struct config){ .source = NULL };
}

static bool net_is_whole(const struct repo_request *r)
{
	if ((r->present & REPO_NET) == 0)
		return r->net_length == 0;
	return r->net_length > 0 && r->net_length <= sizeof(r->net) &&
	       memchr(r->net, '\0', r->net_length) == r->net + r->net_length - 1;
}

/* The fetcher parses a stranger's bytes: nothing that it sends is believed. */
static int check_request(const struct repo_request *r, struct failure *f)
{
	uint32_t known = REPO_COMMAND | REPO_ARTIFACTS | REPO_NET, words = 0;

	for (size_t i = 0; i < REQUEST_KEYS; i++) {
		const struct request_key *key = &request_keys[i];

		known |= key->field;
		if ((r->present & key->field) != 0 &&
			!number_in_range(&key->range, number_load(r, key->offset, key->width)))
			return fail(f, 0, "the fetcher sent %s out of its range", key->name);
	}
	if ((r->present & ~known) != 0 || r->offers_length > REPO_OFFERS_BYTES ||
		(r->offers_length > 0 && r->offers[r->offers_length - 1] != '\0') ||
		r->reserved != 0 || !net_is_whole(r))
		return fail(f, 0, "the fetcher sent a request of an unknown form");
	if ((r->present & REPO_COMMAND) == 0)
		return 0;
	if (r->command_length < 2 || r->command_length > REPO_COMMAND_BYTES ||
		r->command[0] == '\0' || r->command[r->command_length - 1] != '\0')
		return fail(f, 0, "the fetcher sent a command of an unknown form");
	for (uint32_t i = 0; i < r->command_length; i++)
		words += r->command[i] == '\0';
	if (words != r->words || words > REPO_COMMAND_WORDS)
		return fail(f, 0, "the fetcher sent a command of an unknown form");
	return 0;
}

static int refuse_wider(
	const struct request_key *key, uint64_t asked, uint64_t allowed, struct failure *f)
{
	char asked_text[NUMBER_TEXT_SIZE], allowed_text[NUMBER_TEXT_SIZE];

	number_format(&key->range, asked, asked_text);
	number_format(&key->range, allowed, allowed_text);
	fail(f, 0, ".cofferdam.json: %s: it asks for %s, and %s is allowed", key->name, asked_text,
		allowed_text);
	return fail_remedy(f,
		"a repository may only tighten limits; give --%s=%s yourself if you accept it",
		key->name, asked_text);
}

static int take_command(struct config *config, const struct repo_request *r, struct failure *f)
{
	if ((r->present & REPO_COMMAND) == 0 || config->command.n > 0)
		return 0;
	for (const char *p = r->command; p < r->command + r->command_length; p += strlen(p) + 1)
		if (strings_add(&config->command, p, f) < 0)
			return -1;
	return 0;
}

static int take_offers(struct config *config, const struct repo_request *r, struct failure *f)
{
	if ((r->present & REPO_ARTIFACTS) == 0 || config->artifacts_offered.n > 0)
		return 0;
	for (const char *p = r->offers; p < r->offers + r->offers_length; p += strlen(p) + 1)
		if (strings_add(&config->artifacts_offered, p, f) < 0)
			return -1;
	return 0;
}

static int tighten(struct config *config, const struct repo_request *r, struct failure *f)
{
	struct config tighter = *config;

	if (check_request(r, f) < 0)
		return -1;
	for (size_t i = 0; i < REQUEST_KEYS; i++) {
		const struct request_key *key = &request_keys[i];
		const struct option *option = option_find(key->name, strlen(key->name));
		uint64_t asked = number_load(r, key->offset, key->width), allowed;

		if ((r->present & key->field) == 0)
			continue;
		if (option == NULL)
			return fail(f, 0, "%s: a key without its option", key->name);
		allowed = number_load(config, option->offset, option->width);
		if (number_is_wider(&key->range, asked, allowed))
			return refuse_wider(key, asked, allowed, f);
		number_store(&tighter, option->offset, option->width, asked);
	}
	if (take_command(&tighter, r, f) < 0 || take_offers(&tighter, r, f) < 0) {
		if (config->command.n == 0)
			strings_release(&tighter.command);
		if (config->artifacts_offered.n == 0)
			strings_release(&tighter.artifacts_offered);
		return -1;
	}
	*config = tighter;
	return 0;
}

int config_tighten(struct config *config, const struct repo_request *request, struct failure *f)
{
	if (tighten(config, request, f) < 0)
		return fail_step(f, "launcher: tighten the limits");
	return 0;
}
