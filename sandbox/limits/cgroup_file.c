#include "sandbox/limits/cgroup_file.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int cgroup_file_read(int dir_fd, const char *name, char *buf, size_t size)
{
	own_fd int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : whole_read(fd, buf, size);

	if (n < 0)
		return -1;
	if ((size_t)n == size) {
		errno = EMSGSIZE;
		return -1;
	}
	buf[n] = '\0';
	return 0;
}

int cgroup_file_write(int dir_fd, const char *name, const char *text)
{
	own_fd int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t length = strlen(text);

	if (fd < 0)
		return -1;

	ssize_t n = write(fd, text, length);
	if (n < 0)
		return -1;
	if ((size_t)n != length) {
		errno = EIO;
		return -1;
	}
	return 0;
}

int cgroup_number(const char *word, uint64_t *ret)
{
	char *end;

	if (word[0] < '0' || word[0] > '9') {
		errno = EINVAL;
		return -1;
	}
	errno = 0;
	unsigned long long value = strtoull(word, &end, 10);
	if (errno != 0 || (*end != '\0' && *end != '\n' && *end != ' ')) {
		errno = EINVAL;
		return -1;
	}
	*ret = value;
	return 0;
}

int cgroup_file_number(int dir_fd, const char *name, uint64_t *ret)
{
	char text[64];

	if (cgroup_file_read(dir_fd, name, text, sizeof(text)) < 0)
		return -1;
	if (strcmp(text, "max\n") == 0 || strcmp(text, "-1\n") == 0) {
		*ret = UINT64_MAX;
		return 0;
	}
	if (cgroup_number(text, ret) < 0)
		return -1;
	/* v1 counts in pages: its "no limit" is LONG_MAX rounded down to a page. */
	if (*ret >= (uint64_t)INT64_MAX - 0xffff)
		*ret = UINT64_MAX;
	return 0;
}

int cgroup_file_key(int dir_fd, const char *name, const char *key, uint64_t *ret)
{
	char text[8192];
	size_t length = strlen(key);

	if (cgroup_file_read(dir_fd, name, text, sizeof(text)) < 0)
		return -1;
	for (const char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return cgroup_number(line + length + 1, ret);
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	errno = ENOENT;
	return -1;
}

bool cgroup_file_exists(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

DIR *cgroup_dir_open(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL)
		own_fd_end(&fd);
	return dir;
}
