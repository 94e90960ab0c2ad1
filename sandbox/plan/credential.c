#include "sandbox/plan/credential.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"
#include "sandbox/plan/secret_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

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

static int memfd_write(const char *username, const char *password, int *ret_fd, struct failure *f)
{
	own_fd int fd = memfd_create("credential", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t u = strlen(username) + 1, p = strlen(password) + 1;

	if (fd < 0 || whole_write(fd, username, u) < 0 || whole_write(fd, password, p) < 0 ||
		lseek(fd, 0, SEEK_SET) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) <
			0)
		return fail(f, errno, "hand the credential over");
	*ret_fd = own_fd_give(&fd);
	return 0;
}

int credential_open(const char *target, const struct source *source, int *ret_fd, struct failure *f)
{
	own_secret_text struct secret_text secret = { .length = 0 };
	char *username, *password;

	*ret_fd = -1;
	if (target == NULL) {
		if (source->username == NULL && source->password == NULL)
			return 0;
		return memfd_write(source->username != NULL ? source->username : "",
			source->password != NULL ? source->password : "", ret_fd, f);
	}
	if (secret_file_read("--git-credential", target, &secret, f) < 0)
		return -1;
	if (strlen(secret.text) != secret.length)
		return fail(f, 0, "--git-credential %s holds a NUL byte", target);
	take_lines(secret.text, &username, &password);
	if (username == NULL || password == NULL) {
		fail(f, 0, "--git-credential %s has no line username=… and password=…", target);
		return fail_remedy(f, "write it as git-credential(1) does, one key a line");
	}
	return memfd_write(username, password, ret_fd, f);
}
