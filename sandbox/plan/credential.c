#include "sandbox/plan/credential.h"

#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define CREDENTIAL_BYTES (32 * 1024)

/* Room for what is read, wiped when the function is left. */
struct secret {
	char text[CREDENTIAL_BYTES + 1];
	size_t length;
};

static void secret_end(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

static int target_open(const char *target, struct failure *f)
{
	uint64_t number;
	struct stat st;
	int fd;

	if (strncmp(target, "fd:", 3) == 0) {
		if (number_parse("--git-credential fd", target + 3, 0, 1 << 20, &number, f) < 0)
			return -1;
		fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
		return fd >= 0 ? fd : fail(f, errno, "--git-credential %s", target);
	}
	fd = open(target, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(f, errno, "--git-credential %s", target);
	if (fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)) {
		close(fd);
		fail(f, 0, "--git-credential %s can be read by others", target);
		return fail_remedy(f, "chmod 600 %s", target);
	}
	return fd;
}

static int secret_read(int fd, const char *target, struct secret *s, struct failure *f)
{
	ssize_t n = 1;

	while (s->length < CREDENTIAL_BYTES && n > 0) {
		n = read(fd, s->text + s->length, CREDENTIAL_BYTES - s->length);
		if (n < 0 && errno != EINTR)
			return fail(f, errno, "read --git-credential %s", target);
		if (n > 0)
			s->length += (size_t)n;
	}
	if (n > 0)
		return fail(f, 0, "--git-credential %s is longer than %d bytes", target,
			CREDENTIAL_BYTES);
	if (memchr(s->text, '\0', s->length) != NULL)
		return fail(f, 0, "--git-credential %s holds a NUL byte", target);
	s->text[s->length] = '\0';
	return 0;
}

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

	if (fd < 0 || write(fd, username, u) != (ssize_t)u ||
		write(fd, password, p) != (ssize_t)p || lseek(fd, 0, SEEK_SET) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) <
			0)
		return fail(f, errno, "hand the credential over");
	*ret_fd = own_fd_give(&fd);
	return 0;
}

int credential_open(const char *target, const struct source *source, int *ret_fd, struct failure *f)
{
	__attribute__((cleanup(secret_end))) struct secret secret = { .length = 0 };
	own_fd int fd = -1;
	char *username, *password;

	*ret_fd = -1;
	if (target == NULL) {
		if (source->username == NULL && source->password == NULL)
			return 0;
		return memfd_write(source->username != NULL ? source->username : "",
			source->password != NULL ? source->password : "", ret_fd, f);
	}
	fd = target_open(target, f);
	if (fd < 0 || secret_read(fd, target, &secret, f) < 0)
		return -1;
	take_lines(secret.text, &username, &password);
	if (username == NULL || password == NULL) {
		fail(f, 0, "--git-credential %s has no line username=… and password=…", target);
		return fail_remedy(f, "write it as git-credential(1) does, one key a line");
	}
	return memfd_write(username, password, ret_fd, f);
}
