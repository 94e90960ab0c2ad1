#include "sandbox/plan/secret_file.h"

#include "namespaces/spawn.h"
#include "sandbox/base/given.h"
#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DESCRIPTOR_MAX (1 << 20)

static int descriptor_take(const char *option, const char *word, struct failure *f)
{
	char name[64];
	uint64_t number;
	int fd;

	snprintf(name, sizeof(name), "%s fd", option);
	if (number_parse(name, word, 0, DESCRIPTOR_MAX, &number, f) < 0)
		return -1;
	fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
	return fd >= 0 ? fd : fail(f, errno, "%s fd:%s", option, word);
}

static int target_open(const char *option, const char *target, struct failure *f)
{
	own_fd int fd = -1;
	struct stat st;

	if (strncmp(target, "fd:", 3) == 0)
		return descriptor_take(option, target + 3, f);
	fd = given_open(target);
	if (fd < 0)
		return fail(f, errno, "%s %s", option, target);
	if (fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)) {
		fail(f, 0, "%s %s can be read by others", option, target);
		return fail_remedy(f, "chmod 600 %s", target);
	}
	return own_fd_give(&fd);
}

int secret_file_read(const char *option, const char *target, uint64_t within_s,
	struct secret_text *ret, struct failure *f)
{
	own_fd int fd = target_open(option, target, f);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = given_read(fd, ret->text, sizeof(ret->text), within_s);
	if (n < 0)
		return given_fail(option, target, f);
	if (n > SECRET_FILE_BYTES)
		return fail(
			f, 0, "%s %s is longer than %d bytes", option, target, SECRET_FILE_BYTES);
	ret->text[n] = '\0';
	ret->length = (size_t)n;
	return 0;
}

/* ---- as root ---- */

/* What the child sends back, in memory that both have. */
struct reading {
	struct secret_text secret;
	struct failure failure;
};

static void read_as(const struct identity *identity, const char *option, const char *target,
	uint64_t within_s, struct reading *shared) __attribute__((noreturn));
static void read_as(const struct identity *identity, const char *option, const char *target,
	uint64_t within_s, struct reading *shared)
{
	struct identity other = *identity;

	if (identity_give_up(&other, &shared->failure) < 0 ||
		secret_file_read(option, target, within_s, &shared->secret, &shared->failure) < 0)
		_exit(1);
	_exit(0);
}

static int take_as(const struct identity *identity, const char *option, const char *target,
	uint64_t within_s, struct secret_text *s, struct failure *f)
{
	struct reading *shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	own_fd int pidfd = -1;
	int status = 1;
	pid_t pid;

	if (shared == MAP_FAILED)
		return fail(f, errno, "share memory with a child");
	pid = spawn("a reader of secrets", 0, -1, &pidfd, f);
	if (pid == 0)
		read_as(identity, option, target, within_s, shared);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && status == 0)
		memcpy(s, &shared->secret, sizeof(*s));
	else if (pid > 0)
		*f = shared->failure;
	explicit_bzero(shared, sizeof(*shared));
	munmap(shared, sizeof(*shared));
	return pid > 0 && status == 0 ? 0 : -1;
}

int secret_file_read_as(const struct identity *identity, const char *option, const char *target,
	uint64_t within_s, struct secret_text *ret, struct failure *f)
{
	bool of_root = geteuid() == 0 && identity->was_root && strncmp(target, "fd:", 3) != 0;

	return of_root ? take_as(identity, option, target, within_s, ret, f)
		       : secret_file_read(option, target, within_s, ret, f);
}

void secret_text_end(struct secret_text *text)
{
	explicit_bzero(text, sizeof(*text));
}
