#include "sandbox/plan/secret_plan.h"

#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"
#include "sandbox/config/secret_word.h"
#include "sandbox/plan/secret_file.h"

static int refuse_length(const char *name, struct failure *f)
{
	fail(f, 0, "--secret %s is longer than %d bytes, or empty", name, SECRET_FILE_BYTES);
	return fail_remedy(f, "a secret is a token or a key; for more there is --ro-bind");
}

static int make_file(const char *name, char *bytes, size_t n, int *ret_fd, struct failure *f)
{
	const struct iovec part = { bytes, n };

	if (n == 0 || n > SECRET_FILE_BYTES)
		return refuse_length(name, f);
	return sealed_file_make("secret", &part, 1, ret_fd, f);
}

/* ---- variables ---- */

static int take_variable(char **word, struct failure *f)
{
	struct secret_word parsed;
	char *value, *taken = NULL;
	int fd;

	if (secret_word_parse("--secret", *word, &parsed, f) < 0)
		return -1;
	if (parsed.variable == NULL)
		return 0;
	value = getenv(parsed.variable);
	if (value == NULL) {
		fail(f, 0, "--secret %s: %.60s is not set here", parsed.name, parsed.variable);
		return fail_remedy(f, "set it, or give a file: %s=FILE", parsed.name);
	}
	if (make_file(parsed.name, value, strlen(value), &fd, f) < 0)
		return -1;
	if (asprintf(&taken, "%s=fd:%d", parsed.name, fd) < 0)
		return fail(f, ENOMEM, "take a secret");
	free(*word);
	*word = taken;
	return 0;
}

/* Two secrets may be of one variable, so they go when all of them are taken. */
static void forget_variable(const char *word)
{
	struct secret_word parsed;
	struct failure f;
	char *value;

	if (secret_word_parse("--secret", word, &parsed, &f) < 0 || parsed.variable == NULL)
		return;
	value = getenv(parsed.variable);
	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	unsetenv(parsed.variable);
}

int secret_plan_environment(struct config *config, struct failure *f)
{
	struct strings *words = &config->secret;
	char *before[ROOT_SECRETS_MOST];
	int result = 0;

	if (words->n > ROOT_SECRETS_MOST)
		return fail(f, 0, "--secret is given %zu times, more than %d", words->n,
			ROOT_SECRETS_MOST);
	for (size_t i = 0; i < words->n; i++)
		before[i] = strdup(words->v[i]);
	for (size_t i = 0; result == 0 && i < words->n; i++)
		result = before[i] == NULL ? fail(f, ENOMEM, "take a secret")
					   : take_variable(&words->v[i], f);
	for (size_t i = 0; i < words->n; i++) {
		if (before[i] != NULL)
			forget_variable(before[i]);
		free(before[i]);
	}
	return result < 0 ? fail_step(f, "launcher: take the secrets") : 0;
}

/* ---- files ---- */

static int plan_one(const char *word, uint64_t within_s, struct root_plan *plan, struct failure *f)
{
	own_secret_text struct secret_text secret = { .length = 0 };
	struct root_secret *ret = &plan->secrets[plan->secrets_n];
	struct secret_word parsed;
	char option[96];

	if (secret_word_parse("--secret", word, &parsed, f) < 0)
		return -1;
	for (size_t i = 0; i < plan->secrets_n; i++)
		if (strcmp(plan->secrets[i].name, parsed.name) == 0)
			return fail(f, 0, "--secret %s is given twice", parsed.name);
	if (parsed.target == NULL)
		return fail(f, 0, "--secret %s is still a variable", parsed.name);
	snprintf(option, sizeof(option), "--secret %s", parsed.name);
	if (secret_file_read(option, parsed.target, within_s, &secret, f) < 0 ||
		make_file(parsed.name, secret.text, secret.length, &ret->fd, f) < 0)
		return -1;
	memcpy(ret->name, parsed.name, sizeof(ret->name));
	plan->secrets_n++;
	return 0;
}

int secret_plan_make(const struct config *config, struct root_plan *plan, struct failure *f)
{
	const struct strings *words = &config->secret;

	if (words->n == 0)
		return 0;
	plan->secrets = calloc(words->n, sizeof(*plan->secrets));
	if (plan->secrets == NULL)
		return fail(f, ENOMEM, "plan the secrets");
	for (size_t i = 0; i < words->n; i++)
		if (plan_one(words->v[i], config->limits.timeout_s, plan, f) < 0)
			return -1;
	return 0;
}

void secret_plan_forget(struct root_plan *plan)
{
	for (size_t i = 0; i < plan->secrets_n; i++)
		own_fd_end(&plan->secrets[i].fd);
}

void secret_plan_release(struct root_plan *plan)
{
	secret_plan_forget(plan);
	free(plan->secrets);
	plan->secrets = NULL;
	plan->secrets_n = 0;
}
