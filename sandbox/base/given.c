#include "sandbox/base/given.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/hurry.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

int given_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

ssize_t given_read(int fd, void *ret, size_t size, uint64_t within_s)
{
	uint64_t now = clock_now_ms(),
		 until = now + (within_s < GIVEN_MOST_S ? within_s : GIVEN_MOST_S) * 1000;
	struct pollfd there = { .fd = fd, .events = POLLIN };
	size_t have = 0;

	for (; have < size; now = clock_now_ms()) {
		ssize_t n = -1;

		if (now >= until) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(&there, 1, (int)(until - now)) <= 0)
			continue;
		n = hurry_read(fd, (char *)ret + have, size - have);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n == 0)
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)have;
}

int given_fail(const char *option, const char *value, struct failure *f)
{
	if (errno != ETIMEDOUT)
		return fail(f, errno, "read %s %s", option, value);
	fail(f, 0, "%s %s has not been written to its end in time", option, value);
	return fail_remedy(f,
		"it is waited for as long as --timeout, and %d s at most; who holds its other end has "
		"to close it",
		GIVEN_MOST_S);
}
