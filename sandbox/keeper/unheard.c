#include "sandbox/keeper/unheard.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SNMP_BYTES 16384 /* snmp6 has a line for each counter */

/* Two lines that begin with `group`: names, and numbers in the order of the names. */
static uint64_t read_column(const char *text, const char *group, const char *name)
{
	const char *names = strstr(text, group), *numbers;
	const size_t n = strlen(name);
	size_t column = 0;

	if (names == NULL || (numbers = strstr(names + 1, group)) == NULL)
		return 0;
	for (const char *at = names + strlen(group) - 1; strncmp(at, name, n) != 0 || at[n] > ' ';
		column++) {
		at = memchr(at + 1, ' ', (size_t)(numbers - at - 1));
		if (at == NULL)
			return 0;
	}
	for (numbers += strlen(group) - 1; column > 0; column--)
		if ((numbers = strchr(numbers + 1, ' ')) == NULL)
			return 0;
	return strtoull(numbers, NULL, 10);
}

uint64_t unheard_read(const char *text)
{
	return read_column(text, "\nUdp: ", " NoPorts");
}

uint64_t unheard_read_unrouted(const char *text)
{
	return read_column(text, "\nIp: ", " OutNoRoutes");
}

/* One line each: the name, blanks, a number. */
uint64_t unheard_read_unrouted6(const char *text)
{
	static const char name[] = "\nIp6OutNoRoutes";
	const char *at = strstr(text, name);

	return at != NULL ? strtoull(at + sizeof(name) - 1, NULL, 10) : 0;
}

/* Behind a line feed, so that each line begins with one. */
static bool read_text(int proc_fd, const char *path, char text[SNMP_BYTES])
{
	own_fd int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, text + 1, SNMP_BYTES - 2);

	text[0] = '\n';
	text[n > 0 ? n + 1 : 1] = '\0';
	return n > 0;
}

uint64_t unheard_count(int proc_fd, bool names)
{
	char text[SNMP_BYTES];
	uint64_t count = 0;

	if (read_text(proc_fd, "self/net/snmp", text))
		count = unheard_read_unrouted(text) + (names ? unheard_read(text) : 0);
	if (read_text(proc_fd, "self/net/snmp6", text))
		count += unheard_read_unrouted6(text);
	return count;
}
