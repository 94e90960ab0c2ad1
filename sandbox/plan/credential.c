#include "sandbox/plan/credential.h"

#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"
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

/* Each ends in its NUL. */
static int hand_over(char *username, char *password, int *ret_fd, struct failure *f)
{
	const struct iovec parts[] = { { username, strlen(username) + 1 },
		{ password, strlen(password) + 1 } };

	return sealed_file_make("credential", parts, ARRAY_LEN(parts), ret_fd, f);
}

int credential_open(const char *target, uint64_t within_s, const struct source *source, int *ret_fd,
	struct failure *f)
{
	own_secret_text struct secret_text secret = { .length = 0 };
	char *username, *password, nothing[] = "";

	*ret_fd = -1;
	if (target == NULL) {
		if (source->username == NULL && source->password == NULL)
			return 0;
		return hand_over(source->username != NULL ? source->username : nothing,
			source->password != NULL ? source->password : nothing, ret_fd, f);
	}
	if (secret_file_read("--git-credential", target, within_s, &secret, f) < 0)
		return -1;
	if (strlen(secret.text) != secret.length)
		return fail(f, 0, "--git-credential %s holds a NUL byte", target);
	take_lines(secret.text, &username, &password);
	if (username == NULL || password == NULL) {
		fail(f, 0, "--git-credential %s has no line username=… and password=…", target);
		return fail_remedy(f, "write it as git-credential(1) does, one key a line");
	}
	return hand_over(username, password, ret_fd, f);
}
