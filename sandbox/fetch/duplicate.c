#include "sandbox/fetch/duplicate.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <fcntl.h>
#include <sys/stat.h>

static int copy_bytes(const struct duplicate *one, int from, int to, struct failure *f)
{
	for (;;) {
		ssize_t n = read(from, one->buffer, DUPLICATE_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(f, errno, "read %s of the source", one->path);
		if (n == 0)
			return 0;
		if (whole_write(to, one->buffer, (size_t)n) < 0)
			return fail(f, errno, "write %s", one->path);
	}
}

int duplicate_file(const struct duplicate *one, struct failure *f)
{
	own_fd int from = openat(
		one->from, one->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0) {
		fail(f, errno, "read %s of the source", one->path);
		return fail_remedy(f, "make it readable, or let .gitignore name it");
	}
	if (!S_ISREG(st.st_mode))
		return fail(f, 0, "%s of the source changed while it was read", one->path);
	own_fd int to = openat(one->to, one->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		(st.st_mode & S_IXUSR) != 0 ? 0777 : 0666);

	if (to < 0)
		return fail(f, errno, "write %s", one->path);
	return copy_bytes(one, from, to, f);
}

int duplicate_link(const struct duplicate *one, struct failure *f)
{
	ssize_t n = readlinkat(one->from, one->name, one->buffer, DUPLICATE_BYTES - 1);

	if (n < 0)
		return fail(f, errno, "read the link %s of the source", one->path);
	one->buffer[n] = '\0';
	if (symlinkat(one->buffer, one->to, one->name) < 0)
		return fail(f, errno, "write the link %s", one->path);
	return 0;
}
