#include "sandbox/launcher/login.h"

#include "sandbox/base/base64.h"
#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"
#include "sandbox/docker/policy.h"
#include "sandbox/plan/host_credential.h"

/* ---- the gateway ---- */

/* *ret_world: a rule permits the host, but not as a private one. */
static bool is_permitted(
	const struct net_rules *rules, const struct http_goal *goal, bool *ret_world)
{
	const uint16_t port = http_goal_port(goal);
	const struct net_rule *rule = goal->name[0] != '\0'
					      ? net_rules_find_name(rules, goal->name, port)
					      : net_rules_find_address(rules, &goal->address, port);

	*ret_world = rule != NULL && rule->literal.family == 0 && !rule->private;
	return rule != NULL && !*ret_world;
}

/* The value of Authorization. */
static char *value_of(const struct host_credential *credential)
{
	own_secret char *both = NULL, *encoded = NULL;
	char *value = NULL;

	if (credential->username[0] == '\0')
		return asprintf(&value, "Bearer %s", credential->password) < 0 ? NULL : value;
	if (asprintf(&both, "%s:%s", credential->username, credential->password) < 0) {
		both = NULL;
		return NULL;
	}
	encoded = base64_encode(both, strlen(both));
	if (encoded == NULL || asprintf(&value, "Basic %s", encoded) < 0)
		return NULL;
	return value;
}

struct values {
	char goals[CREDENTIALS_MOST][HTTP_GOAL_TEXT];
	char *v[CREDENTIALS_MOST];
	size_t n;
};

static void values_end(struct values *values)
{
	for (size_t i = 0; i < values->n; i++)
		own_secret_end(&values->v[i]);
}

static int add_value(
	struct values *values, const char *word, const struct net_rules *rules, struct failure *f)
{
	own_host_credential struct host_credential credential = { .mapped = NULL };
	bool world;

	if (host_credential_open(word, &credential, f) < 0)
		return -1;
	if (!is_permitted(rules, &credential.goal, &world))
		return 0;
	values->v[values->n] = value_of(&credential);
	if (values->v[values->n] == NULL)
		return fail(f, ENOMEM, "hand on a credential");
	memcpy(values->goals[values->n++], credential.goal_text, HTTP_GOAL_TEXT);
	return 0;
}

int login_write(
	const struct config *config, const struct net_rules *rules, int *ret_fd, struct failure *f)
{
	__attribute__((cleanup(values_end))) struct values values = { .n = 0 };
	struct iovec parts[2 * CREDENTIALS_MOST];

	for (size_t i = 0; i < config->credential.n && i < CREDENTIALS_MOST; i++)
		if (add_value(&values, config->credential.v[i], rules, f) < 0)
			return -1;
	for (size_t i = 0; i < values.n; i++) {
		parts[2 * i] = (struct iovec){ values.goals[i], strlen(values.goals[i]) + 1 };
		parts[2 * i + 1] = (struct iovec){ values.v[i], strlen(values.v[i]) + 1 };
	}
	return values.n == 0 ? 0 : sealed_file_make("credentials", parts, 2 * values.n, ret_fd, f);
}

/* ---- is it of any use? ---- */

static bool git_may_ask(
	const struct config *config, const struct source *source, const struct http_goal *goal)
{
	if (source->kind == SOURCE_NONE || source->kind == SOURCE_LOCAL)
		return false;
	return config->submodules || credential_fits(goal, source->url, source->url);
}

int login_check(const struct config *config, const struct source *source,
	const struct net_rules *rules, struct failure *f)
{
	char host[HTTP_GOAL_TEXT];

	for (size_t i = 0; i < config->credential.n; i++) {
		struct credential_word word;
		bool world;

		if (credential_word_parse("--credential", config->credential.v[i], &word, f) < 0)
			return -1;
		http_goal_write(&word.goal, 0, host);
		if (is_permitted(rules, &word.goal, &world) || config->docker != DOCKER_OFF ||
			git_may_ask(config, source, &word.goal))
			continue;
		fail(f, 0, "--credential %s: nothing of this run would log in there", host);
		if (world)
			return fail_remedy(f,
				"by plain http a login goes to private hosts only: write @private "
				"behind it in --net allow:; https passes through sealed, so give "
				"the build its token with --secret");
		return fail_remedy(f,
			"it is for SOURCE by http(s) and, with --submodules, theirs, for --docker, "
			"and for plain http to a host of --net allow: with @private; a port that is "
			"not the usual one belongs to it, HOST:PORT");
	}
	return 0;
}
