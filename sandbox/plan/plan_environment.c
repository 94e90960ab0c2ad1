#include "sandbox/plan/plan_environment.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/policy.h"
#include "sandbox/plan/words.h"

#include <string.h>

/* What makes clients of Docker ask for what the broker can look into. Nobody has to set
 * them: they only save a refusal. */
static int docker_environment(const struct config *config, struct strings *env, struct failure *f)
{
	if (config->docker == DOCKER_OFF)
		return 0;
	if (words_add(env, f, "DOCKER_HOST=unix:///run/docker.sock") < 0)
		return -1;
	/* Ryuk wants the socket; the run's end does its work. */
	return config->docker == DOCKER_RAW
		       ? 0
		       : words_add(env, f, "TESTCONTAINERS_RYUK_DISABLED=true");
}

/* For those who want a proxy. Who does not know of one is served without it. */
static int proxy_environment(const struct config *config, struct strings *env, struct failure *f)
{
	static const char *const words[] = {
		"http_proxy=http://127.0.0.1:3128",
		"https_proxy=http://127.0.0.1:3128",
		"HTTP_PROXY=http://127.0.0.1:3128",
		"HTTPS_PROXY=http://127.0.0.1:3128",
		"no_proxy=localhost,127.0.0.1,::1",
		"NO_PROXY=localhost,127.0.0.1,::1",
	};

	for (size_t i = 0; i < ARRAY_LEN(words) && config->net.n > 0; i++)
		if (words_add(env, f, "%s", words[i]) < 0)
			return -1;
	return 0;
}

static bool is_named(const struct strings *words, const char *word)
{
	size_t name = (size_t)(strchr(word, '=') - word) + 1;

	for (size_t i = 0; i < words->n; i++)
		if (strncmp(words->v[i], word, name) == 0)
			return true;
	return false;
}

/* Whether BuildKit is offered the engine's answer decides, after the plan is made: these
 * stand first, and are passed over then. What --env names is never among them. */
static int classic_environment(const struct config *config, struct strings *env, struct failure *f)
{
	static const char *const classic[] = {
		"DOCKER_BUILDKIT=0",          /* `docker build` asks for BuildKit by itself today */
		"COMPOSE_DOCKER_CLI_BUILD=0", /* the same, of docker-compose 1 */
	};

	if (config->docker == DOCKER_OFF || config->docker == DOCKER_RAW)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(classic); i++)
		if (!is_named(&config->env, classic[i]) && words_add(env, f, "%s", classic[i]) < 0)
			return -1;
	return 0;
}

/* The whole environment. What --env names comes last and wins, by replacing. */
int plan_environment(const struct config *config, struct plan *plan, struct failure *f)
{
	static const char *const fixed[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/home/builder",
		"SHELL=/bin/sh",
		"LANG=C.UTF-8",
		"TMPDIR=/tmp",
		"PWD=/app",
	};
	const char *user = config->root_inside ? "root" : "builder";
	const char *term = getenv("TERM");
	struct strings env = { 0 };
	int bad = classic_environment(config, &env, f) < 0;

	plan->classic_words = env.n;
	for (size_t i = 0; i < ARRAY_LEN(fixed) && !bad; i++)
		bad = words_add(&env, f, "%s", fixed[i]) < 0;
	bad = bad || words_add(&env, f, "USER=%s", user) < 0 ||
	      words_add(&env, f, "LOGNAME=%s", user) < 0;
	if (!bad && plan->tty && term != NULL)
		bad = words_add(&env, f, "TERM=%s", term) < 0;
	bad = bad || docker_environment(config, &env, f) < 0 ||
	      proxy_environment(config, &env, f) < 0;
	for (size_t i = 0; i < config->env.n && !bad; i++) {
		const char *word = config->env.v[i];
		size_t name = (size_t)(strchr(word, '=') - word) + 1, k = 0;

		while (k < env.n && strncmp(env.v[k], word, name) != 0)
			k++;
		if (k == env.n) {
			bad = words_add(&env, f, "%s", word) < 0;
		} else {
			free(env.v[k]);
			env.v[k] = strdup(word);
			bad = env.v[k] == NULL ? fail(f, ENOMEM, "plan the environment") < 0 : 0;
		}
	}
	plan->envp = env.v;
	return bad ? -1 : 0;
}
