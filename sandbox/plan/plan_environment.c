#include "sandbox/plan/plan_environment.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/policy.h"
#include "sandbox/plan/words.h"

#include <string.h>

/* A variable that is there already is replaced. */
static int set_word(struct strings *env, const char *word, struct failure *f)
{
	size_t name = (size_t)(strchr(word, '=') - word) + 1, i = 0;
	char *copy;

	while (i < env->n && strncmp(env->v[i], word, name) != 0)
		i++;
	if (i == env->n)
		return words_add(env, f, "%s", word);
	copy = strdup(word);
	if (copy == NULL)
		return fail(f, ENOMEM, "plan the environment");
	free(env->v[i]);
	env->v[i] = copy;
	return 0;
}

/* What makes clients of Docker ask for what the broker can look into. Nobody has to set
 * them: they only save a refusal. */
static int docker_environment(const struct config *config, struct strings *env, struct failure *f)
{
	if (config->docker == DOCKER_OFF)
		return 0;
	if (set_word(env, "DOCKER_HOST=unix:///run/docker.sock", f) < 0)
		return -1;
	/* Ryuk wants the socket; the run's end does its work. */
	return config->docker == DOCKER_RAW ? 0
					    : set_word(env, "TESTCONTAINERS_RYUK_DISABLED=true", f);
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
		if (set_word(env, words[i], f) < 0)
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

/* What an image wants is what its programs were built with: PATH above all. */
static int image_environment(const struct config *config, const struct plan *plan,
	struct strings *env, struct failure *f)
{
	const struct image_config *image = plan->image != NULL ? &plan->image->config : NULL;
	const char *word = image != NULL ? image->text : NULL;

	for (uint32_t i = 0; config->image_env && image != NULL && i < image->environment_n; i++) {
		if (strchr(word, '=') == NULL)
			return fail(f, 0, "the image's environment is none");
		if (set_word(env, word, f) < 0)
			return -1;
		word += strlen(word) + 1;
	}
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
	bad = bad || words_add(&env, f, "PWD=%s", plan->directory) < 0 ||
	      image_environment(config, plan, &env, f) < 0 ||
	      docker_environment(config, &env, f) < 0 || proxy_environment(config, &env, f) < 0;
	for (size_t i = 0; i < config->env.n && !bad; i++)
		bad = set_word(&env, config->env.v[i], f) < 0;
	plan->envp = env.v;
	return bad ? -1 : 0;
}
