#include "sandbox/plan/secret_file.h"

#include "sandbox/base/given.h"
#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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

void secret_text_end(struct secret_text *text)
{
	explicit_bzero(text, sizeof(*text));
}
