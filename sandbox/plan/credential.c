#include "sandbox/plan/credential.h"

#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"
#include "sandbox/config/credential_word.h"
#include "sandbox/plan/host_credential.h"
#include "sandbox/plan/secret_file.h"

#include <string.h>

/* Take the values of the lines "username=…" and "password=…", ended in place. */
static void take_lines(char *text, char **ret_username, char **ret_password)
{
	static const char username[] = "username=", password[] = "password=";
	char *line;

	*ret_username = *ret_password = NULL;
	while ((line = strsep(&text, "\n")) != NULL) {
		if (strncmp(line, username, sizeof(username) - 1) == 0)
			*ret_username = line + sizeof(username) - 1;
		else if (strncmp(line, password, sizeof(password) - 1) == 0)
			*ret_password = line + sizeof(password) - 1;
	}
}

/* ---- what is handed over ---- */

#define PARTS_OF_HOST 3

struct hand {
	struct host_credential hosts[CREDENTIALS_MOST]; /* open */
	size_t hosts_n;
};

static void hand_end(struct hand *hand)
{
	for (size_t i = 0; i < hand->hosts_n; i++)
		host_credential_close(&hand->hosts[i]);
	hand->hosts_n = 0;
}

static struct iovec word_part(const char *word)
{
	return (struct iovec){ (void *)word, strlen(word) + 1 };
}

/* Git's own login is a name and a password: libgit2 would send a header of ours wherever a server
 * sends it on to, and asks nobody. */
static int refuse_token(const struct host_credential *host, struct failure *f)
{
	fail(f, 0, "--credential %s is a Bearer token, which a fetch by git cannot send",
		host->goal_text);
	return fail_remedy(f, "write USER:TOKEN; what USER has to be, the git host says");
}

/* Those that this source may ask for: its own host's, and any with submodules. */
static int take_hosts(const struct config *config, const struct source *source, struct hand *ret,
	struct failure *f)
{
	if (source->kind == SOURCE_LOCAL || source->kind == SOURCE_NONE)
		return 0;
	for (size_t i = 0; i < config->credential.n && i < CREDENTIALS_MOST; i++) {
		struct host_credential *host = &ret->hosts[ret->hosts_n];

		if (host_credential_open(config->credential.v[i], host, f) < 0)
			return -1;
		ret->hosts_n++;
		bool asked = credential_fits(&host->goal, source->url, source->url);

		if (asked && host->username[0] == '\0')
			return refuse_token(host, f);
		if ((!asked && !config->submodules) || host->username[0] == '\0') {
			host_credential_close(host);
			ret->hosts_n--;
		}
	}
	return 0;
}

/* Each word ends in its NUL; the source's own come first, and may be empty. */
static int hand_over(const char *username, const char *password, const struct hand *hand,
	int *ret_fd, struct failure *f)
{
	struct iovec parts[2 + PARTS_OF_HOST * CREDENTIALS_MOST];
	size_t n = 0;

	if (username[0] == '\0' && password[0] == '\0' && hand->hosts_n == 0)
		return 0;
	parts[n++] = word_part(username);
	parts[n++] = word_part(password);
	for (size_t i = 0; i < hand->hosts_n; i++) {
		parts[n++] = word_part(hand->hosts[i].goal_text);
		parts[n++] = word_part(hand->hosts[i].username);
		parts[n++] = word_part(hand->hosts[i].password);
	}
	return sealed_file_make("credential", parts, n, ret_fd, f);
}

int credential_open(
	const struct config *config, const struct source *source, int *ret_fd, struct failure *f)
{
	__attribute__((cleanup(hand_end))) struct hand hand = { .hosts_n = 0 };
	own_secret_text struct secret_text secret = { .length = 0 };
	const char *target = config->git_credential;
	char *username = source->username, *password = source->password, nothing[] = "";

	*ret_fd = -1;
	if (take_hosts(config, source, &hand, f) < 0)
		return -1;
	if (target != NULL && secret_file_read("--git-credential", target, config->limits.timeout_s,
				      &secret, f) < 0)
		return -1;
	if (target != NULL && strlen(secret.text) != secret.length)
		return fail(f, 0, "--git-credential %s holds a NUL byte", target);
	if (target != NULL)
		take_lines(secret.text, &username, &password);
	if (target != NULL && (username == NULL || password == NULL)) {
		fail(f, 0, "--git-credential %s has no line username=… and password=…", target);
		return fail_remedy(f, "write it as git-credential(1) does, one key a line");
	}
	return hand_over(username != NULL ? username : nothing,
		password != NULL ? password : nothing, &hand, ret_fd, f);
}
