#include "sandbox/config/setting.h"

#include "sandbox/base/own.h"
#include "sandbox/config/artifact_word.h"
#include "sandbox/config/cache_word.h"
#include "sandbox/config/credential_word.h"
#include "sandbox/config/secret_word.h"
#include "sandbox/docker/reference.h"
#include "sandbox/net/net_rule.h"
#include "sandbox/rootfs/rootfs_word.h"

#include <stdio.h>
#include <string.h>

#define DESCRIPTOR_MAX 1048576 /* fs.nr_open */

int strings_add(struct strings *strings, const char *text, struct failure *f)
{
	char **grown = reallocarray(strings->v, strings->n + 2, sizeof(*grown));

	if (grown == NULL)
		return fail(f, ENOMEM, "grow a list");
	strings->v = grown;
	grown[strings->n] = strdup(text);
	if (grown[strings->n] == NULL)
		return fail(f, ENOMEM, "copy a word");
	grown[++strings->n] = NULL;
	return 0;
}

void strings_release(struct strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		free(strings->v[i]);
	free(strings->v);
	*strings = (struct strings){ NULL, 0 };
}

static void *field(const struct option *option, struct config *config)
{
	return (char *)config + option->offset;
}

static int set_switch(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	if (word != NULL && strcmp(word, "true") != 0 && strcmp(word, "false") != 0) {
		fail(f, 0, "%s: '%.60s' is neither true nor false", origin->name, word);
		return fail_remedy(f, "give true or false, or the option alone");
	}
	*(bool *)field(option, config) = word == NULL || word[0] == 't';
	return 0;
}

static int set_tally(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	uint32_t *count = field(option, config);
	uint64_t value = *count + 1;

	if (word != NULL && number_parse_range(origin->name, word, &option->range, &value, f) < 0)
		return -1;
	*count = value > option->range.max ? (uint32_t)option->range.max : (uint32_t)value;
	return 0;
}

static int set_quantity(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	uint64_t value;

	if (number_parse_range(origin->name, word, &option->range, &value, f) < 0)
		return -1;
	number_store(config, option->offset, option->width, value);
	return 0;
}

bool setting_names_stream(const char *word)
{
	return strcmp(word, "-") == 0 ||
	       (strncmp(word, "fd:", 3) == 0 && word[3 + strspn(word + 3, "0123456789")] == '\0');
}

static int refuse_stream(
	const struct origin *origin, const char *word, bool takes_fd, struct failure *f)
{
	fail(f, 0, "%s: '%.60s' is no file", origin->name, word);
	return fail_remedy(f,
		"give a file, /dev/stderr too, or ./%.60s if one of that name is meant%s", word,
		takes_fd ? "; fd:N is a stream of ours" : "");
}

static int check_path(const struct origin *origin, const char *word, struct failure *f)
{
	if (setting_names_stream(word))
		return refuse_stream(origin, word, false, f);
	if (!origin->in_file || word[0] == '/')
		return 0;
	fail(f, 0, "%s: '%.60s' is not an absolute path", origin->name, word);
	return fail_remedy(f,
		"a configuration file is read from any directory, so paths in it begin "
		"with '/'");
}

static int check_stream(const struct origin *origin, const char *word, struct failure *f)
{
	uint64_t descriptor;

	if (strcmp(word, "-") == 0)
		return refuse_stream(origin, word, true, f);
	if (strncmp(word, "fd:", 3) != 0)
		return check_path(origin, word, f);
	if (origin->in_file) {
		fail(f, 0, "%s: a file cannot name a descriptor", origin->name);
		return fail_remedy(f, "give fd:N on the command line, or a path here");
	}
	return number_parse(origin->name, word + 3, 0, DESCRIPTOR_MAX, &descriptor, f);
}

static bool is_user_name(const char *word)
{
	if ((word[0] >= '0' && word[0] <= '9') || word[0] == '-' || strcmp(word, "root") == 0)
		return false;
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '/' || *p == ':')
			return false;
	return true;
}

static bool is_user_pair(const char *word)
{
	size_t length = strcspn(word, ":");
	char uid[16];
	struct failure f;
	uint64_t id;

	if (length >= sizeof(uid) || word[length] != ':')
		return false;
	memcpy(uid, word, length);
	uid[length] = '\0';
	/* The last id, 2^32 - 1, means "leave as it is" to setresuid(2). */
	return number_parse("uid", uid, 1, UINT32_MAX - 1, &id, &f) == 0 &&
	       number_parse("gid", word + length + 1, 1, UINT32_MAX - 1, &id, &f) == 0;
}

static int check_user(const struct origin *origin, const char *word, struct failure *f)
{
	if (is_user_name(word) || is_user_pair(word))
		return 0;
	fail(f, 0, "%s: '%.60s' is not someone that a build may run as", origin->name, word);
	return fail_remedy(f, "give a user's name or UID:GID in numbers, not root and not group 0");
}

static int check_part(const struct origin *origin, const char *word, struct failure *f)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	if (word[0] != '.' && word[0] != '-' && word[strspn(word, allowed)] == '\0' &&
		strlen(word) <= 100)
		return 0;
	fail(f, 0, "%s: '%.60s' is not the name of one directory", origin->name, word);
	return fail_remedy(f, "letters, digits, and . _ - + behind the first of them");
}

static int check_label(const struct origin *origin, const char *word, struct failure *f)
{
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *word == ' ' || *word == '-')
			return fail(f, 0, "%s: '%.60s' is not a name of a profile or label",
				origin->name, word);
	return 0;
}

static int check_socket(const struct origin *origin, const char *word, struct failure *f)
{
	if (strncmp(word, "unix://", 7) == 0)
		word += 7;
	if (word[0] == '/')
		return 0;
	fail(f, 0, "%s: '%.60s' is not a Unix socket", origin->name, word);
	return fail_remedy(f, strstr(word, "://") != NULL
				      ? "Unix sockets only: give unix:///PATH, and reach another "
					"host's engine by forwarding its socket (ssh -L)"
				      : "give unix:///PATH or /PATH");
}

/* By name alone: what Docker reads otherwise than as a name is somebody's namespace. */
static int check_network(const struct origin *origin, const char *word, struct failure *f)
{
	static const char *const refused[] = { "host", "default", "container", "ns", "private",
		"slirp4netns", "pasta" };
	size_t n =
		strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	bool bad = word[n] != '\0' || n > 128 || strchr("_.-", word[0]) != NULL;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		bad = bad || strcmp(word, refused[i]) == 0;
	if (!bad)
		return 0;
	fail(f, 0, "%s: '%.60s' is not the name of a network", origin->name, word);
	return fail_remedy(f, "give none, bridge, or the name of a network of the engine; a "
			      "namespace of the host or of a container is never given");
}

static int check_rootfs(const struct origin *origin, const char *word, struct failure *f)
{
	struct rootfs_word rootfs;

	return rootfs_word_parse(origin->name, word, &rootfs, f) < 0
		       ? -1
		       : check_path(origin, rootfs.path, f);
}

static int check_form(
	enum option_form form, const struct origin *origin, const char *word, struct failure *f)
{
	if (word[0] == '\0')
		return fail(f, 0, "%s: it is empty", origin->name);
	switch (form) {
	case FORM_ANY:
		return 0;
	case FORM_FILE:
		return check_path(origin, word, f);
	case FORM_STREAM:
		return check_stream(origin, word, f);
	case FORM_USER:
		return check_user(origin, word, f);
	case FORM_PART:
		return check_part(origin, word, f);
	case FORM_LABEL:
		return check_label(origin, word, f);
	case FORM_SOCKET:
		return check_socket(origin, word, f);
	case FORM_ROOTFS:
		return check_rootfs(origin, word, f);
	case FORM_RUN:
		return origin->in_file ? fail(f, 0, "%s: this cannot stand in a file", origin->name)
				       : 0;
	case FORM_NETWORK:
		return check_network(origin, word, f);
	}
	return fail(f, 0, "%s: a form without a check", origin->name);
}

static int set_text(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	char **text = field(option, config), *copy;

	if (check_form(option->form, origin, word, f) < 0)
		return -1;
	if (option->form == FORM_SOCKET && strncmp(word, "unix://", 7) == 0)
		word += 7;
	copy = strdup(word);
	if (copy == NULL)
		return fail(f, ENOMEM, "copy a word");
	free(*text);
	*text = copy;
	return 0;
}

/* "off, build, run, raw" */
static void list_words(const char *const *words, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; words[i] != NULL && used < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", i == 0 ? "" : ", ", words[i]);
}

static int refuse_choice(const struct option *option, const struct origin *origin, const char *word,
	struct failure *f)
{
	char words[200];

	list_words(option->words, words, sizeof(words));
	fail(f, 0, "%s: '%.60s' is not one of its words", origin->name, word);
	return fail_remedy(f, "give one of: %s", words);
}

static int set_choice(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	if (word == NULL)
		word = option->words[1]; /* a level; other choices never stand alone */
	for (unsigned i = 0; option->words[i] != NULL; i++)
		if (strcmp(option->words[i], word) == 0) {
			number_store(config, option->offset, option->width, i);
			return 0;
		}
	return refuse_choice(option, origin, word, f);
}

/* Absolute and plain: what the builder sees at DST is what DST says. */
static bool destination_is_plain(const char *path)
{
	if (path[0] != '/' || path[1] == '\0')
		return false;
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') ||
			(n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += n;
	}
	return true;
}

static int set_paths(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	if (check_form(FORM_FILE, origin, word, f) < 0)
		return -1;
	return strings_add(field(option, config), word, f);
}

static int set_bind(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	const char *colon = strrchr(word, ':');

	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return fail(
				f, 0, "%s: '%.60s' has a control character", origin->name, word);
	if (colon == NULL || colon == word || !destination_is_plain(colon + 1)) {
		fail(f, 0, "%s: '%.100s' is not SRC:DST", origin->name, word);
		return fail_remedy(f,
			"give a path of the host, a colon and an absolute path without . "
			"and .. and without a slash at its end, such as /opt/sdk:/opt/sdk");
	}
	if (check_path(origin, word, f) < 0)
		return -1;
	return strings_add(field(option, config), word, f);
}

static int set_pattern(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	if (reference_pattern_check(origin->name, word, f) < 0)
		return -1;
	return strings_add(field(option, config), word, f);
}

/* RULES but for the files, which are read as who the sandbox runs as: later. */
static int check_rules(const struct origin *origin, const char *rules, struct failure *f)
{
	struct net_rules parsed = { 0 };
	int result = 0;

	for (const char *at = rules; result == 0; at++) {
		size_t n = strcspn(at, ",");
		own_mem char *rule = strndup(at, n);

		if (rule == NULL)
			result = fail(f, ENOMEM, "copy a rule");
		else if (rule[0] == '@')
			result = check_path(origin, rule + 1, f);
		else
			result = net_rules_add(&parsed, origin->name, rule, f);
		at += n;
		if (*at == '\0')
			break;
	}
	net_rules_release(&parsed);
	return result;
}

static int set_net(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	static const char allow[] = "allow:";

	if (strcmp(word, "none") == 0 || strcmp(word, "full") == 0) {
		strings_release(field(option, config));
		config->net_full = word[0] == 'f';
		return 0;
	}
	if (strncmp(word, allow, sizeof(allow) - 1) != 0) {
		fail(f, 0, "%s: '%.60s' is neither none nor allow:HOST nor full", origin->name,
			word);
		return fail_remedy(f,
			"give none, allow:HOST[:PORT[-PORT]], allow:*.DOMAIN, allow:@FILE, "
			"a set of hosts such as allow:npm, or full");
	}
	if (check_rules(origin, word + sizeof(allow) - 1, f) < 0)
		return -1;
	config->net_full = false;
	return strings_add(field(option, config), word + sizeof(allow) - 1, f);
}

static int set_artifact(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	struct artifact_word parsed;

	if (artifact_word_parse(origin->name, word, "/app", &parsed, f) < 0)
		return -1;
	if (origin->in_file && !parsed.to_stdout &&
		check_path(origin, parsed.destination != NULL ? parsed.destination : "./", f) < 0)
		return -1;
	return strings_add(field(option, config), word, f);
}

static int set_cache(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	struct cache_word parsed;

	if (cache_word_parse(origin->name, word, &parsed, f) < 0)
		return -1;
	return strings_add(field(option, config), word, f);
}

/* The word is never quoted: who forgets what it is for gives the secret itself. */
static int set_secret(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	struct secret_word parsed;

	if (secret_word_parse(origin->name, word, &parsed, f) < 0)
		return -1;
	if (parsed.target != NULL && origin->in_file && parsed.target[0] != '/') {
		fail(f, 0, "%s: %s is not of an absolute path", origin->name, parsed.name);
		return fail_remedy(
			f, "give NAME=/PATH or NAME=env:VAR here, and fd:N on the command line");
	}
	if (parsed.target != NULL && check_stream(origin, parsed.target, f) < 0)
		return -1;
	return strings_add(field(option, config), word, f);
}

/* Nor is this one. */
static int set_credential(const struct option *option, const struct origin *origin,
	const char *word, struct config *config, struct failure *f)
{
	struct credential_word parsed;

	if (credential_word_parse(origin->name, word, &parsed, f) < 0)
		return -1;
	if (origin->in_file && parsed.target[0] != '/') {
		fail(f, 0, "%s: it is not of an absolute path", origin->name);
		return fail_remedy(f, "give HOST=/PATH here, and fd:N on the command line");
	}
	if (check_stream(origin, parsed.target, f) < 0)
		return -1;
	return strings_add(field(option, config), word, f);
}

static size_t name_length(const char *word)
{
	size_t n = 0;

	while ((word[n] >= 'A' && word[n] <= 'Z') || (word[n] >= 'a' && word[n] <= 'z') ||
		word[n] == '_' || (n > 0 && word[n] >= '0' && word[n] <= '9'))
		n++;
	return n;
}

/* A variable stands once: which of two a program sees would depend on the program. */
static void forget_variable(struct strings *env, const char *word, size_t length)
{
	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], word, length) != 0 || env->v[i][length] != '=')
			continue;
		free(env->v[i]);
		memmove(&env->v[i], &env->v[i + 1], (env->n - i) * sizeof(*env->v));
		env->n--;
		return;
	}
}

/* Any name is permitted, LD_PRELOAD as well: the builder has no privilege that the
 * loader could hand on, and none of it reaches a process of cofferdam's own. */
static int set_env(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	size_t length = name_length(word);
	own_mem char *taken = NULL;

	/* The value may be a secret, and so is never quoted. */
	if (length == 0 || (word[length] != '=' && word[length] != '\0')) {
		fail(f, 0, "%s: not K=V or K", origin->name);
		return fail_remedy(f, "a name is letters, digits and _, and begins with no digit");
	}
	if (word[length] == '\0') {
		const char *value = getenv(word);

		if (value == NULL) {
			fail(f, 0, "%s: %.60s is not set here", origin->name, word);
			return fail_remedy(f, "set it, or give its value: %.60s=VALUE", word);
		}
		if (asprintf(&taken, "%s=%s", word, value) < 0) {
			taken = NULL;
			return fail(f, ENOMEM, "copy a word");
		}
		word = taken;
	}
	forget_variable(field(option, config), word, length);
	return strings_add(field(option, config), word, f);
}

static int refuse_wall(
	const struct origin *origin, const char *name, size_t length, bool known, struct failure *f)
{
	char list[200] = "";
	size_t used = 0;

	for (int i = 0; i < WALL_COUNT && used < sizeof(list); i++)
		if (wall_may_degrade(i))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
				used == 0 ? "" : ", ", wall_infos[i].name);
	fail(f, 0,
		known ? "%s: the wall '%.*s' stands on every host and cannot be left out"
		      : "%s: there is no wall '%.*s'",
		origin->name, length > 60 ? 60 : (int)length, name);
	return fail_remedy(f, "these may be degraded: %s", list);
}

static int set_walls(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	uint64_t walls = 0;

	for (const char *p = word;; p++) {
		size_t length = strcspn(p, ",");
		char name[32] = "";
		int wall;

		if (length < sizeof(name))
			memcpy(name, p, length);
		wall = wall_find(name);
		if (wall < 0 || !wall_may_degrade(wall))
			return refuse_wall(origin, p, length, wall >= 0, f);
		walls |= WALL_BIT(wall);
		p += length;
		if (*p == '\0')
			break;
	}
	*(uint64_t *)field(option, config) |= walls;
	return 0;
}

int setting_set(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	switch (option->type) {
	case OPTION_SWITCH:
		return set_switch(option, origin, word, config, f);
	case OPTION_TALLY:
		return set_tally(option, origin, word, config, f);
	case OPTION_QUANTITY:
		return set_quantity(option, origin, word, config, f);
	case OPTION_TEXT:
		return set_text(option, origin, word, config, f);
	case OPTION_CHOICE:
	case OPTION_LEVEL:
		return set_choice(option, origin, word, config, f);
	case OPTION_PATTERN:
		return set_pattern(option, origin, word, config, f);
	case OPTION_PATHS:
		return set_paths(option, origin, word, config, f);
	case OPTION_BIND:
		return set_bind(option, origin, word, config, f);
	case OPTION_ENV:
		return set_env(option, origin, word, config, f);
	case OPTION_NET:
		return set_net(option, origin, word, config, f);
	case OPTION_ARTIFACT:
		return set_artifact(option, origin, word, config, f);
	case OPTION_CACHE:
		return set_cache(option, origin, word, config, f);
	case OPTION_SECRET:
		return set_secret(option, origin, word, config, f);
	case OPTION_CREDENTIAL:
		return set_credential(option, origin, word, config, f);
	case OPTION_WALLS:
		return set_walls(option, origin, word, config, f);
	case OPTION_CONFIG:
	case OPTION_HELP:
		break;
	}
	fail(f, 0, "%s: this cannot stand in a file", origin->name);
	return fail_remedy(f, "give it on the command line");
}

int setting_give(const struct option *option, const struct origin *origin, const char *word,
	struct config *config, struct failure *f)
{
	if (setting_set(option, origin, word, config, f) < 0)
		return -1;
	if (option->type == OPTION_QUANTITY && option->range.boundless != BOUNDED &&
		number_load(config, option->offset, option->width) == option->range.none)
		return 0;
	if (option->type == OPTION_SWITCH && !*(const bool *)field(option, config))
		return 0;
	config->required |= option->wall;
	return 0;
}

void setting_clear(const struct option *option, struct config *config)
{
	if (option->type == OPTION_NET)
		config->net_full = false;
	if (option->type == OPTION_WALLS)
		*(uint64_t *)field(option, config) = 0;
	else
		strings_release(field(option, config));
}
