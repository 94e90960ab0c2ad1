#include "sandbox/base/whole.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

ssize_t whole_read(int fd, void *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, (char *)buffer + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int whole_write(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t written = write(fd, at, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written == 0)
			errno = EIO; /* it would never end */
		if (written <= 0)
			return -1;
		at += written;
		n -= (size_t)written;
	}
	return 0;
}

int whole_write_sparse(int fd, const char *bytes, size_t n)
{
	if (n > 0 && bytes[0] == '\0' && memcmp(bytes, bytes + 1, n - 1) == 0)
		return lseek(fd, (off_t)n, SEEK_CUR) < 0 ? -1 : 0;
	return whole_write(fd, bytes, n);
}
