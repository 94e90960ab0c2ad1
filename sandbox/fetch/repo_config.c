#include "sandbox/fetch/repo_config.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"
#include "sandbox/config/request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REPO_CONFIG_NAME  ".cofferdam.json"
#define REPO_CONFIG_BYTES (1024 * 1024)

static int refuse_kind(struct failure *f)
{
	fail(f, 0, REPO_CONFIG_NAME " of the repository is not a regular file");
	return fail_remedy(
		f, "commit a plain file of that name, or none; --no-repo-config does not read it");
}

/* O_NONBLOCK: a fifo must not hold us. */
static int repo_config_open(const char *into, struct failure *f)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	own_fd int dir = open(into, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return fail(f, errno, "open the clone");
	int fd = (int)syscall(SYS_openat2, dir, REPO_CONFIG_NAME, &how, sizeof(how));

	if (fd < 0 && errno == ELOOP)
		return refuse_kind(f);
	if (fd < 0 && errno != ENOENT)
		return fail(f, errno, "open " REPO_CONFIG_NAME);
	if (fd < 0)
		f->errnum = ENOENT;
	return fd;
}

int repo_config_read(const char *into, struct repo_request *ret, struct failure *f)
{
	struct stat st;

	*f = (struct failure){ 0 };
	own_fd int fd = repo_config_open(into, f);

	if (fd < 0)
		return f->errnum == ENOENT && f->what[0] == '\0' ? 0 : -1;
	if (fstat(fd, &st) < 0)
		return fail(f, errno, "look at " REPO_CONFIG_NAME);
	if (!S_ISREG(st.st_mode))
		return refuse_kind(f);
	if (st.st_size > REPO_CONFIG_BYTES)
		return fail(
			f, EFBIG, REPO_CONFIG_NAME " has more than %d bytes", REPO_CONFIG_BYTES);
	own_mem char *text = malloc((size_t)st.st_size + 1);

	if (text == NULL)
		return fail(f, ENOMEM, "read " REPO_CONFIG_NAME);
	ssize_t length = whole_read(fd, text, (size_t)st.st_size);

	if (length < 0)
		return fail(f, errno, "read " REPO_CONFIG_NAME);
	text[length] = '\0';
	return repo_request_parse(text, (size_t)length, ret, f) < 0 ? -1 : 1;
}
