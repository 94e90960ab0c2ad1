#include "sandbox/plan/host_credential.h"

#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"
#include "sandbox/config/setting.h"
#include "sandbox/plan/secret_file.h"

#include <string.h>
#include <sys/mman.h>

#define LINE_BYTES 4096 /* of which a base64 must fit into one head of HTTP */

/* ---- reading ---- */

static int refuse_form(const char *option, struct failure *f)
{
	fail(f, 0, "%s is not one line 'USER:PASSWORD' or 'Bearer TOKEN'", option);
	return fail_remedy(f,
		"printable characters, %d bytes at most; for a token of git or "
		"Docker write USER:TOKEN",
		LINE_BYTES);
}

/* Cut in place. *ret_username "" for a token. What a header cannot carry is no credential. */
static int line_split(const char *option, struct secret_text *s, const char **ret_username,
	const char **ret_password, struct failure *f)
{
	static const char bearer[] = "Bearer ";
	char *text = s->text, *colon;
	size_t n = s->length;

	if (n > 0 && text[n - 1] == '\n')
		n--;
	if (n > 0 && text[n - 1] == '\r')
		n--;
	if (n == 0 || n > LINE_BYTES)
		return refuse_form(option, f);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return refuse_form(option, f);
	text[n] = '\0';
	if (strncasecmp(text, bearer, sizeof(bearer) - 1) == 0) {
		*ret_username = text + n;
		*ret_password = text + sizeof(bearer) - 1;
		return (*ret_password)[0] != '\0' && strchr(*ret_password, ' ') == NULL
			       ? 0
			       : refuse_form(option, f);
	}
	colon = strchr(text, ':');
	if (colon == NULL || colon == text || colon[1] == '\0')
		return refuse_form(option, f);
	*colon = '\0';
	*ret_username = text;
	*ret_password = colon + 1;
	return 0;
}

static int take(char **word, const struct config *config, const struct identity *identity,
	struct failure *f)
{
	own_secret_text struct secret_text secret = { .length = 0 };
	struct credential_word parsed;
	char host[HTTP_GOAL_TEXT], option[HTTP_GOAL_TEXT + 24], *taken = NULL;
	const char *username = NULL, *password = NULL;
	struct iovec parts[2];
	int fd;

	if (credential_word_parse("--credential", *word, &parsed, f) < 0)
		return -1;
	http_goal_write(&parsed.goal, 0, host);
	snprintf(option, sizeof(option), "--credential %s", host);
	if (secret_file_read_as(
		    identity, option, parsed.target, config->limits.timeout_s, &secret, f) < 0 ||
		line_split(option, &secret, &username, &password, f) < 0)
		return -1;
	parts[0] = (struct iovec){ (void *)username, strlen(username) + 1 };
	parts[1] = (struct iovec){ (void *)password, strlen(password) + 1 };
	if (sealed_file_make("credential", parts, ARRAY_LEN(parts), &fd, f) < 0)
		return -1;
	if (asprintf(&taken, "%s=fd:%d", host, fd) < 0) {
		close(fd);
		return fail(f, ENOMEM, "take a credential");
	}
	free(*word);
	*word = taken;
	return 0;
}

static int refuse_twice(const struct strings *words, struct failure *f)
{
	struct credential_word a, b;
	char host[HTTP_GOAL_TEXT];

	for (size_t i = 0; i < words->n; i++) {
		if (credential_word_parse("--credential", words->v[i], &a, f) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (credential_word_parse("--credential", words->v[j], &b, f) == 0 &&
				http_goal_is_host(&a.goal, &b.goal) && a.goal.port == b.goal.port)
				return fail(f, 0, "--credential %s is given twice",
					http_goal_write(&a.goal, 0, host));
	}
	return 0;
}

int host_credentials_take(struct config *config, const struct identity *identity, struct failure *f)
{
	const struct strings *words = &config->credential;

	if (words->n > CREDENTIALS_MOST)
		return fail(f, 0, "--credential is given %zu times, more than %d", words->n,
			CREDENTIALS_MOST);
	if (refuse_twice(words, f) < 0)
		return -1;
	for (size_t i = 0; i < words->n; i++)
		if (take(&words->v[i], config, identity, f) < 0)
			return -1;
	return 0;
}

/* ---- handing on ---- */

static int descriptor_of(const struct credential_word *word)
{
	return strncmp(word->target, "fd:", 3) == 0 ? (int)strtol(word->target + 3, NULL, 10) : -1;
}

int host_credential_open(const char *word, struct host_credential *ret, struct failure *f)
{
	struct credential_word parsed;
	const char *end;

	*ret = (struct host_credential){ .mapped = NULL };
	if (credential_word_parse("--credential", word, &parsed, f) < 0)
		return -1;
	ret->goal = parsed.goal;
	http_goal_write(&parsed.goal, 0, ret->goal_text);
	if (sealed_file_map(descriptor_of(&parsed), "credential", 2 * LINE_BYTES, &ret->mapped,
		    &ret->n, f) < 0)
		return -1;
	ret->username = ret->mapped;
	end = memchr(ret->username, '\0', ret->n);
	if (end == NULL || ret->username[ret->n - 1] != '\0' || end + 1 >= ret->username + ret->n) {
		host_credential_close(ret);
		return fail(f, 0, "a credential is not as it was written");
	}
	ret->password = end + 1;
	return 0;
}

void host_credential_close(struct host_credential *credential)
{
	if (credential->mapped != NULL)
		munmap(credential->mapped, credential->n);
	*credential = (struct host_credential){ .mapped = NULL };
}

void host_credentials_forget(struct config *config)
{
	struct credential_word parsed;
	struct failure f;

	for (size_t i = 0; i < config->credential.n; i++) {
		int fd = credential_word_parse(
				 "--credential", config->credential.v[i], &parsed, &f) == 0
				 ? descriptor_of(&parsed)
				 : -1;

		own_fd_end(&fd);
	}
	strings_release(&config->credential);
}
