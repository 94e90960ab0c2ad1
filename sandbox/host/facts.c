#include "sandbox/host/facts.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>

bool facts_path(const char *root, const char *path, char *ret, size_t size)
{
	bool host = root == NULL || strcmp(root, "/") == 0;
	int n = snprintf(ret, size, "%s%s", host ? "" : root, path);

	return n > 0 && (size_t)n < size;
}

static int open_below(const char *root, const char *path)
{
	char full[512];

	if (!facts_path(root, path, full, sizeof(full)))
		return -1;
	return open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

bool facts_exist(const char *root, const char *path)
{
	char full[512];

	return facts_path(root, path, full, sizeof(full)) && access(full, F_OK) == 0;
}

/* stdio would allocate, and the launcher asks while it explains a failed clone. */
bool facts_lines(
	const char *root, const char *path, bool (*see)(char *line, void *data), void *data)
{
	char buffer[4096];
	size_t held = 0;
	bool skipping = false;
	own_fd int fd = open_below(root, path);

	while (fd >= 0) {
		ssize_t n = read(fd, buffer + held, sizeof(buffer) - 1 - held);
		char *line = buffer, *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		held += (size_t)n;
		buffer[held] = '\0';
		while ((end = memchr(line, '\n', held - (size_t)(line - buffer))) != NULL) {
			*end = '\0';
			if (!skipping && see(line, data))
				return true;
			skipping = false;
			line = end + 1;
		}
		held -= (size_t)(line - buffer);
		memmove(buffer, line, held + 1);
		if (n == 0)
			return held > 0 && !skipping && see(buffer, data);
		if (held == sizeof(buffer) - 1) {
			if (!skipping && see(buffer, data))
				return true;
			skipping = true; /* the rest of a line that was shown cut */
			held = 0;
		}
	}
	return false;
}

struct field {
	const char *key;
	char *ret;
	size_t size;
};

static bool see_field(char *line, void *data)
{
	struct field *field = data;
	size_t n = strlen(field->key);

	if (strncmp(line, field->key, n) != 0)
		return false;
	snprintf(field->ret, field->size, "%s", line + n + strspn(line + n, " \t"));
	return true;
}

bool facts_field(const char *root, const char *path, const char *key, char *ret, size_t size)
{
	struct field field = { .key = key, .ret = ret, .size = size };

	return facts_lines(root, path, see_field, &field);
}

bool facts_text(const char *root, const char *path, char *ret, size_t size)
{
	return facts_field(root, path, "", ret, size);
}

bool facts_number(const char *root, const char *path, uint64_t *ret)
{
	char text[32], *end;
	unsigned long long value;

	if (!facts_text(root, path, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	*ret = value;
	return true;
}

bool facts_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; *at != '\0'; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

unsigned facts_kernel(const char *root)
{
	char text[128], *end;
	unsigned long major, minor;

	if (!facts_text(root, "/proc/sys/kernel/osrelease", text, sizeof(text)))
		return 0;
	major = strtoul(text, &end, 10);
	if (end == text || *end != '.')
		return 0;
	minor = strtoul(end + 1, &end, 10);
	return major > 1000 || minor > 99 ? 0 : (unsigned)(major * 100 + minor);
}
